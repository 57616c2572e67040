"""Each question to a tenant as the request that asks it: path, query, headers, and the permissions that it needs.

Nothing here is counted in users: what belongs to the application is asked for by the application and by one user, so
that a tenant of 50,000 users costs as many requests as one of five. The shapes are Microsoft's published ones; the
Exchange interface is the one that its own PowerShell module uses, which Microsoft does not document.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from diag.model.tenant import Question

if TYPE_CHECKING:
    from datetime import datetime

GRAPH = "https://graph.microsoft.com/v1.0"
EXCHANGE = "https://outlook.office365.com/adminapi/beta"
_USER_FIELDS = "id,userPrincipalName,accountEnabled,assignedPlans"
_APPLICATION_FIELDS = (
    "id,appId,displayName,accountEnabled,appOwnerOrganizationId,appRoleAssignmentRequired,verifiedPublisher,"
    "disabledByMicrosoftStatus"
)
_EXCHANGE_PERMISSIONS = ("Exchange.Manage",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question, ready to be sent. ``one`` is whether its answer is a single object and no list."""

    asks: Question
    url: str
    permissions: tuple[str, ...]
    about: str = ""
    one: bool = False
    pages: int = 20
    """Pages that are read at most; beyond them the answer is not whole."""
    method: Literal["GET", "POST"] = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    service: Literal["graph", "exchange"] = "graph"


@cache
def permission_table() -> dict[Question, tuple[str, ...]]:
    """Return which delegated permissions of Microsoft Graph let each question be asked, the least first."""
    import tomllib  # noqa: PLC0415  only where a tenant is read

    text = files("diag.data").joinpath("permissions.toml").read_text("utf-8")
    return {Question(name): tuple(names) for name, names in tomllib.loads(text)["any_of"].items()}


def user(name: str) -> Asked:
    """Ask for the account that signs in by ``name``."""
    return _graph(Question.USER, f"/users/{_part(name)}", {"$select": _USER_FIELDS}, one=True)


def signer(name: str) -> Asked:
    """Ask for the account that signs in, where it is another than the mailbox's own."""
    return _graph(Question.SIGNER, f"/users/{_part(name)}", {"$select": _USER_FIELDS}, about=name, one=True)


def user_by_mail(address: str) -> Asked:
    """Ask for the account with this mail address, where it signs in by another name."""
    text = _literal(address)
    query = f"mail eq {text} or proxyAddresses/any(p:p eq {_literal(f'smtp:{address}')})"
    return _graph(Question.USER, "/users", {"$filter": query, "$select": _USER_FIELDS, "$top": "2"}, about=address)


def licences(user_id: str) -> Asked:
    """Ask which licences an account has, with their service plans."""
    return _graph(
        Question.LICENCES, f"/users/{_part(user_id)}/licenseDetails", {"$select": "skuPartNumber,servicePlans"}
    )


def consent_setting() -> Asked:
    """Ask what users may consent to by themselves."""
    return _graph(
        Question.USER_CONSENT, "/policies/authorizationPolicy", {"$select": "defaultUserRolePermissions"}, one=True
    )


def consent_policy(policy_id: str) -> Asked:
    """Ask what a consent policy includes and excludes."""
    path = f"/policies/permissionGrantPolicies/{_part(policy_id)}"
    return _graph(Question.CONSENT_POLICY, path, {"$expand": "includes,excludes"}, about=policy_id, one=True)


def application(name: str, client_id: str | None) -> Asked:
    """Ask for the enterprise application, by its identifier or else by its name."""
    query = f"appId eq {_literal(client_id)}" if client_id else f"displayName eq {_literal(name)}"
    fields = {"$filter": query, "$select": _APPLICATION_FIELDS}
    return _graph(Question.APPLICATION, "/servicePrincipals", fields, about=client_id or name)


