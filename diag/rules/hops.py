"""Between which hops packets get lost: a trace to the blocked port beside one to a port that answers."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.model.actions import DnsQuery, TcpConnect
from diag.model.hops import TraceRoute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.finding import Value
    from diag.model.hops import Answer, Hop
    from diag.rules.facts import Facts, Seen

FINAL = {"connected", "refused"}
_NETWORKS = {
    "10.0.0.0/8": "a private address: inside your network, or your provider's (RFC 1918)",
    "172.16.0.0/12": "a private address: inside your network, or your provider's (RFC 1918)",
    "192.168.0.0/16": "a private address: inside your network (RFC 1918)",
    "100.64.0.0/10": "your internet provider's address translation (RFC 6598)",
    "fc00::/7": "a private address: inside your network (RFC 4193)",
    "fe80::/10": "on your own link (RFC 4291)",
}
"""Whose device an address belongs to, as far as the address alone tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where packets get lost: behind hop ``number`` (0 is this computer), before or in the next."""

    number: int
    before: str
    """Address of the last device that answers; empty for this computer, or where it has none that is known."""
    after: str
    """Address of what answers behind it on the way to the other port, where that is known."""
    sentence: str
    evidence: tuple[int, ...]

    def values(self) -> dict[str, Value]:
        """Return what pages, change requests and scenarios refer to."""
        return {"where": self.sentence, "hop": self.number, "before": self.before, "after": self.after}


UNKNOWN = Location(number=0, before="", after="", sentence="At which hop was not measured.", evidence=())


def locate(facts: Facts, subject: str, address: str) -> Location:
    """Say where connections to ``subject`` at ``address`` end."""
    traces = facts.of(TraceRoute, subject)
    blocked = next((seen for seen in traces if seen.action.role == "blocked" and seen.action.address == address), None)
    if blocked is None:
        return _told(facts, subject, address)
    if blocked.action.not_measured:
        sentence = f"At which hop was not measured: {blocked.action.not_measured}."
        return Location(number=0, before="", after="", sentence=sentence, evidence=(blocked.number,))
    if not blocked.action.hops:
        sentence = "At which hop was not measured: there was no time for it."
        return Location(number=0, before="", after="", sentence=sentence, evidence=(blocked.number,))
    control = _control(facts, blocked)
    last = _last(blocked.action.hops)
    evidence = (blocked.number, *((control.number,) if control else ()))
    behind = _behind(control.action.hops, last.ttl if last else 0) if control else None
    elsewhere = control is not None and control.action.address != address
    known = behind is not None and not (elsewhere and behind.answer in FINAL)  # another host is not the next hop
    if any(hop.answer in FINAL for hop in blocked.action.hops):
        sentence = _refused(facts, blocked, control, last)
    else:
        sentence = _lost(facts, blocked, control, last, behind)
    return Location(
        number=last.ttl if last else 0,
        before=(last.address or "") if last else "",
        after=(behind.address or "") if behind and known else "",
        sentence=sentence,
        evidence=evidence,
    )


@dataclass(frozen=True, slots=True)
class Nearer:
    """How it shows that a refusal comes from nearer than the host."""

    sentence: str
    evidence: tuple[int, ...]


def refused_nearer(facts: Facts, subject: str, address: str) -> Nearer | None:
    """Compare how far away a refusal comes from with how far packets to another port of the same address get."""
    blocked = next((seen for seen in facts.of(TraceRoute, subject)
                    if seen.action.role == "blocked" and seen.action.address == address), None)  # fmt: skip
    end = answers_at(blocked.action, "refused") if blocked else None
    return nearer(facts, blocked, end, "The refusal comes from") if blocked and end else None


def nearer(facts: Facts, own: Seen[TraceRoute], end: int, told: str) -> Nearer | None:
    """Say that who answers at hop ``end`` of ``own`` is not the host, where packets to another port of it go farther.

    Only where both went the same way as far as that: ways of different length lead to some hosts.
    """
    address = own.action.address
    before = {hop.ttl: hop.address for hop in own.action.hops if hop.answer == "time-exceeded"}
    for control in facts.of(TraceRoute):
        action = control.action
        if action.address != address or action.role != "control" or action.port == own.action.port:
            continue
        passed = {hop.ttl: hop.address for hop in action.hops if hop.answer == "time-exceeded"}
        same = all(passed.get(ttl, device) == device for ttl, device in before.items())
        farther = [ttl for ttl, device in passed.items() if ttl >= end and device != address]
        far = action.distance or (max(farther) + 1 if farther and same else 0)
        if far > end:
            sentence = (
                f"{told} {end} hop{'s' if end > 1 else ''} away, and packets to another port of the "
                f"same address travel {far} hops at least"
            )
            return Nearer(sentence, (own.number, control.number))
    return None


def answers_at(action: TraceRoute, answer: Answer) -> int | None:
    """Return from how many hops away an answer of this kind comes."""
    return next((hop.ttl for hop in action.hops if hop.answer == answer), action.distance)


def _told(facts: Facts, subject: str, address: str) -> Location:
    """Use what a device says of itself by ICMP: then nothing needs to be traced."""
    for seen in facts.of(TcpConnect, subject):
        device = seen.action.icmp_from
        if device and seen.action.address == address:
            sentence = f"The device {owner(facts, device)} says so itself."
            return Location(number=0, before=device, after="", sentence=sentence, evidence=(seen.number,))
    return UNKNOWN


def _control(facts: Facts, blocked: Seen[TraceRoute]) -> Seen[TraceRoute] | None:
    """Choose what the trace is compared with: the same address before another one, one that arrived before others."""
    family = ":" in blocked.action.address
    others = [seen for seen in facts.of(TraceRoute) if seen.action.role == "control" and seen.action.hops
              and (":" in seen.action.address) is family]  # fmt: skip
    same = blocked.action.address
    others.sort(key=lambda seen: (not _arrived(seen.action.hops), seen.action.address != same, -len(seen.action.hops)))
    return others[0] if others else None


def _arrived(hops: Iterable[Hop]) -> bool:
    return any(hop.answer in FINAL for hop in hops)


def _last(hops: Iterable[Hop]) -> Hop | None:
    """Return the farthest device that says that packets came as far as to it."""
    answered = [hop for hop in hops if hop.answer == "time-exceeded"]
    return answered[-1] if answered else None


def _behind(hops: Iterable[Hop], number: int) -> Hop | None:
    """Return the first that answers behind hop ``number``."""
    return next((hop for hop in hops if hop.ttl > number and hop.answer != "silent"), None)


def _lost(
    facts: Facts, blocked: Seen[TraceRoute], control: Seen[TraceRoute] | None, last: Hop | None, behind: Hop | None
) -> str:
    port = blocked.action.port
    here = f"hop {last.ttl} ({owner(facts, last.address)})" if last else "this computer"
    told = f"Packets to port {port} reach {here}, and nothing answers behind it."
    if control is None or behind is None:
        return f"{told} No other port answered from farther away, so the next hop is not known."
    other = _place(blocked, control)
    distance = _distance(control.action.hops) if control.action.address == blocked.action.address else None
    far = f", where the host is {distance} hops away" if distance else ""
    if behind.answer in FINAL and control.action.address != blocked.action.address:
        return f"{told} The way to {other} is no longer than that, so the next hop is not known."
    if behind.answer in FINAL:
        return f"{told} To {other} the next to answer is the host itself{far}. So {here} drops them, or the host does."
    beyond = f"hop {behind.ttl} ({owner(facts, behind.address)})"
    first = "a filter on this computer" if last is None else f"hop {last.ttl} on its way out"
    follows = f"So they are dropped by {first}, or by hop {behind.ttl} on its way in."
    return f"{told} To {other} {beyond} answers{far}. {follows}"


def _refused(facts: Facts, blocked: Seen[TraceRoute], control: Seen[TraceRoute] | None, last: Hop | None) -> str:
    end = next(hop for hop in blocked.action.hops if hop.answer in FINAL)
    told = f"The answer to port {blocked.action.port} comes from {end.ttl} hop{'s' if end.ttl > 1 else ''} away"
    if control is None or control.action.address != blocked.action.address:
        return f"{told}; how far away the host is was not measured."
    other = _place(blocked, control)
    farther = [hop for hop in control.action.hops if hop.answer == "time-exceeded" and hop.ttl >= end.ttl]
    if farther:
        device = f"hop {last.ttl} ({owner(facts, last.address)})" if last else "the first hop"
        passed = f"packets to {other} pass hop {farther[-1].ttl} ({owner(facts, farther[-1].address)})"
        return f"{told}, while {passed}: {device} gives it in the host's name, or the hop behind it."
    if _distance(control.action.hops) == end.ttl:
        return f"{told}, as that to {other} does: the host itself gives it, or a device next to it."
    return f"{told}; how far away the host is was not measured."


def _distance(hops: list[Hop]) -> int | None:
    """Return how far away the destination is, where the hop before it answers too: it could be nearer otherwise."""
    for at, hop in enumerate(hops):
        if hop.answer in FINAL:
            return hop.ttl if at == 0 or hops[at - 1].answer != "silent" else None
    return None


def _place(blocked: Seen[TraceRoute], control: Seen[TraceRoute]) -> str:
    port, address = control.action.port, control.action.address
    return f"port {port}" if address == blocked.action.address else f"{address} port {port}"


def owner(facts: Facts, address: str | None) -> str:
    """Return an address with what is known of whose it is."""
    if not address:
        return "without an address"
    parsed = ipaddress.ip_address(address)
    named = [answer.rstrip(".") for seen in facts.of(DnsQuery) if seen.action.record_type == "PTR"
             and seen.action.name == parsed.reverse_pointer for answer in seen.action.answers]  # fmt: skip
    whose = next((text for network, text in _NETWORKS.items() if parsed in ipaddress.ip_network(network)), "")
    return ", ".join(part for part in (address, *named[:1], whose) if part)
