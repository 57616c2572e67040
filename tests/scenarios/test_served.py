"""A case with a way in."""

from __future__ import annotations

import pytest

from scenarios.load import load
from scenarios.served import PROXY, sign_in_place, with_proxy


def test_the_proxy_leads_to_every_port_of_the_world() -> None:
    case = load("healthy/exchange-online")
    served = with_proxy(case).declaration
    assert {443, 587, 993, 995} <= {*served.services[PROXY].proxy.ports}
    assert PROXY not in case.declaration.services
    assert with_proxy(case).name == case.name


@pytest.mark.parametrize(
    ("name", "place"), [("healthy/exchange-online", "login.microsoftonline.com:443"), ("healthy/dovecot", None)]
)
def test_people_sign_in_where_the_world_says(name: str, place: str | None) -> None:
    assert sign_in_place(load(name)) == place
