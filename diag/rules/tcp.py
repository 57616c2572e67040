"""What the connection attempts to every address show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import TcpConnect
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules import compare, hops, icmp
from diag.rules.facts import host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

_BY_CODE = {
    FailureCode.CONNECT_TIMEOUT: "tcp/port-dropped",
    FailureCode.CONNECTION_REFUSED: "tcp/port-refused",
    FailureCode.CONNECTION_RESET: "tcp/port-refused",
    FailureCode.HOST_UNREACHABLE: "tcp/host-unreachable",
    FailureCode.NETWORK_UNREACHABLE: "tcp/network-unreachable",
    FailureCode.ADDRESS_UNAVAILABLE: "tcp/network-unreachable",
    FailureCode.PROTOCOL_UNREACHABLE: "tcp/protocol-unreachable",
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
        told = [seen for seen in attempts if not compare.lacks_family(seen)] or attempts
        deciding = min(told, key=_weight)
        code, values = _named(facts, subject, deciding)
        at = hops.locate(facts, subject, deciding.action.address)
        evidence = (*(seen.number for seen in told), *at.evidence)
        yield Finding(code=code, subject=subject, evidence=evidence, values={**values, **at.values()})


def _weight(seen: Seen[TcpConnect]) -> tuple[bool, bool]:
    """Order attempts: IPv4 first, since a site may have no IPv6 at all; what a device said before mere silence."""
    return seen.action.family != "ipv4", not seen.action.icmp_from


def _named(facts: Facts, subject: str, seen: Seen[TcpConnect]) -> tuple[str, dict[str, Value]]:
    """Name the way in which a connection is blocked, with what a page needs to tell of it."""
    action = seen.action
    values: dict[str, Value] = {
        **host_and_port(subject),
        "address": action.address,
        "seconds": action.timeout,
        "late": f"{action.late or 0:.1f}",
        "others": _others(facts, subject),
        "scope": compare.sentence(facts, subject),
        "device": action.icmp_from or "a device on the way",
        "message": icmp.words(action),
        "said": f"{action.icmp_from} says so by ICMP: {icmp.words(action)}." if action.icmp_from else "",
    }
    if action.late is not None:
        return "tcp/too-slow", values
    if message := icmp.finding(action):
        return message, values
    code = _BY_CODE[seen.code] if seen.code else ""
    if code == "tcp/port-refused" and (nearer := compare.nearer(facts, subject, action.address)):
        return "tcp/refused-on-the-way", {**values, "proof": nearer.sentence}
    return code, values


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
        values: dict[str, Value] = {
            **host_and_port(subject),
            "dead": ", ".join(seen.action.address for seen in dead),
            "alive": ", ".join(seen.action.address for seen in alive),
            "seconds": max(seen.action.timeout for seen in dead),
        }
        at = hops.locate(facts, subject, dead[0].action.address)
        values |= at.values()
        evidence = (*(seen.number for seen in (*dead, *alive)), *at.evidence)
        code = "tcp/ipv6-broken" if only_ipv6 else "tcp/address-dead"
        yield Finding(code=code, subject=subject, evidence=evidence, values=values)


def _no_family(seen: Seen[TcpConnect]) -> bool:
    return seen.code in compare.LOCAL and seen.action.family == "ipv6"
