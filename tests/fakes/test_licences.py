"""Products and service plans."""

from __future__ import annotations

import uuid

import pytest

from fakes.licences import assigned, bring_mailbox, plans, product_with, products


def test_every_plan_is_in_a_product_and_every_identifier_is_a_guid_of_its_own() -> None:
    assert {plan.name for product in products() for plan in product.plans} == set(plans())
    ids = [uuid.UUID(text) for text in (*(plan.id for plan in plans().values()), *(item.id for item in products()))]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("names", "outcome"),
    [
        (("EXCHANGE_S_STANDARD",), True),
        (("EXCHANGE_S_DESKLESS_GOV", "TEAMS1"), True),
        (("EXCHANGE_S_FOUNDATION", "FLOW_P2_VIRAL"), False),
        (("EXCHANGE_S_ARCHIVE_ADDON",), False),
        (("SOMETHING_NEW",), False),
        ((), False),
    ],
)
def test_which_plans_bring_a_mailbox(names: tuple[str, ...], outcome: bool) -> None:
    assert bring_mailbox(names) is outcome


def test_an_account_gets_the_first_product_with_its_plan_and_each_once() -> None:
    assert product_with("EXCHANGE_S_ENTERPRISE").name == "ENTERPRISEPACK"
    assert [item.name for item in assigned(("EXCHANGE_S_STANDARD", "TEAMS1", "FLOW_P2_VIRAL"))] == [
        "O365_BUSINESS_ESSENTIALS",
        "FLOW_FREE",
    ]
    assert [item.name for item in assigned(("EXCHANGE_S_ENTERPRISE", "TEAMS1"))] == ["ENTERPRISEPACK"]
    with pytest.raises(ValueError, match="no service plan 'EXCHANGE'; there are AAD_PREMIUM, "):
        product_with("EXCHANGE")


def test_each_plan_belongs_to_a_service() -> None:
    found = {name: plan.service for name, plan in plans().items()}
    assert (found["EXCHANGE_S_STANDARD"], found["TEAMS1"]) == ("exchange", "TeamspaceAPI")
