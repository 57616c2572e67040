"""Policies that bear on mail clients."""

from __future__ import annotations

import pytest

from fakes.declare import Tenant
from fakes.graph.conditional_access import policies

WHEN = "2027-01-15T08:00:00Z"


@pytest.mark.parametrize(
    ("tenant", "clients", "controls"),
    [
        (Tenant(conditional_access=True), ["exchangeActiveSync", "other"], ["block"]),
        (Tenant(access_policy="blocked"), ["all"], ["block"]),
        (Tenant(access_policy="registered-device"), ["all"], ["compliantDevice", "domainJoinedDevice"]),
        (Tenant(device_code_blocked=True), ["all"], ["block"]),
    ],
)
def test_what_a_policy_demands(tenant: Tenant, clients: list[str], controls: list[str]) -> None:
    [row] = policies(tenant, WHEN)
    assert row["conditions"]["clientAppTypes"] == clients  # type: ignore[index]
    assert row["grantControls"]["builtInControls"] == controls  # type: ignore[index]
    assert row["state"] == "enabled"


def test_the_device_code_and_the_session_have_conditions_of_their_own() -> None:
    code, session = (next(iter(policies(tenant, WHEN))) for tenant in
                     (Tenant(device_code_blocked=True), Tenant(access_policy="sign-in-frequency")))  # fmt: skip
    assert code["conditions"]["authenticationFlows"] == {"transferMethods": "deviceCodeFlow"}  # type: ignore[index]
    assert session["grantControls"] is None
    assert session["sessionControls"]["signInFrequency"]["isEnabled"] is True  # type: ignore[index]


def test_without_any_there_are_none() -> None:
    assert list(policies(Tenant(), WHEN)) == []