def resource(app_id: str) -> Asked:
    """Ask for the service principal of a resource, whose object id the grants name."""
    path = f"/servicePrincipals(appId='{_part(app_id)}')"
    return _graph(Question.RESOURCE, path, {"$select": "id,appId,displayName,accountEnabled"}, about=app_id, one=True)


def classifications(app_id: str) -> Asked:
    """Ask how the permissions of a resource are classified."""
    path = f"/servicePrincipals(appId='{_part(app_id)}')/delegatedPermissionClassifications"
    return _graph(Question.CLASSIFICATIONS, path, {}, about=app_id)


def admin_grants(application_id: str) -> Asked:
    """Ask what an application was granted for everybody in the tenant."""
    query = f"clientId eq {_literal(application_id)} and consentType eq 'AllPrincipals'"
    return _graph(Question.ADMIN_GRANTS, "/oauth2PermissionGrants", {"$filter": query})


def user_grants(application_id: str, user_id: str) -> Asked:
    """Ask what a user granted to an application."""
    query = f"clientId eq {_literal(application_id)} and principalId eq {_literal(user_id)}"
    return _graph(Question.USER_GRANTS, "/oauth2PermissionGrants", {"$filter": query})


def assignment(application_id: str, user_id: str) -> Asked:
    """Ask whether a user, or a group of the user's, is assigned to an application."""
    path = f"/users/{_part(user_id)}/appRoleAssignments"
    return _graph(Question.ASSIGNMENT, path, {"$filter": f"resourceId eq {application_id}"})


def changes(since: datetime, activities: tuple[str, ...]) -> Asked:
    """Ask what was changed of late, of what matters. Only the first page is read: the newest entries come first."""
    kinds = " or ".join(f"activityDisplayName eq {_literal(name)}" for name in activities)
    query = f"activityDateTime ge {since:%Y-%m-%dT%H:%M:%SZ} and ({kinds})"
    return _graph(Question.CHANGES, "/auditLogs/directoryAudits", {"$filter": query, "$top": "100"}, pages=1)


def mailbox_switches(tenant: str, address: str) -> Asked:
    """Ask which mail protocols are on for a mailbox."""
    return _exchange(Question.MAILBOX_SWITCHES, tenant, address, "Get-CASMailbox", {"Identity": address})


def organisation_switches(tenant: str, address: str) -> Asked:
    """Ask whether authenticated SMTP is on for the organisation."""
    return _exchange(Question.ORGANISATION_SWITCHES, tenant, address, "Get-TransportConfig", {})


def _graph(
    asks: Question, path: str, query: dict[str, str], *, about: str = "", one: bool = False, pages: int = 20
) -> Asked:
    text = "&".join(f"{name}={quote(value, safe=_QUERY_SAFE)}" for name, value in query.items())
    return Asked(
        asks=asks,
        url=f"{GRAPH}{path}" + (f"?{text}" if text else ""),
        permissions=permission_table()[asks],
        about=about,
        one=one,
        pages=pages,
    )


def _exchange(asks: Question, tenant: str, address: str, command: str, parameters: dict[str, Any]) -> Asked:
    return Asked(
        asks=asks,
        url=f"{EXCHANGE}/{_part(tenant)}/InvokeCommand",
        permissions=_EXCHANGE_PERMISSIONS,
        method="POST",
        headers=(
            ("Content-Type", "application/json; charset=utf-8"),
            ("X-CmdletName", command),
            ("X-AnchorMailbox", f"UPN:{address}"),
            ("Prefer", "odata.maxpagesize=1000"),
        ),
        body=json.dumps({"CmdletInput": {"CmdletName": command, "Parameters": parameters}}).encode(),
        service="exchange",
    )


_QUERY_SAFE = "/:,()'"
"""Characters that OData's expressions keep readable and RFC 3986 section 3.4 allows in a query."""


def _part(text: str) -> str:
    """Write ``text`` as one segment of a path."""
    return quote(text, safe="@")


def _literal(text: str) -> str:
    """Write ``text`` as a string of OData, in which a quote is doubled."""
    return "'" + text.replace("'", "''") + "'"
