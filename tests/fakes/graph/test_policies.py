"""The four choices for user consent, in both versions of the policy."""

from __future__ import annotations

import pytest

from fakes.declare import Tenant
from fakes.graph.policies import authorization, authorization_beta, consent_requests, grant_policies

SELF = "ManagePermissionGrantsForSelf."


@pytest.mark.parametrize(
    ("choice", "assigned"),
    [
        ("none", []),
        ("low", ["microsoft-user-default-low"]),
        ("legacy", ["microsoft-user-default-legacy"]),
        ("managed", ["microsoft-user-default-recommended", "microsoft-user-default-allow-consent-apps"]),
    ],
)
def test_each_choice_is_the_policy_that_is_assigned(choice: str, assigned: list[str]) -> None:
    tenant = Tenant(user_consent=choice)  # type: ignore[arg-type]
    stable = authorization(tenant)["defaultUserRolePermissions"]["permissionGrantPoliciesAssigned"]  # type: ignore[index]
    beta = authorization_beta(tenant)["permissionGrantPolicyIdsAssignedToDefaultUserRole"]
    assert stable == beta
    assert [name.removeprefix(SELF) for name in stable if name.startswith(SELF)] == assigned
    assert len(stable) == len(assigned) + 2, "owners of teams have theirs too"
    assert {f"{SELF}{row['id']}" for row in grant_policies(tenant)} >= {f"{SELF}{name}" for name in assigned}


def test_what_microsoft_manages_keeps_imap_from_users() -> None:
    policy = next(row for row in grant_policies(Tenant()) if row["id"] == "microsoft-user-default-recommended")
    [mail] = [row for row in policy["excludes"] if row["resourceApplication"].startswith("00000002")]  # type: ignore[attr-defined]
    assert "195adc35-e27b-454b-a7ed-1ecdffa1c09f" in mail["permissions"]
    assert "76faac2a-0f20-42f1-928a-50de5b9dbe52" not in mail["permissions"], "SMTP.Send is left to users"


def test_the_admin_consent_workflow() -> None:
    assert consent_requests(Tenant())["isEnabled"] is False
    on = consent_requests(Tenant(consent_requests=True))
    assert (on["isEnabled"], on["requestDurationInDays"]) == (True, 30)
