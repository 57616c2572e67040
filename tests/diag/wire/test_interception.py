"""Interception is seen in every position, by more than one sign, and nowhere else; and nothing secret reaches it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest

from diag.check import measure
from diag.judge import judge
from diag.model.actions import TlsHandshake
from diag.wire.interception import Suspicion, weigh
from diag.wire.signs import table, weights
from fakes.forging import vendors
from scenarios.build import emulate
from scenarios.load import load, names
from scenarios.play import Played, play

if TYPE_CHECKING:
    from diag.model.measurement import Measurement

NINE = [
    f"{code}--{position}{kind}"
    for code, position in (("tls/intercepted", "imap-"), ("tls/intercepted", "pop3-"), ("starttls/inspected", ""))
    for kind in ("untrusted", "trusted-by-the-system", "named-like-microsoft")
]


@cache
def intercepted(name: str) -> bool:
    """Tell whether a device in the world of a case makes certificates of its own."""
    return any(hop.firewall and hop.firewall.intercept for hop in load(name).declaration.path)


INTERCEPTED = [name for name in names() if intercepted(name)]


@cache
def impostor(name: str) -> bool:
    """Tell whether altered names lead to somebody else, who has certificates of its own too."""
    return any(code.startswith("dns/address-") for code in load(name).parts.expect.causes)


INNOCENT = [name for name in names() if not intercepted(name) and not impostor(name)]


@cache
def played(name: str) -> Played:
    return asyncio.run(play(load(name)))


def suspicions(measurement: Measurement) -> list[Suspicion]:
    at = datetime.fromisoformat(measurement.vantage.started)
    return list(weigh(measurement.observations, at).values())


@pytest.mark.parametrize("name", NINE)
def test_every_position_is_seen_with_any_one_sign_missing(name: str) -> None:
    (found,) = (item for item in suspicions(played(name).measurement) if item.suspected)
    assert len(found.signs) >= 3
    for sign in weights():
        assert found.without(sign).suspected, sign


def test_each_sign_decides_some_case() -> None:
    """Without it the case would not be seen; so none is there for ornament."""
    decisive = set()
    for name in INTERCEPTED:
        for found in suspicions(played(name).measurement):
            if found.suspected:
                decisive |= {sign.name for sign in found.signs if not found.without(sign.name).suspected}
    assert decisive == set(weights())


def test_who_answers_before_a_packet_can_be_back_is_seen_by_that_alone() -> None:
    """However busy this computer is: then it is the connection that was there too early."""
    (found,) = (
        item for item in suspicions(played("tls/intercepted--by-its-early-answer").measurement) if item.suspected
    )
    assert not found.without("timing").suspected


@pytest.mark.parametrize("name", INTERCEPTED)
def test_what_is_not_intercepted_beside_it_is_not_blamed(name: str) -> None:
    """A device on one port must not bring the others into suspicion."""
    case = load(name)
    concerned = {port for hop in case.declaration.path if hop.firewall and hop.firewall.intercept
                 for port in hop.firewall.intercept.ports}  # fmt: skip
    measurement = played(name).measurement
    found = weigh(measurement.observations, datetime.fromisoformat(measurement.vantage.started))
    for observation in measurement.observations:
        if observation.number in found:
            port = int(observation.subject.rpartition(":")[2])
            assert found[observation.number].suspected is (port in concerned), observation.subject


@pytest.mark.parametrize("name", INNOCENT)
def test_no_innocent_is_blamed(name: str) -> None:
    assert [item.signs for item in suspicions(played(name).measurement) if item.suspected] == []


@pytest.mark.parametrize("name", INNOCENT)
def test_no_innocent_is_blamed_where_no_timestamp_speaks_for_it(name: str) -> None:
    """The list of logs may be old, or the issuer's certificate not sent: then the other signs have to hold by themselves."""
    measurement = played(name).measurement
    weaker = []
    for item in measurement.observations:
        action = item.action
        if isinstance(action, TlsHandshake):
            stamps = tuple(replace(stamp, verdict="unknown-log", log="") for stamp in action.timestamps)
            action = replace(action, timestamps=stamps, log_list="2025-01-01")
        weaker.append(replace(item, action=action))
    found = suspicions(replace(measurement, observations=weaker))
    assert [item.signs for item in found if item.suspected] == []


