"""Enterprise applications (service principals): the one of the world, and the two resources that it asks."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from fakes.graph import people
from fakes.graph.odata import Collection
from fakes.graph.times import iso
from fakes.permissions import resources
from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.declare import Application, Mailbox, Tenant
    from fakes.directory import Directory
    from fakes.graph.odata import Row
    from fakes.permissions import Resource

MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant of Microsoft's own services."""
PUBLISHER = "Axence Sp. z o.o."
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
"""The role of an assignment to an application that has no roles."""
_LOW = b"\x01"


def principal_id(app_id: str) -> str:
    """Return the object id of the service principal of an application."""
    return identifier(f"principal {app_id}")


def application(app: Application, when: str) -> Row:
    """Return the service principal of the application."""
    publisher = {"displayName": PUBLISHER, "verifiedPublisherId": "6512834", "addedDateTime": "2023-02-01T09:00:00Z"}
    return {
        **_common(app.client_id, app.name, when),
        "accountEnabled": app.enabled,
        "appOwnerOrganizationId": identifier(PUBLISHER),
        "appRoleAssignmentRequired": app.assignment_required,
        "homepage": "https://axence.net",
        "publisherName": PUBLISHER,
        "replyUrls": list(app.redirect_uris),
        "signInAudience": "AzureADMultipleOrgs" if app.tenants == "any" else "AzureADMyOrg",
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        "verifiedPublisher": publisher if app.verified_publisher else dict.fromkeys(publisher),
    }


def resource(of: Resource) -> Row:
    """Return the service principal of a resource, with the permissions that it offers."""
    scopes = [
        {"id": of.identifier(name), "value": name, "type": _kind(of, name), "isEnabled": True,
         "adminConsentDisplayName": name, "adminConsentDescription": name,
         "userConsentDisplayName": name, "userConsentDescription": name}
        for name in dict.fromkeys([*of.delegated, *of.needs_admin])
    ]  # fmt: skip
    roles = [
        {"id": guid, "value": name, "allowedMemberTypes": ["Application"], "isEnabled": True,
         "displayName": name, "description": name, "origin": "Application"}
        for name, guid in of.application.items()
    ]  # fmt: skip
    return {
        **_common(of.app_id, of.name, "2020-03-02T08:00:00Z"),
        "appOwnerOrganizationId": MICROSOFT,
        "appRoles": roles,
        "oauth2PermissionScopes": scopes,
        "servicePrincipalNames": [of.app_id, *of.uris],
        "signInAudience": "AzureADMultipleOrgs",
    }


def _kind(of: Resource, name: str) -> str:
    return "Admin" if name in of.needs_admin else "User"


def _common(app_id: str, name: str, when: str) -> Row:
    """Return the properties that every service principal has, with the values of one that is nothing special."""
    return {
        "id": principal_id(app_id),
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDescription": None,
        "appDisplayName": name,
        "appId": app_id,
        "applicationTemplateId": None,
        "appOwnerOrganizationId": None,
        "appRoleAssignmentRequired": False,
        "appRoles": [],
        "createdDateTime": when,
        "description": None,
        "disabledByMicrosoftStatus": None,
        "displayName": name,
        "homepage": None,
        "keyCredentials": [],
        "loginUrl": None,
        "logoutUrl": None,
        "notificationEmailAddresses": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "preferredSingleSignOnMode": None,
        "publisherName": None,
        "replyUrls": [],
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "signInAudience": None,
        "tags": [],
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
    }


def everyone(app: Application, when: str) -> Iterator[Row]:
    """Yield every service principal of the organisation."""
    if app.present:
        yield application(app, when)
    for known in resources().values():
        yield resource(known)


def classifications(of: Resource, tenant: Tenant) -> Iterator[Row]:
    """Yield the permissions of a resource that are classified as low impact."""
    names = tenant.low_impact_graph if of.key == "graph" else tenant.low_impact_exchange
    for name in names:
        guid = of.identifier(name)
        yield {
            # The id holds the permission's GUID in Microsoft's byte order and the level.
            "id": urlsafe_b64encode(uuid.UUID(guid).bytes_le + _LOW).decode().rstrip("="),
            "permissionId": guid,
            "permissionName": name,
            "classification": "low",
        }


def assignment(kind: str, principal: str, principal_name: str, app_id: str, app_name: str, role: str, when: str) -> Row:
    """Return an app role assignment: a user's to an application, or an application's permission at a resource."""
    raw = uuid.UUID(principal).bytes_le + uuid.UUID(identifier(f"{principal} {app_id} {role}")).bytes_le
    return {
        "id": urlsafe_b64encode(raw).decode().rstrip("="),
        "deletedDateTime": None,
        "appRoleId": role,
        "createdDateTime": when,
        "principalDisplayName": principal_name,
        "principalId": principal,
        "principalType": kind,
        "resourceDisplayName": app_name,
        "resourceId": principal_id(app_id),
    }


def user_assignment(box: Mailbox, directory: Directory) -> Row:
    """Return the assignment of a user to the application."""
    app, when = directory.application, iso(directory.began - directory.application.consented_ago)
    name = people.display_name(box)
    return assignment("User", people.user_id(box), name, app.client_id, app.name, DEFAULT_ACCESS, when)


def assignments(rows: Iterator[Row], at: str) -> Collection:
    """Return assignments as a collection."""
    filters = ("principalId", "resourceId", "principalDisplayName", "resourceDisplayName")
    return Collection(type="appRoleAssignment", set=at, rows=rows, filterable=filters)
