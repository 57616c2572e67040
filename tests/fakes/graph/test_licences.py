"""Licences in Graph's form."""

from __future__ import annotations

from fakes.graph.licences import assigned_plans, details, subscribed


def test_only_a_mailbox_can_lag_behind() -> None:
    [row] = details("anna", ("EXCHANGE_S_ENTERPRISE", "TEAMS1"), "PendingActivation")
    assert row["skuId"] == "6fd2c87f-b296-42f0-b197-1e91e994b900"
    status = {plan["servicePlanName"]: plan["provisioningStatus"] for plan in row["servicePlans"]}  # type: ignore[attr-defined]
    assert status == {"EXCHANGE_S_ENTERPRISE": "PendingActivation", "TEAMS1": "Success"}


def test_what_is_switched_off_counts_as_deleted() -> None:
    found = assigned_plans(("TEAMS1",), "Success", "t")
    assert [row["capabilityStatus"] for row in found] == ["Deleted", "Enabled"]


def test_only_what_is_used_was_bought() -> None:
    [row] = subscribed("contoso.example", {"FLOW_FREE": 3})
    assert row["skuPartNumber"] == "FLOW_FREE"
