"""Conditional Access policies, as far as they bear on mail clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.declare import Tenant
    from fakes.graph.odata import Row

CONTROLS: dict[str, tuple[str, ...]] = {
    "blocked": ("block",),
    "compliant-device": ("compliantDevice",),
    "joined-device": ("domainJoinedDevice",),
    "approved-app": ("approvedApplication",),
    "registered-device": ("compliantDevice", "domainJoinedDevice"),
}


def policies(tenant: Tenant, when: str) -> Iterator[Row]:
    """Yield the policies that are on."""
    if tenant.conditional_access:
        yield _policy("Block legacy authentication", when, ("block",), clients=("exchangeActiveSync", "other"))
    if tenant.access_policy in CONTROLS:
        yield _policy(f"Require: {tenant.access_policy}", when, CONTROLS[tenant.access_policy])
    if tenant.access_policy == "sign-in-frequency":
        frequency = {"value": 1, "type": "days", "isEnabled": True, "frequencyInterval": "timeBased"}
        yield _policy("Sign-in frequency", when, (), session={"signInFrequency": frequency})
    if tenant.device_code_blocked:
        yield _policy("Block device code flow", when, ("block",), flows="deviceCodeFlow")


def _policy(
    title: str,
    when: str,
    controls: tuple[str, ...],
    *,
    clients: tuple[str, ...] = ("all",),
    flows: str | None = None,
    session: Row | None = None,
) -> Row:
    conditions: Row = {
        "clientAppTypes": list(clients),
        "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": []},
        "users": {"includeUsers": ["All"], "excludeUsers": [], "includeGroups": [], "excludeGroups": []},
        "locations": None,
        "platforms": None,
        "signInRiskLevels": [],
        "userRiskLevels": [],
        "authenticationFlows": {"transferMethods": flows} if flows else None,
    }
    return {
        "id": identifier(f"policy {title}"),
        "displayName": title,
        "createdDateTime": when,
        "modifiedDateTime": when,
        "state": "enabled",
        "conditions": conditions,
        "grantControls": {"operator": "OR", "builtInControls": list(controls)} if controls else None,
        "sessionControls": session,
    }
