"""The check inside: its record is a document like any other, and it has no rights but those it keeps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from diag.model.actions import TcpConnect
from scenarios.lab.checks import RESENT
from scenarios.load import load

if TYPE_CHECKING:
    from scenarios.lab.outside import Lab

pytestmark = pytest.mark.netns


def test_what_is_measured_inside_comes_out_as_a_measurement(lab: Lab) -> None:
    measurement = asyncio.run(lab.measure(load("tcp/prohibited")))
    assert measurement.complete
    assert measurement.vantage.name_servers == ("192.0.2.53",)
    refused = [seen.action for seen in measurement.observations if seen.failure and seen.subject.endswith(":993")]
    assert {(action.icmp_type, action.icmp_code, action.icmp_from) for action in refused} == {  # type: ignore[union-attr]
        (3, 13, "198.51.100.1"),
        (1, 1, "2001:db8:ffff::1"),
    }


def test_the_client_dials_real_addresses_from_one_of_its_own(lab: Lab) -> None:
    measurement = asyncio.run(lab.measure(load("healthy/exchange-online")))
    local = {getattr(seen.action, "local_address", None) for seen in measurement.observations}
    assert local == {None, "192.168.77.10", "2001:db8:77::10"}


@pytest.mark.parametrize(("name", "seconds"), [("healthy/dovecot", RESENT), ("healthy/far-away", 3.0)])
def test_a_connection_is_waited_for_until_its_second_packet_or_as_the_case_says(
    lab: Lab, name: str, seconds: float
) -> None:
    measurement = asyncio.run(lab.measure(load(name)))
    assert {seen.action.timeout for seen in measurement.observations if isinstance(seen.action, TcpConnect)} == {
        seconds
    }
