"""What a blocked port is beside the others: the port, the host or the whole way out is at fault.

No single failure says so. What opens at the same time does: the same host on another port, another host on the same
port, anything at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from diag.model.actions import ProxyTunnel, TcpConnect
from diag.model.failure import UNFINISHED, FailureCode
from diag.model.finding import Finding
from diag.rules import hops
from diag.rules.facts import host_and_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

FEWEST_PLACES = 3
"""Places that were all tried in vain before the whole way out is said to be closed."""
LOCAL = {FailureCode.NETWORK_UNREACHABLE, FailureCode.ADDRESS_UNAVAILABLE}
"""How this computer itself answers for a family of addresses that it has not got."""
_BY_HOST = {FailureCode.CONNECTION_REFUSED, FailureCode.CONNECTION_RESET}
NEARER = 0.5
"""A refusal that takes less than this share of a round trip to the host came from somebody nearer."""
LEAST_GAP = 0.01
"""Seconds between the two that no accident of this computer makes."""
FEWEST_TIMES = 3

Scope = Literal["everything", "port", "host", "this port", "refusing host", "refusals", "port or host", "unknown"]


@dataclass(frozen=True, slots=True)
class Places:
    """Which ``host:port`` could be connected to, which answered by a refusal, and which were not even reached."""

    open: tuple[str, ...]
    refused: tuple[str, ...]
    """A RST is an answer: packets got to the host and back, or to a device that answers in its name."""
    blocked: tuple[str, ...]

    def beside(self, subject: str) -> Places:
        """Return all but ``subject``."""
        return self._only(subject, lambda _: True)

    def of_host(self, subject: str) -> Places:
        """Return the other ports of the same host."""
        host = subject.rpartition(":")[0]
        return self._only(subject, lambda item: item.rpartition(":")[0] == host)

    def of_port(self, subject: str) -> Places:
        """Return the same port of other hosts."""
        port = subject.rpartition(":")[2]
        return self._only(subject, lambda item: item.rpartition(":")[2] == port)

    @property
    def tried(self) -> bool:
        """Tell whether there is one at all."""
        return bool(self.open or self.refused or self.blocked)

    def _only(self, subject: str, fits: Callable[[str], bool]) -> Places:
        kinds = (self.open, self.refused, self.blocked)
        return Places(*(tuple(item for item in items if item != subject and fits(item)) for items in kinds))


def places(facts: Facts) -> Places:
    """Sort every place that was connected to, the endpoints and what they are compared with, without proxies."""
    found: dict[str, list[Seen[TcpConnect]]] = {}
    for seen in facts.of(TcpConnect):
        if seen.action.role in {"endpoint", "control"}:
            found.setdefault(seen.subject, []).append(seen)
    opened = [subject for subject, tried in found.items() if any(_answers(seen) for seen in tried)]
    shut = {subject: tried for subject, tried in found.items() if subject not in opened}
    refused = [subject for subject, tried in shut.items() if _reached(facts, subject, tried)]
    blocked = [subject for subject, tried in shut.items() if subject not in refused and _shut(tried)]
    return Places(tuple(opened), tuple(refused), tuple(blocked))


def _reached(facts: Facts, subject: str, tried: list[Seen[TcpConnect]]) -> bool:
    """Tell whether one of the attempts was refused as the host itself does it, by nobody who is seen to be nearer."""
    addresses = {seen.action.address for seen in tried if refused_plainly(seen)}
    return any(nearer(facts, subject, address) is None for address in addresses)


def refused_plainly(seen: Seen[TcpConnect]) -> bool:
    """Tell whether the answer was a RST; a device that sends ICMP says itself who it is."""
    return seen.code in _BY_HOST and not seen.action.icmp_from


def _shut(tried: list[Seen[TcpConnect]]) -> bool:
    """Tell whether attempts that all failed say something of the far end, or of the way there."""
    unfinished = any(seen.code in UNFINISHED for seen in tried)
    return not unfinished and not all(lacks_family(seen) for seen in tried)


def lacks_family(seen: Seen[TcpConnect]) -> bool:
    """Tell whether this computer itself answered, as it does for a family of addresses that it has not got."""
    return seen.code in LOCAL and not seen.action.icmp_from


def _answers(seen: Seen[TcpConnect]) -> bool:
    return seen.code is None or seen.action.late is not None


def scope(found: Places, subject: str) -> Scope:
    """Infer what is at fault where ``subject`` is blocked or refused."""
    others, of_port, of_host = found.beside(subject), found.of_port(subject), found.of_host(subject)
    if not others.open:
        return _nothing_open(found, subject)
    answers = of_host.open or of_host.refused or (of_host.blocked and subject in found.refused)
    if of_port.open:
        if answers:
            return _at_host(found, subject)
        return "host" if of_host.blocked else "port or host"
    if of_port.blocked or (of_port.refused and subject in found.refused):
        return "port"
    return _at_host(found, subject) if answers else "port or host"


def _at_host(found: Places, subject: str) -> Scope:
    """Tell one port from a host that answers, and none of whose ports is open."""
    return "this port" if found.of_host(subject).open or subject not in found.refused else "refusing host"


def _nothing_open(found: Places, subject: str) -> Scope:
    others = found.beside(subject)
    if not others.refused:
        return "everything" if others.blocked else "unknown"
    if subject in found.refused:
        return "refusals"
    return "port" if found.of_port(subject).blocked else "this port" if found.of_host(subject).refused else "refusals"


def sentence(facts: Facts, subject: str) -> str:
    """Say what was compared, and what follows from it."""
    found = places(facts)
    place = host_and_port(subject)
    of_port, of_host, others = found.of_port(subject), found.of_host(subject), found.beside(subject)
    as_this = "refused" if subject in found.refused else "blocked"
    said = []
    if of_port.tried:
        said.append(f"At other hosts port {place['port']} is {_told(of_port, as_this)}")
    if of_host.tried:
        said.append(f"at {place['host']} other ports are {_told(of_host, as_this)}")
    reached = f"packets reach {place['host']}, or a device that answers in its name"
    only = f"it is port {place['port']} of {place['host']} alone: a rule for it, or the service itself."
    conclusion = {
        "everything": "Nothing else that was tried is open either: it is the way out of this network that is closed.",
        "port": f"So port {place['port']} is blocked, whatever the host.",
        "host": f"So the address of {place['host']} is blocked, or the host is down, whatever the port.",
        "this port": f"So {only}" if of_host.open else f"So {reached}, and {only}",
        "refusing host": f"So {reached}, and none of the ports that were tried is open there.",
        "refusals": f"Nothing else that was tried is open either. Refusals came from {', '.join(others.refused[:2])}, "
        "or from a device that answers in the name of such a host.",
        "port or host": f"The way out is open, such as to {', '.join(others.open[:2])}.",
        "unknown": "Nothing else was tried that would tell more.",
    }[scope(found, subject)]
    told = "; ".join(said)
    return f"{told[:1].upper()}{told[1:]}. {conclusion}{_by_proxy(facts, subject)}" if told else conclusion


def _told(found: Places, as_this: str) -> str:
    refused = "refused too" if as_this == "refused" else "answered by a refusal"
    blocked = "blocked too" if as_this == "blocked" else "blocked"
    told = {"open": found.open, refused: found.refused, blocked: found.blocked}
    return " and ".join(f"{how} ({', '.join(items)})" for how, items in told.items() if items)


def _by_proxy(facts: Facts, subject: str) -> str:
    tried = [seen for seen in facts.of(ProxyTunnel, subject) if seen.action.role == "control" and seen.failure]
    if not tried or tried[0].failure is None:
        return ""
    action = tried[0].action
    return f" The proxy {action.proxy} ({action.named_by}) does not let it through either: {tried[0].failure.detail}."


def egress(facts: Facts) -> Iterator[Finding]:
    """Nothing at all can be connected to, and nothing is refused in a way in which a host does it itself."""
    found = places(facts)
    several_hosts = len({subject.rpartition(":")[0] for subject in found.blocked}) > 1
    answered = found.open or found.refused
    if answered or len(found.blocked) < FEWEST_PLACES or not several_hosts or not facts.measurement.complete:
        return
    attempts = [seen for seen in facts.of(TcpConnect) if seen.subject in found.blocked]
    own = [seen for seen in attempts if seen.action.role == "endpoint"]
    in_its_name = any(refused_plainly(seen) for seen in attempts)
    if not own or in_its_name or any(seen.code is None for seen in facts.of(ProxyTunnel)):
        return  # without an attempt of its own, such as behind a proxy, only comparisons were dialled
    first = _plain(own)
    at = hops.locate(facts, first.subject, first.action.address)
    evidence = (*(seen.number for seen in attempts), *at.evidence)
    values: dict[str, Value] = {"places": ", ".join(found.blocked), "count": len(found.blocked), **at.values()}
    yield Finding(
        code="tcp/egress-blocked", subject=facts.target.address, evidence=evidence, values=values, confidence="likely"
    )


def hosts(facts: Facts) -> Iterator[Finding]:
    """No port of a host answers, and the same port of another host is open."""
    found = places(facts)
    silent: dict[str, list[Seen[TcpConnect]]] = {}
    for seen in facts.of(TcpConnect):
        if seen.action.role not in {"endpoint", "control"}:
            continue
        if seen.code is FailureCode.CONNECT_TIMEOUT and seen.action.late is None:
            silent.setdefault(seen.subject, []).append(seen)
    for host in dict.fromkeys(endpoint.host for endpoint in facts.endpoints):
        tried = (*found.open, *found.refused, *found.blocked)
        own = [subject for subject in tried if subject.rpartition(":")[0].strip("[]") == host]
        tested = [endpoint.subject for endpoint in facts.endpoints if endpoint.host == host]
        if len(own) < 2 or not all(subject in silent for subject in own) or not tested:  # noqa: PLR2004  a contrast
            continue
        if scope(found, tested[0]) == "host":
            attempts = [seen for subject in own for seen in silent[subject]]
            values: dict[str, Value] = {
                "host": host,
                "ports": ", ".join(subject.rpartition(":")[2] for subject in own),
                "addresses": ", ".join(dict.fromkeys(seen.action.address for seen in attempts)),
                "others": ", ".join(found.of_port(tested[0]).open),
            }
            at = hops.locate(facts, tested[0], _plain(attempts).action.address)
            values |= at.values()
            evidence = (*(seen.number for seen in attempts), *at.evidence)
            yield Finding(code="tcp/host-blocked", subject=host, evidence=evidence, values=values)


def _plain(attempts: list[Seen[TcpConnect]]) -> Seen[TcpConnect]:
    """Return the attempt to tell of: by IPv4 where there is one, since more people read its addresses."""
    return next((seen for seen in attempts if seen.action.family == "ipv4"), attempts[0])


def nearer(facts: Facts, subject: str, address: str) -> hops.Nearer | None:
    """Tell how it shows that a refusal came from somebody nearer than the host, by its time or by its hops."""
    return _sooner(facts, subject, address) or hops.refused_nearer(facts, subject, address)


def _sooner(facts: Facts, subject: str, address: str) -> hops.Nearer | None:
    """Compare the time of a refusal with that of a packet to the host and back.

    Of both the shortest counts: this computer can only make them longer.
    """
    refusals = [seen.observation.took for seen in facts.of(TcpConnect, subject)
                if seen.action.address == address and seen.code is FailureCode.CONNECTION_REFUSED]  # fmt: skip
    trips = [seen.action.round_trip for seen in facts.of(TcpConnect)
             if seen.action.address == address and seen.action.round_trip is not None]  # fmt: skip
    taken = [took for took in refusals if took is not None]
    if len(taken) < FEWEST_TIMES or len(trips) < FEWEST_TIMES:
        return None
    refusal, trip = min(taken), min(trips)
    if refusal >= NEARER * trip or trip - refusal < LEAST_GAP:
        return None
    sentence = (
        f"The refusal takes {refusal * 1000:.0f} ms, and a packet to that host and back {trip * 1000:.0f} ms, as its "
        "other ports show"
    )
    return hops.Nearer(sentence, ())
