"""The pair of hops between which packets get lost, in every scenario that has one, with real hops."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from diag.judge import judge
from fakes.stages.devices import refused
from fakes.stages.netns.layout import addresses_of, devices
from scenarios.load import load, names

if TYPE_CHECKING:
    from fakes.declare import Declaration
    from scenarios.lab.outside import Lab

pytestmark = pytest.mark.netns
BLOCKED = {
    "tcp/port-dropped", "tcp/host-blocked", "tcp/egress-blocked", "tcp/address-dead", "tcp/ipv6-broken",
    "tcp/port-refused", "tcp/refused-on-the-way",
}  # fmt: skip
"""Causes that are at some hop, and that the device does not tell of itself."""
WITH_A_PAIR = [name for name in names() if BLOCKED & set(load(name).parts.expect.causes)]


def blocking(declaration: Declaration, port: int) -> int:
    """Return the number of the hop that blocks ``port``, 0 for any: a firewall, or the last where addresses are dead."""
    for hop in devices(declaration):
        if hop.firewall and (port in refused(hop.firewall) or not port):
            return hop.number
    return len(devices(declaration))


@pytest.mark.parametrize("name", WITH_A_PAIR)
def test_the_pair_is_named(lab: Lab, name: str) -> None:
    case = load(name)
    verdict = judge(asyncio.run(lab.measure(case)))
    causes = [cause for cause in verdict.causes if cause.code in BLOCKED]
    assert causes
    for cause in causes:
        number = blocking(case.declaration, int(str(cause.values.get("port", 0))))
        said = cause.values["where"]
        assert cause.values["before"] in addresses_of(number), said
        if "says so itself" in str(said):
            continue  # a refusal by ICMP has its sender
        assert cause.values["hop"] == number, said
        at_the_end = number == len(devices(case.declaration))
        assert at_the_end or cause.values["after"] in (*addresses_of(number + 1), ""), said
