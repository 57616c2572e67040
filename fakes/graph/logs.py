"""The directory's audit log: what was changed when, as far as the setting up of a mailbox goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.graph.people import display_name, sign_in_name, user_id
from fakes.graph.principals import principal_id
from fakes.graph.times import iso
from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.consents import Consent
    from fakes.declare import Mailbox
    from fakes.directory import Directory
    from fakes.graph.odata import Row

FILTERABLE = ("activityDateTime", "activityDisplayName", "category", "correlationId", "loggedByService", "result")
ADMINISTRATOR = "admin@contoso.example"


def audits(directory: Directory) -> list[Row]:
    """Return the changes, the newest first."""
    rows = [*_consent_settings(directory), *_consents(directory), *_licences(directory), *_sessions(directory)]
    rows += _others(directory)
    return sorted(rows, key=lambda row: str(row["activityDateTime"]), reverse=True)


def _consent_settings(directory: Directory) -> Iterator[Row]:
    ago = directory.tenant.consent_changed_ago
    if ago is not None:
        name = directory.tenant.name
        target = _target(identifier(name), "Policy", name, None)
        yield _audit("Update authorization policy", "AuthorizationPolicy", "Update", directory.began - ago, target)


def _others(directory: Directory) -> Iterator[Row]:
    """Yield the setting up of another application: its properties, consent, a user, and what it may ask of whom."""
    ago = directory.tenant.others_changed_ago
    if ago is None:
        return
    name = f"colleague@{directory.tenant.name}"
    app = _target(identifier("another application"), "ServicePrincipal", "Travel expenses", None)
    resource = _target(identifier("another resource"), "ServicePrincipal", "Office 365 SharePoint Online", None)
    user = _target(identifier(name), "User", "Colleague", name)
    when = directory.began - ago
    yield _audit("Update service principal", "ApplicationManagement", "Update", when, app)
    yield _audit("Consent to application", "ApplicationManagement", "Assign", when, app)
    yield _audit("Add delegated permission grant", "ApplicationManagement", "Assign", when, resource, app)
    yield _audit("Add delegated permission classification", "ApplicationManagement", "Add", when, resource)
    yield _audit("Add app role assignment grant to user", "UserManagement", "Assign", when, app, user)
    yield _audit("Change user license", "UserManagement", "Update", when, user)


def _consents(directory: Directory) -> Iterator[Row]:
    for consent in directory.consents.given:
        yield _consent(consent, directory)


def _consent(consent: Consent, directory: Directory) -> Row:
    app = directory.application
    target = _target(principal_id(app.client_id), "ServicePrincipal", app.name, None)
    target["modifiedProperties"] = [
        _modified("ConsentContext.IsAdminConsent", str(consent.user is None)),
        _modified("ConsentAction.Permissions", f"Scope: {' '.join(consent.permissions)}"),
    ]
    who = consent.user or ADMINISTRATOR
    return _audit("Consent to application", "ApplicationManagement", "Assign", consent.given_at, target, who=who)


def _licences(directory: Directory) -> Iterator[Row]:
    for box in directory.mailboxes():
        when = directory.began - box.licensed_ago
        yield _audit("Change user license", "UserManagement", "Update", when, _user(box))


def _sessions(directory: Directory) -> Iterator[Row]:
    for box in directory.mailboxes():
        if box.sessions_revoked_ago is not None:
            when = directory.began - box.sessions_revoked_ago
            activity = "Update StsRefreshTokenValidFrom Timestamp"
            yield _audit(activity, "UserManagement", "Update", when, _user(box))


def _user(box: Mailbox) -> Row:
    return _target(user_id(box), "User", display_name(box), sign_in_name(box))


def _target(key: str, kind: str, name: str, upn: str | None) -> Row:
    return {
        "id": key,
        "displayName": name,
        "type": kind,
        "userPrincipalName": upn,
        "groupType": None,
        "modifiedProperties": [],
    }


def _modified(name: str, value: str) -> Row:
    """Return a changed property; its values are JSON texts within the text."""
    return {"displayName": name, "oldValue": None, "newValue": f'"{value}"'}


def _audit(activity: str, category: str, operation: str, at: float, *targets: Row, who: str = ADMINISTRATOR) -> Row:
    correlation = identifier(f"{activity} {at} {targets[0]['id']} {who}")
    by = {
        "id": identifier(who),
        "displayName": None,
        "userPrincipalName": who,
        "ipAddress": "203.0.113.7",
        "userType": "Member",
        "homeTenantId": None,
        "homeTenantName": None,
    }
    return {
        "id": f"Directory_{correlation}",
        "category": category,
        "correlationId": correlation,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": activity,
        "activityDateTime": iso(at),
        "loggedByService": "Core Directory",
        "operationType": operation,
        "userAgent": None,
        "initiatedBy": {"app": None, "user": by},
        "targetResources": list(targets),
        "additionalDetails": [],
    }
