"""Requests about enterprise applications."""

from __future__ import annotations

from fakes.declare import Application, Tenant
from tests.fakes.graph.asking import ADDRESS, APP, EXCHANGE, HELPDESK, Asking, declare, refusal

BY_NAME = "/v1.0/servicePrincipals?$filter=displayName eq 'Axence OAuth2 Authentication'"


def test_an_application_that_nobody_has_consented_to_is_not_there() -> None:
    here = Asking(declare(application=Application(present=False)))
    assert here.read(BY_NAME, "Application.Read.All")["value"] == []
    assert here.read("/v1.0/oauth2PermissionGrants", "Directory.Read.All")["value"] == []


def test_switches_of_an_application() -> None:
    app = Application(enabled=False, assignment_required=True, verified_publisher=False, tenants="own")
    [row] = Asking(declare(application=app)).read(BY_NAME, "Application.Read.All")["value"]
    assert (row["accountEnabled"], row["appRoleAssignmentRequired"], row["signInAudience"]) == (
        False,
        True,
        "AzureADMyOrg",
    )
    assert row["verifiedPublisher"] == {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}


def test_who_is_assigned() -> None:
    here = Asking(declare(application=Application(assigned=(ADDRESS, "gone@contoso.example"))))
    found = here.read(f"/v1.0/servicePrincipals/{APP}/appRoleAssignedTo", "Application.Read.All")["value"]
    assert [(row["principalId"], row["appRoleId"]) for row in found] == [
        (HELPDESK, "00000000-0000-0000-0000-000000000000")
    ]


def test_application_permissions() -> None:
    here = Asking(declare(application=Application(roles=("IMAP.AccessAsApp",))))
    [row] = here.read(f"/v1.0/servicePrincipals/{APP}/appRoleAssignments", "Application.Read.All")["value"]
    assert (row["appRoleId"], row["resourceId"]) == ("5e5addcd-3e8d-4e90-baf5-964efab2b20a", EXCHANGE)
    other = here.read(f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignments", "Application.Read.All")
    assert other["value"] == []


def test_classifications_of_each_resource_are_kept_apart() -> None:
    here = Asking(declare(tenant=Tenant(low_impact_graph=("openid",), low_impact_exchange=())))
    path = "/v1.0/servicePrincipals(appId='{}')/delegatedPermissionClassifications"
    graph, exchange = (
        here.read(path.format(key), "Application.Read.All")["value"]
        for key in ("00000003-0000-0000-c000-000000000000", "00000002-0000-0ff1-ce00-000000000000")
    )
    assert ([row["permissionName"] for row in graph], exchange) == (["openid"], [])
    own = here.read(f"/v1.0/servicePrincipals/{APP}/delegatedPermissionClassifications", "Application.Read.All")
    assert own["value"] == []


def test_an_unknown_application_is_not_found() -> None:
    reply = Asking().get(
        "/v1.0/servicePrincipals(appId='0')/delegatedPermissionClassifications", "Application.Read.All"
    )
    assert refusal(reply)[:2] == (404, "Request_ResourceNotFound")


def test_they_can_be_counted() -> None:
    assert Asking().read("/v1.0/servicePrincipals?$count=true", "Application.Read.All")["@odata.count"] == 3
