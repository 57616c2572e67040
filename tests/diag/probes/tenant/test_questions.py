"""The contract of each request: method, path, query, headers, body and permission, as published."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from diag.model.tenant import EXCHANGE_RESOURCE, GRAPH_RESOURCE, Question
from diag.probes.tenant import questions
from diag.probes.tenant.permissions import asked_for
from diag.probes.tenant.questions import Asked, permission_table

APPLICATION_FIELDS = "id,appId,displayName,accountEnabled,appOwnerOrganizationId,appRoleAssignmentRequired,verifiedPublisher,disabledByMicrosoftStatus"
AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
READ_ALL = "Directory.Read.All"


@pytest.mark.parametrize(
    ("asked", "path", "query", "least"),
    [
        (questions.user("o'neil@d.example"), "/v1.0/users/o%27neil@d.example",
         {"$select": "id,userPrincipalName,accountEnabled,assignedPlans"}, "User.Read.All"),
        (questions.signer("anna@d.example"), "/v1.0/users/anna@d.example",
         {"$select": "id,userPrincipalName,accountEnabled,assignedPlans"}, "User.Read.All"),
        (questions.user_by_mail("o'neil@d.example"), "/v1.0/users",
         {"$filter": "mail eq 'o''neil@d.example' or proxyAddresses/any(p:p eq 'smtp:o''neil@d.example')",
          "$select": "id,userPrincipalName,accountEnabled,assignedPlans", "$top": "2"}, "User.Read.All"),
        (questions.licences("u1"), "/v1.0/users/u1/licenseDetails", {"$select": "skuPartNumber,servicePlans"},
         "LicenseAssignment.Read.All"),
        (questions.consent_setting(), "/v1.0/policies/authorizationPolicy", {"$select": "defaultUserRolePermissions"},
         "Policy.Read.All"),
        (questions.consent_policy("ours/1"), "/v1.0/policies/permissionGrantPolicies/ours%2F1",
         {"$expand": "includes,excludes"}, "Policy.Read.PermissionGrant"),
        (questions.application("A'x", None), "/v1.0/servicePrincipals",
         {"$filter": "displayName eq 'A''x'", "$select": APPLICATION_FIELDS}, "Application.Read.All"),
        (questions.application("A", "c1"), "/v1.0/servicePrincipals",
         {"$filter": "appId eq 'c1'", "$select": APPLICATION_FIELDS}, "Application.Read.All"),
        (questions.resource(GRAPH_RESOURCE), f"/v1.0/servicePrincipals(appId='{GRAPH_RESOURCE}')",
         {"$select": "id,appId,displayName,accountEnabled"}, "Application.Read.All"),
        (questions.classifications(EXCHANGE_RESOURCE),
         f"/v1.0/servicePrincipals(appId='{EXCHANGE_RESOURCE}')/delegatedPermissionClassifications", {}, "Application.Read.All"),
        (questions.admin_grants("a1"), "/v1.0/oauth2PermissionGrants",
         {"$filter": "clientId eq 'a1' and consentType eq 'AllPrincipals'"}, READ_ALL),
        (questions.user_grants("a1", "u1"), "/v1.0/oauth2PermissionGrants",
         {"$filter": "clientId eq 'a1' and principalId eq 'u1'"}, READ_ALL),
        (questions.assignment("a1", "u1"), "/v1.0/users/u1/appRoleAssignments", {"$filter": "resourceId eq a1"}, READ_ALL),
        (questions.changes(AT, ("Update policy", "Consent")), "/v1.0/auditLogs/directoryAudits",
         {"$filter": "activityDateTime ge 2026-11-25T08:00:00Z and (activityDisplayName eq 'Update policy' or activityDisplayName eq 'Consent')",
          "$top": "100"}, "AuditLog.Read.All"),
    ],
)  # fmt: skip
def test_graph(asked: Asked, path: str, query: dict[str, str], least: str) -> None:
    parts = urlsplit(asked.url)
    assert (asked.method, parts.scheme, parts.netloc, parts.path) == ("GET", "https", "graph.microsoft.com", path)
    assert dict(parse_qsl(parts.query)) == query
    assert asked.url.isascii()
    assert " " not in asked.url
    assert (asked.headers, asked.body) == ((), b"")
    assert asked.permissions[0] == least


@pytest.mark.parametrize(
    ("asked", "command", "parameters"),
    [
        (questions.mailbox_switches("contoso.example", "u@contoso.example"), "Get-CASMailbox", {"Identity": "u@contoso.example"}),
        (questions.organisation_switches("contoso.example", "u@contoso.example"), "Get-TransportConfig", {}),
    ],
)  # fmt: skip
def test_exchange(asked: Asked, command: str, parameters: dict[str, str]) -> None:
    assert asked.url == "https://outlook.office365.com/adminapi/beta/contoso.example/InvokeCommand"
    assert (asked.method, asked.service, asked.permissions) == ("POST", "exchange", ("Exchange.Manage",))
    assert json.loads(asked.body) == {"CmdletInput": {"CmdletName": command, "Parameters": parameters}}
    assert dict(asked.headers) == {
        "Content-Type": "application/json; charset=utf-8", "X-CmdletName": command,
        "X-AnchorMailbox": "UPN:u@contoso.example", "Prefer": "odata.maxpagesize=1000",
    }  # fmt: skip


def test_every_question_is_in_the_table_of_permissions_or_is_exchanges() -> None:
    of_exchange = {Question.MAILBOX_SWITCHES, Question.ORGANISATION_SWITCHES}
    assert set(permission_table()) == set(Question) - of_exchange


def test_nothing_that_is_asked_for_can_change_the_directory() -> None:
    """Every question has a permission for reading alone, and the set that is asked for at sign-in covers every question."""
    wanted = {item.name for item in asked_for("graph")}
    assert all(name.split(".")[1] == "Read" for name in wanted)
    assert all(wanted & set(permissions) for permissions in permission_table().values())
    assert all(item.why and item.steps for item in (*asked_for("graph"), *asked_for("exchange")))
