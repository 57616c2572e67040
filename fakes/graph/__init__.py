"""Microsoft Graph, by which administrators look at their organisation: the site of graph.microsoft.com.

``ROUTES`` is the whole of it: what reads an organisation, and nothing that changes it. What the organisation is like is
declared in :mod:`fakes.organisation`; who may read what is a table, fakes/data/graph_permissions.toml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.graph import applications, organisation, users
from fakes.graph.site import nothing, route

if TYPE_CHECKING:
    from fakes.graph.call import Handler

__all__ = ["PATHS", "ROUTES", "nothing"]

_PRINCIPAL: dict[str, Handler] = {
    "": applications.service_principal,
    "/delegatedPermissionClassifications": applications.classifications,
    "/appRoleAssignedTo": applications.assigned_to,
    "/appRoleAssignments": applications.application_roles,
    "/oauth2PermissionGrants": applications.principal_grants,
}
_USER: dict[str, Handler] = {
    "/licenseDetails": users.license_details,
    "/mailboxSettings": users.mailbox_settings,
    "/appRoleAssignments": users.user_assignments,
    "/oauth2PermissionGrants": users.user_grants,
}
PATHS: tuple[tuple[str, str, Handler], ...] = (
    ("/me", "/me", users.me),
    ("/me/transitiveMemberOf/microsoft.graph.directoryRole", "", users.directory_roles),
    ("/users", "", users.users),
    ("/users/{id}", "", users.user),
    *((f"/me{rest}", f"/users/{{id}}{rest}", handler) for rest, handler in _USER.items()),
    *((f"/users/{{id}}{rest}", "", handler) for rest, handler in _USER.items()),
    ("/servicePrincipals", "", applications.service_principals),
    *((f"/servicePrincipals(appId='{{app_id}}'){rest}", f"/servicePrincipals/{{id}}{rest}", handler)
      for rest, handler in _PRINCIPAL.items()),
    *((f"/servicePrincipals/{{id}}{rest}", "", handler) for rest, handler in _PRINCIPAL.items()),
    ("/oauth2PermissionGrants", "", applications.grants),
    ("/organization", "", organisation.organization),
    ("/subscribedSkus", "", organisation.subscribed_skus),
    ("/policies/permissionGrantPolicies", "", organisation.grant_policies),
    ("/policies/permissionGrantPolicies/{id}", "", organisation.grant_policy),
    ("/policies/adminConsentRequestPolicy", "", organisation.consent_requests),
    ("/policies/identitySecurityDefaultsEnforcementPolicy", "", organisation.security_defaults),
    ("/identity/conditionalAccess/policies", "", organisation.access_policies),
    ("/auditLogs/signIns", "", organisation.signed_in),
    ("/auditLogs/directoryAudits", "", organisation.audits),
)  # fmt: skip
"""A path, the row of the table of permissions that holds for it (its own where empty), and what answers."""
_AUTHORIZATION = "/policies/authorizationPolicy"
ROUTES = (
    *(route(version, *row) for version in ("v1.0", "beta") for row in PATHS),
    route("v1.0", _AUTHORIZATION, "", organisation.authorization_policy),
    route("beta", _AUTHORIZATION, "", organisation.authorization_policy_beta),
    route("beta", f"{_AUTHORIZATION}/authorizationPolicy", _AUTHORIZATION, organisation.authorization_policy_item),
)
