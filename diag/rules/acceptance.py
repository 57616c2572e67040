"""Whether a device on the way accepts connections in the server's name: by its three signs.

An address that nobody has is accepted as well; who accepts stands nearer than packets to another port of the server
travel; and it answers far sooner than the server does. The first is enough by itself, of the others it takes both: ways
of different length lead to some hosts, and some servers are slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.model.actions import Dialogue, TcpConnect, TlsHandshake, TlsOffer, Trial
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.model.hops import TraceRoute
from diag.rules import hops, trials
from diag.rules.facts import LABELS, host_and_port
from diag.wire.acceptance import late, wordless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

    First = Seen[TlsHandshake] | Seen[Dialogue]

_ENDS = {
    FailureCode.CONNECTION_RESET: "it was reset before a word of the server came",
    FailureCode.CONNECTION_CLOSED: "it was closed before a word of the server came",
    FailureCode.READ_TIMEOUT: "nothing came over it",
}
LONG = 3600.0
TENTHS = 0.01
"""Seconds below which tenths of a millisecond are told."""
_MAIL = {label for protocol, label in LABELS.items() if protocol != "https"}


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that speaks for a device, with its figures."""

    sentence: str
    evidence: tuple[int, ...]
    alone: bool = False
    """Whether it is enough by itself."""


def terminated(facts: Facts) -> Iterator[Finding]:
    """Nothing of the server comes over a connection, and it was not the server that accepted it."""
    for seen in _first_words(facts):
        opened = _connection(facts, seen)
        if opened is None or not wordless(seen.observation) or _heard(facts, seen):
            continue
        signs = list(_signs(facts, opened))
        if _enough(signs):
            end = _ENDS.get(seen.code, "something else than the server spoke") if seen.code else ""
            yield _finding(facts, "tcp/terminated-on-the-way", (seen, opened), signs, {"end": end})


def _enough(signs: list[Sign]) -> bool:
    return any(sign.alone for sign in signs) or len(signs) > 1


def doubt(facts: Facts, subject: str) -> str:
    """Say what is known of who has accepted a connection, where that is not enough to blame a device; or nothing."""
    seen = next((item for item in _first_words(facts) if item.subject == subject), None)
    opened = _connection(facts, seen) if seen else None
    if seen is None or opened is None or not wordless(seen.observation):
        return ""
    signs = list(_signs(facts, opened))
    if _enough(signs):
        return ""
    tried = [item.action for item in facts.of(TcpConnect)
             if item.action.role == "nowhere" and item.action.port == opened.action.port]  # fmt: skip
    told = [f"{sign.sentence}, which by itself does not prove that it was a device on the way." for sign in signs]
    told += [
        f"A connection to {action.address} port {action.port}, an address that nobody has, did not open: no device "
        "is seen that takes every connection to this port."
        for action in tried[:1]
    ]
    return " ".join(told)


def relayed(facts: Facts) -> Iterator[Finding]:
    """All goes well over connections that a device accepts and passes on: worth knowing, and no fault."""
    failed = {seen.subject for seen in facts.failed(TlsHandshake)}
    for seen in facts.of(TlsHandshake):
        opened = _connection(facts, seen)
        if opened is None or seen.subject in failed or not late(seen.action.connect_took, seen.action.hello_took):
            continue
        signs = list(_signs(facts, opened))
        if any(sign.alone for sign in signs):
            yield _finding(facts, "tcp/relayed-on-the-way", (seen, opened), signs, {})


def _first_words(facts: Facts) -> Iterator[First]:
    for subject in (endpoint.subject for endpoint in facts.endpoints):
        steps: list[First] = [*facts.of(TlsHandshake, subject), *facts.of(Dialogue, subject)]
        yield from sorted(steps, key=lambda seen: seen.number)[:1]


def _connection(facts: Facts, seen: First) -> Seen[TcpConnect] | None:
    """Return the connection that a step rests upon, or that the steps before it do; None where a proxy made it."""
    waiting, met = list(seen.observation.after), set[int]()
    tried = {item.number: item for item in facts.of(TcpConnect, seen.subject) if item.action.role == "endpoint"}
    while waiting:
        number = waiting.pop()
        if number in tried:
            return tried[number]
        if number not in met:
            met.add(number)
            waiting += facts.measurement.observations[number - 1].after
    return None


def _heard(facts: Facts, seen: First) -> bool:
    """Tell whether something came in answer to another try, what came has a name of its own, or packets got lost.

    Who has accepted a connection acknowledges what is sent over it.
    """
    subject, stalled = seen.subject, seen.action.stalled
    tried = any(trial.action.answer for trial in facts.of(Trial, subject))
    offered = any(offer.action.accepted for offer in facts.of(TlsOffer, subject))
    lost = stalled is not None and stalled.unacknowledged > 0 and stalled.retransmits > 0
    return tried or offered or lost or _named(seen)


def _named(seen: First) -> bool:
    """Tell whether the words that came say themselves who speaks: another mail server, or a kind of web server."""
    if isinstance(seen.action, TlsHandshake):
        words = seen.action.first_bytes or ""
    else:
        words = r"\r\n".join(line for exchange in seen.action.exchanges for line in exchange.received)
    return trials.web_answer(words) is not None or trials.protocol_of(words) in _MAIL


