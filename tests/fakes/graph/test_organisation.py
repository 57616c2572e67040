"""Requests about the organisation."""

from __future__ import annotations

from fakes.declare import Tenant
from tests.fakes.graph.asking import Asking, declare, refusal


def test_what_was_bought_follows_the_number_of_users() -> None:
    [row] = Asking(declare(tenant=Tenant(users=50000))).read("/v1.0/subscribedSkus", "Organization.Read.All")["value"]
    assert (row["consumedUnits"], row["prepaidUnits"]["enabled"]) == (50001, 50006)


def test_an_unknown_consent_policy_is_not_found() -> None:
    reply = Asking().get("/v1.0/policies/permissionGrantPolicies/own", "Policy.Read.PermissionGrant")
    assert refusal(reply)[:2] == (404, "Request_ResourceNotFound")


def test_policies_that_are_on_are_listed() -> None:
    here = Asking(declare(tenant=Tenant(access_policy="blocked", security_defaults=True)))
    path = "/v1.0/identity/conditionalAccess/policies?$filter=state eq 'enabled'"
    assert [row["displayName"] for row in here.read(path, "Policy.Read.All")["value"]] == ["Require: blocked"]
    path = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"
    assert here.read(path, "Policy.Read.All")["isEnabled"] is True
