"""The pair of hops between which packets get lost, in every scenario that has one, with real hops."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from diag.judge import judge
from diag.model.hops import TraceRoute
from fakes.stages.devices import accepting, refused
from fakes.stages.netns.layout import addresses_of, devices
from scenarios.lab.checks import CAP_NET_RAW, Way
from scenarios.load import load, names

if TYPE_CHECKING:
    from pathlib import Path

    from diag.model.finding import Finding
    from diag.model.measurement import Measurement
    from fakes.declare import Declaration
    from scenarios.lab.outside import Lab
    from scenarios.model import Case

pytestmark = pytest.mark.netns
HELLO = {"tls/name-filtered", "tls/handshake-reset", "tls/hello-lost", "tls/large-hello-dropped"}
"""Causes for which the connection stands, and what is sent over it is stopped at some hop."""
ACCEPTED = "tcp/terminated-on-the-way"
"""Cause for which a device accepts the connection that the server was meant to."""
BLOCKED = {
    "tcp/port-dropped", "tcp/host-blocked", "tcp/egress-blocked", "tcp/address-dead", "tcp/ipv6-broken",
    "tcp/port-refused", "tcp/refused-on-the-way", ACCEPTED, *HELLO,
}  # fmt: skip
"""Causes that are at some hop, and that the device does not tell of itself."""
WITH_A_PAIR = [name for name in names() if BLOCKED & set(load(name).parts.expect.causes)]


def blocking(declaration: Declaration, cause: Finding) -> int:
    """Return the number of the hop that blocks ``cause``: a firewall, or the last where it is the host itself."""
    port = int(str(cause.values.get("port", 0)))
    for hop in devices(declaration):
        firewall = hop.firewall
        if firewall is None:
            continue
        if cause.code == ACCEPTED:
            if port in accepting(firewall):
                return hop.number
            continue
        if cause.code not in HELLO and (port in refused(firewall) or not port):
            return hop.number
        stopped = (*firewall.reset_hello, *firewall.drop_hello, *firewall.drop_large_hello)
        names = (*firewall.reset_names, *firewall.drop_names)
        if cause.code in HELLO and (port in stopped or cause.values["host"] in names):
            return hop.number
    return len(devices(declaration))


@pytest.mark.parametrize("name", WITH_A_PAIR)
def test_the_pair_is_named_to_an_ordinary_user(lab: Lab, name: str) -> None:
    hold(load(name), asyncio.run(lab.measure(load(name))))


@pytest.mark.parametrize("name", WITH_A_PAIR)
def test_the_pair_is_named_by_raw_packets(lab: Lab, name: str) -> None:
    pytest.importorskip("scapy", reason="scapy is not installed (extra: trace)")
    case = load(name)
    case.parts.check.connect_timeout = 3.0  # scapy takes half a second to be there
    way = Way(trace_by="packets", capabilities=frozenset({CAP_NET_RAW}))
    measurement = asyncio.run(lab.measure(case, way))
    traces = [seen.action for seen in measurement.observations if isinstance(seen.action, TraceRoute)]
    methods = {trace.method for trace in traces if not trace.role.startswith("hello")}  # those take a connection
    assert methods <= {"packets"}
    hold(case, measurement)


def test_without_rights_raw_packets_are_not_measured_and_it_is_said_why(lab: Lab) -> None:
    measurement = asyncio.run(lab.measure(load("tcp/port-dropped"), Way(trace_by="packets")))
    (said, *_) = [cause.values["where"] for cause in judge(measurement).causes]
    assert str(said).startswith("At which hop was not measured: raw packets take the rights of an administrator")


def test_a_capture_holds_the_flows_of_the_check_and_nothing_else(lab: Lab, tmp_path: Path) -> None:
    pytest.importorskip("scapy", reason="scapy is not installed (extra: trace)")
    from scapy.layers.inet import ICMP, IP, TCP  # noqa: PLC0415  where it is installed
    from scapy.utils import rdpcap  # noqa: PLC0415

    file = tmp_path / "own.pcap"
    way = Way(pcap=str(file), capabilities=frozenset({CAP_NET_RAW}))
    asyncio.run(lab.measure(load("tcp/port-dropped"), way))
    packets = [packet for packet in rdpcap(str(file)) if IP in packet]
    assert {packet[TCP].dport for packet in packets if TCP in packet and packet[IP].src == "192.168.77.10"} == {
        993, 995, 587, 443, 80,
    }  # fmt: skip
    assert {packet[IP].src for packet in packets if ICMP in packet} == {"198.51.100.1", "198.51.100.2"}


def hold(case: Case, measurement: Measurement) -> None:
    """Compare the hops of the causes with where the world has its firewall."""
    verdict = judge(measurement)
    causes = [cause for cause in verdict.causes if cause.code in BLOCKED]
    assert causes
    for cause in causes:
        number = blocking(case.declaration, cause)
        said = cause.values["where"]
        assert cause.values["before"] in addresses_of(number), said
        if "says so itself" in str(said):
            continue  # a refusal by ICMP has its sender
        assert cause.values["hop"] == number, said
        at_the_end = number == len(devices(case.declaration))  # behind it are hosts, and no other device
        assert at_the_end or cause.values["after"] in addresses_of(number + 1), said
