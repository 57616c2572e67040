"""What the connection attempts to every address show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import TcpConnect
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules.facts import host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.rules.facts import Facts, Seen

NO_FAMILY = {FailureCode.NETWORK_UNREACHABLE, FailureCode.ADDRESS_UNAVAILABLE}
"""How a computer without IPv6 (or IPv4) answers an attempt at once: nothing is wrong with the far end."""
_BY_CODE = {
    FailureCode.CONNECT_TIMEOUT: "tcp/port-dropped",
    FailureCode.CONNECTION_REFUSED: "tcp/port-refused",
    FailureCode.CONNECTION_RESET: "tcp/port-refused",
    FailureCode.HOST_UNREACHABLE: "tcp/host-unreachable",
    FailureCode.NETWORK_UNREACHABLE: "tcp/network-unreachable",
    FailureCode.ADDRESS_UNAVAILABLE: "tcp/network-unreachable",
    FailureCode.ADMIN_PROHIBITED: "tcp/prohibited",
}


def _by_endpoint(facts: Facts) -> Iterator[tuple[str, list[Seen[TcpConnect]]]]:
    """Yield each endpoint with the first attempt at each of its addresses."""
    found: dict[str, dict[str, Seen[TcpConnect]]] = {}
    for seen in facts.of(TcpConnect):
        if seen.action.role == "endpoint":
            found.setdefault(seen.subject, {}).setdefault(seen.action.address, seen)
    for subject, first in found.items():
        yield subject, list(first.values())


def ports(facts: Facts) -> Iterator[Finding]:
    """No address of an endpoint can be connected to."""
    for subject, attempts in _by_endpoint(facts):
        if any(seen.code not in _BY_CODE for seen in attempts):
            continue  # one of them is open, or was not tried to its end
        told = [seen for seen in attempts if seen.code not in NO_FAMILY] or attempts
        deciding = next((seen for seen in told if seen.action.family == "ipv4"), told[0])
        code = _BY_CODE[deciding.code] if deciding.code else ""
        values = {
            **host_and_port(subject),
            "address": deciding.action.address,
            "seconds": deciding.action.timeout,
            "others": _others(facts, subject),
            "device": deciding.action.icmp_from or "a device on the way",
        }
        evidence = tuple(seen.number for seen in told)
        yield Finding(code=code, subject=subject, evidence=evidence, values=values)


def _others(facts: Facts, subject: str) -> str:
    """Say which other ports of the same host, and which other hosts, could be connected to at the same time."""
    open_ones = [other for other, attempts in _by_endpoint(facts) if any(seen.code is None for seen in attempts)]
    return ", ".join(other for other in open_ones if other != subject) or "none"


def some_addresses(facts: Facts) -> Iterator[Finding]:
    """Some addresses of an endpoint can be connected to, and others cannot."""
    for subject, attempts in _by_endpoint(facts):
        dead = [seen for seen in attempts if seen.code in _BY_CODE and not _no_family(seen)]
        alive = [seen for seen in attempts if seen.code is None]
        if not dead or not alive:
            continue
        ipv6 = [seen for seen in attempts if seen.action.family == "ipv6"]
        only_ipv6 = all(seen.action.family == "ipv6" for seen in dead) and len(dead) == len(ipv6)
        values = {
            **host_and_port(subject),
            "dead": ", ".join(seen.action.address for seen in dead),
            "alive": ", ".join(seen.action.address for seen in alive),
            "seconds": max(seen.action.timeout for seen in dead),
        }
        evidence = tuple(seen.number for seen in dead)
        code = "tcp/ipv6-broken" if only_ipv6 else "tcp/address-dead"
        yield Finding(code=code, subject=subject, evidence=evidence, values=values)


def _no_family(seen: Seen[TcpConnect]) -> bool:
    return seen.code in NO_FAMILY and seen.action.family == "ipv6"