def test_a_genuine_service_has_no_sign_at_all() -> None:
    found = suspicions(played("healthy/exchange-online").measurement)
    assert len(found) == 4
    assert [item.signs for item in found] == [()] * 4


WELL_KNOWN = [name for name in INTERCEPTED if load(name).declaration.tenant.name == "contoso.example"]
"""Cases of a service whose certificates are known; of one's own server a user may name the CA, and is believed."""


SEEN = {"tls/intercepted", "starttls/inspected", "tls/downgraded"}
"""What tells of a device; with the last one no handshake comes about, so there is nothing to read. There is nothing
either where the device refuses the server and ends the connection."""


@pytest.mark.parametrize(
    ("name", "trusting"), [*((name, False) for name in INTERCEPTED), *((name, True) for name in WELL_KNOWN)]
)
def test_an_interceptor_reads_no_credential(name: str, trusting: bool) -> None:
    """Not even where the user lets the tool trust its CA for a well-known service, unless the user insists."""
    case = load(name)

    async def main(*, anyway: bool) -> tuple[bytes, set[str]]:
        async with emulate(case) as world:
            stage = world.stage.world
            vendor = next(item.intercept.vendor for item in stage.firewalls() if item.intercept)
            settings = world.settings
            if trusting:
                settings = replace(settings, trust=replace(settings.trust, custom=stage.certificates.root(vendor)))
            found = await measure(
                replace(world.request, sign_in_anyway=anyway), world.sign_in, settings=settings,
                choices=replace(world.choices, sign_in_anyway=anyway),
            )  # fmt: skip
            devices = world.stage.devices.interceptors
            read = {place: bytes(device.read) for place, device in devices.items()}
            secret = world.sign_in.token or world.sign_in.password
            told = secret.reveal() if secret else world.stage.world.refresh_token
            assert anyway or told.encode() not in b"".join(read.values())
            # At a web site such words stand in addresses.
            mail = b"".join(data for place, data in read.items() if not place.endswith(":443"))
            return mail, {cause.code for cause in judge(found).causes}

    read, causes = asyncio.run(main(anyway=False))
    assert not any(word in read.upper() for word in (b"AUTH", b"LOGIN", b"USER ", b"PASS "))
    assert causes & SEEN
    read, causes = asyncio.run(main(anyway=True))
    goes_on = "tls/downgraded" not in causes and name != "tls/intercepted--doubts-the-server"
    if goes_on and any(port in {993, 995, 587} for port in _ports(name)):
        assert any(word in read.upper() for word in (b"AUTH", b"LOGIN", b"PASS "))
    assert causes & SEEN


def _ports(name: str) -> set[int]:
    hops = load(name).declaration.path
    return {port for hop in hops if hop.firewall and hop.firewall.intercept for port in hop.firewall.intercept.ports}


def test_every_vendor_of_the_fakes_is_played() -> None:
    used = {
        hop.firewall.intercept.vendor
        for name in INTERCEPTED
        for hop in load(name).declaration.path
        if hop.firewall and hop.firewall.intercept
    }
    assert used == set(vendors())


def test_at_least_fifteen_products_are_named_right() -> None:
    """The loader compares; here it is counted."""
    told = {
        values["product"]
        for name in INTERCEPTED
        for code, values in load(name).parts.expect.values.items()
        if code in {"tls/intercepted", "starttls/inspected"}
    }
    assert len(told - {"unknown product"}) >= 15


def test_every_sign_is_explained() -> None:
    rows = table()["sign"]
    assert len({row["name"] for row in rows}) == len(rows)
    assert all(row["why"].endswith(".") and 0 < row["weight"] <= table()["suspected"] for row in rows)
    assert table()["suspected"] < table()["certain"]