def _signs(facts: Facts, opened: Seen[TcpConnect]) -> Iterator[Sign]:
    action = opened.action
    for seen in facts.of(TcpConnect):
        if seen.action.role == "nowhere" and seen.code is None and seen.action.port == action.port:
            told = f"A connection to {seen.action.address} port {action.port}, an address that nobody has, was accepted"
            yield Sign(told, (seen.number,), alone=seen.action.family == action.family)
            break
    own = _trace(facts, action)
    end = hops.answers_at(own.action, "connected") if own else None
    if own and end and (found := hops.nearer(facts, own, end, "The connection is accepted")):
        yield Sign(found.sentence, found.evidence)
    yield from _sooner(facts, opened)


def _sooner(facts: Facts, opened: Seen[TcpConnect]) -> Iterator[Sign]:
    """Yield where the SYN was answered long before the server could: of all times the shortest count.

    Where the kernel did not tell how long that took, it took no longer than until the connection stood.
    """
    action = opened.action
    own = min((seen.action.round_trip or seen.observation.took or LONG for seen in facts.of(TcpConnect)
               if (seen.action.address, seen.action.port) == (action.address, action.port)
               and seen.code is None), default=LONG)  # fmt: skip
    others = [
        (seen.action.hello_took, f"a ServerHello from {seen.subject}", seen.number)
        for seen in facts.of(TlsHandshake)
        if seen.action.address == action.address and seen.action.hello and seen.action.hello_took is not None
    ]
    others += [
        (seen.action.round_trip, f"an answer from {seen.subject}", seen.number)
        for seen in facts.of(TcpConnect)
        if seen.action.address == action.address and seen.action.port != action.port and seen.action.round_trip
    ]
    took, what, number = min(others, default=(0.0, "", 0))
    if late(own, took):
        told = f"Its SYN was answered after {_ms(own)}, {what} takes {_ms(took)}"
        yield Sign(told, (opened.number, number))


def _ms(seconds: float) -> str:
    return f"{max(seconds * 1000, 0.1):.{0 if seconds >= TENTHS else 1}f} ms"


def _trace(facts: Facts, action: TcpConnect) -> Seen[TraceRoute] | None:
    place = (action.address, action.port)
    found = (seen for seen in facts.of(TraceRoute) if (seen.action.address, seen.action.port) == place)
    return next((seen for seen in found if seen.action.role == "control"), None)


def _finding(
    facts: Facts, code: str, seen: tuple[First, Seen[TcpConnect]], signs: list[Sign], more: dict[str, Value]
) -> Finding:
    first, opened = seen
    at = _located(facts, opened.action)
    nowhere = [item.action.address for item in facts.of(TcpConnect) if item.action.role == "nowhere"]
    values: dict[str, Value] = {
        **host_and_port(first.subject),
        **at.values(),
        **more,
        "address": opened.action.address,
        "proof": " ".join(f"{sign.sentence}." for sign in signs),
        "nowhere": nowhere[0] if nowhere else opened.action.address,
    }
    numbers = (opened.number, first.number, *(number for sign in signs for number in sign.evidence), *at.evidence)
    certain = any(sign.alone for sign in signs)
    return Finding(
        code=code,
        subject=first.subject,
        evidence=tuple(dict.fromkeys(numbers)),
        values=values,
        confidence="certain" if certain else "likely",
    )


def _located(facts: Facts, action: TcpConnect) -> hops.Location:
    """Say which hop accepts: packets that may come no farther are enough to be accepted."""
    own = _trace(facts, action)
    if own is None:
        return hops.UNKNOWN
    if own.action.not_measured:
        return _unknown(f": {own.action.not_measured}", own)
    end = hops.answers_at(own.action, "connected")
    if not end:
        return _unknown(": there was no time for it", own)
    for beside in facts.of(TraceRoute):
        answered = {hop.ttl: hop for hop in beside.action.hops if hop.answer != "silent"}
        if beside.action.address == action.address and end in answered and answered[end].answer == "time-exceeded":
            return _at(facts, own, beside, end)
    return _unknown(f"; who accepts is {_far(end)} away", own)


def _at(facts: Facts, own: Seen[TraceRoute], beside: Seen[TraceRoute], end: int) -> hops.Location:
    """Name the device that stands at hop ``end``, by what packets ``beside`` met there."""
    device = next((hop.address or "" for hop in beside.action.hops if hop.ttl == end), "")
    after = next((hop.address for hop in beside.action.hops if hop.ttl > end and hop.address), None)
    where = f"hop {end} ({hops.owner(facts, device)})"
    before = f"on the link between it and hop {end - 1}" if end > 1 else "before it, on this computer or the link to it"
    return hops.Location(
        number=end,
        before=device,
        after=after or "",
        sentence=f"Packets that may go {_far(end)} far are enough for that, and such packets to port "
        f"{beside.action.port} get as far as {where}. So that device accepts the connections, or something {before}.",
        evidence=(own.number, beside.number),
    )


def _far(number: int) -> str:
    return f"{number} hop{'s' if number > 1 else ''}"


def _unknown(why: str, own: Seen[TraceRoute]) -> hops.Location:
    sentence = f"At which hop was not measured{why}."
    return hops.Location(number=0, before="", after="", sentence=sentence, evidence=(own.number,))
