"""Policies of the organisation: who may consent to what, the admin consent workflow, security defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.tokens import identifier

if TYPE_CHECKING:
    from fakes.declare import Tenant
    from fakes.graph.odata import Row

SELF = "ManagePermissionGrantsForSelf."
ASSIGNED = {
    "none": (),
    "low": (f"{SELF}microsoft-user-default-low",),
    "legacy": (f"{SELF}microsoft-user-default-legacy",),
    "managed": (f"{SELF}microsoft-user-default-recommended", f"{SELF}microsoft-user-default-allow-consent-apps"),
}
"""The four choices of the portal, as the policy holds them."""
OWNED = (
    "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team",
    "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-chat",
)
"""Assigned everywhere and about something else: what owners of a team may consent to."""
DEFAULTS = (
    "Security defaults is a set of basic identity security mechanisms recommended by Microsoft. When enabled, these "
    "recommendations will be automatically enforced in your organization. Administrators and users will be better "
    "protected from common identity related attacks."
)
MANAGED_EXCEPT = {
    "00000003-0000-0000-c000-000000000000": (
        "Files.Read", "Files.ReadWrite", "Sites.Read.All", "Mail.Read", "Mail.ReadWrite", "Mail.ReadBasic",
        "Calendars.Read", "Calendars.ReadWrite", "Chat.Read", "Contacts.Read", "Tasks.Read", "People.Read",
    ),
    "00000002-0000-0ff1-ce00-000000000000": (
        "EAS.AccessAsUser.All", "EWS.AccessAsUser.All", "IMAP.AccessAsUser.All", "POP.AccessAsUser.All",
    ),
}  # fmt: skip
"""What users may not consent to while Microsoft manages the choice (2026), by the application of the resource."""


def authorization(tenant: Tenant) -> Row:
    """Return the authorization policy in the form of v1.0."""
    assigned = [*ASSIGNED[tenant.user_consent], *OWNED]
    return {
        "id": "authorizationPolicy",
        "allowInvitesFrom": "everyone",
        "allowedToSignUpEmailBasedSubscriptions": True,
        "allowedToUseSSPR": True,
        "allowEmailVerifiedUsersToJoinOrganization": False,
        "allowUserConsentForRiskyApps": None,
        "blockMsolPowerShell": False,
        "description": "Used to manage authorization related settings across the company.",
        "displayName": "Authorization Policy",
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": {**_default_user(), "permissionGrantPoliciesAssigned": assigned},
    }


def authorization_beta(tenant: Tenant) -> Row:
    """Return the same in the form of beta, where the policies assigned have a key of their own."""
    row = authorization(tenant)
    assigned = row.pop("defaultUserRolePermissions")
    assert isinstance(assigned, dict)
    return {
        **row,
        "defaultUserRolePermissions": _default_user(),
        "enabledPreviewFeatures": [],
        "permissionGrantPolicyIdsAssignedToDefaultUserRole": assigned["permissionGrantPoliciesAssigned"],
    }


def _default_user() -> Row:
    return {
        "allowedToCreateApps": True,
        "allowedToCreateSecurityGroups": True,
        "allowedToCreateTenants": True,
        "allowedToReadBitlockerKeysForOwnedDevice": True,
        "allowedToReadOtherUsers": True,
    }


def grant_policies(tenant: Tenant) -> list[Row]:
    """Return the consent policies that come with every tenant and are about what users may consent to."""
    own = identifier(tenant.name)
    low = "All low risk permissions are consentable by member type users by default."
    legacy = "Permissions that do not need the consent of an administrator are consentable by member type users."
    recommended = "Permissions consentable based on Microsoft's current recommendations."
    apps = "Permissions consentable for apps that Microsoft recommends."
    return [
        _policy("microsoft-user-default-low", "Default User Low Risk Policy", low, [
            _conditions("low-verified", classification="low", verified=True),
            _conditions("low-own", classification="low", tenants=[own]),
        ]),
        _policy("microsoft-user-default-legacy", "Default User Legacy Policy", legacy, [
            _conditions("legacy", kind="delegatedUserConsentable"),
        ]),
        _policy("microsoft-user-default-recommended", "Microsoft User Default Recommended Policy", recommended, [
            _conditions("recommended", kind="delegatedUserConsentable"),
        ], [
            _conditions(f"except {resource}", resource=resource, permissions=_ids(resource, names))
            for resource, names in MANAGED_EXCEPT.items()
        ]),
        _policy("microsoft-user-default-allow-consent-apps", "Default User Allow Consent Apps Policy", apps, []),
    ]  # fmt: skip


def _ids(resource: str, names: tuple[str, ...]) -> list[str]:
    from fakes.permissions import resource_of

    known = resource_of(resource)
    return [known.identifier(name) for name in names] if known else []


def _policy(name: str, title: str, text: str, includes: list[Row], excludes: list[Row] | None = None) -> Row:
    return {
        "id": name,
        "displayName": title,
        "description": text,
        "deletedDateTime": None,
        "includes": includes,
        "excludes": excludes or [],
    }


def _conditions(
    name: str,
    *,
    classification: str = "all",
    kind: str = "delegated",
    resource: str = "any",
    permissions: list[str] | None = None,
    tenants: list[str] | None = None,
    verified: bool = False,
) -> Row:
    return {
        "id": identifier(f"conditions {name}"),
        "permissionClassification": classification,
        "permissionType": kind,
        "resourceApplication": resource,
        "permissions": permissions or ["all"],
        "clientApplicationIds": ["all"],
        "clientApplicationTenantIds": tenants or ["all"],
        "clientApplicationPublisherIds": ["all"],
        "clientApplicationsFromVerifiedPublisherOnly": verified,
    }


def consent_requests(tenant: Tenant) -> Row:
    """Return whether who may not consent can ask an administrator to."""
    reviewers = [{"query": "/v1.0/roleManagement/directory", "queryType": "MicrosoftGraph", "queryRoot": None}]
    return {
        "isEnabled": tenant.consent_requests,
        "notifyReviewers": tenant.consent_requests,
        "remindersEnabled": tenant.consent_requests,
        "requestDurationInDays": 30 if tenant.consent_requests else 0,
        "version": 1 if tenant.consent_requests else 0,
        "reviewers": reviewers if tenant.consent_requests else [],
    }


def security_defaults(tenant: Tenant) -> Row:
    """Return whether security defaults are on."""
    return {
        "id": "00000000-0000-0000-0000-000000000005",
        "displayName": "Security Defaults",
        "description": DEFAULTS,
        "isEnabled": tenant.security_defaults,
    }
