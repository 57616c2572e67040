"""What the tries in other ways show: whether it is the name, the size or the silence that a device minds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diag.model.actions import Dialogue, TcpConnect, TlsHandshake, Trial
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules import hello_hops
from diag.rules.facts import host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.actions import Stalled
    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

_HOW = {
    FailureCode.CONNECTION_RESET: "reset",
    FailureCode.CONNECTION_CLOSED: "closed",
    FailureCode.READ_TIMEOUT: "left without an answer",
}
_PORTAL = re.compile(r"HTTP/1\.[01] (?:511|30[1-8])\b")
_PROXY = re.compile(r"HTTP/1\.[01] 407|X-Squid-Error|Via: |Server: (?:squid|tinyproxy|bluecoat|mcafee)", re.IGNORECASE)
_SPEAKS = ((r"\* (OK|PREAUTH|BYE)\b", "IMAP"), (r"(\+OK|-ERR)\b", "POP3"), (r"(220|421|554)[ -]", "SMTP"),
           (r"HTTP/1\.", "HTTP"))  # fmt: skip
_BLOCKED = re.compile(r"HTTP/1\.[01] (?:403|451)\b")


LARGE_IN_SMALL = "large-hello-in-small-packets"


def tried(facts: Facts, subject: str, way: str) -> list[Seen[Trial]]:
    """Return the tries of one way."""
    return [seen for seen in facts.of(Trial, subject) if seen.action.way == way]


def passed(facts: Facts, subject: str, way: str) -> bool:
    """Tell whether one way was answered."""
    return any(seen.code is None for seen in tried(facts, subject, way))


def cut_off(facts: Facts, seen: Seen[TlsHandshake]) -> str | None:
    """Say more exactly why nobody answers a ClientHello, where the tries tell; an empty text where another rule does.

    None: the tries say nothing.
    """
    subject = seen.subject
    if passed(facts, subject, "usual"):
        return None
    if seen.code is FailureCode.READ_TIMEOUT and passed(facts, subject, "small-packets"):
        return ""
    if passed(facts, subject, "small-hello"):
        return "" if tried(facts, subject, "large-hello") else "tls/large-hello-dropped"
    if passed(facts, subject, "other-name"):
        return "tls/name-filtered"
    if seen.code is FailureCode.CONNECTION_RESET and any(
        item.code is FailureCode.CONNECTION_RESET for item in tried(facts, subject, "wait")
    ):
        return "tcp/reset-after-accept"
    stalled = seen.action.stalled
    lost = seen.code is FailureCode.READ_TIMEOUT and stalled and stalled.unacknowledged and stalled.retransmits
    return "tls/hello-lost" if lost else None


def taken(stalled: Stalled | None) -> str:
    """Say whether what was sent had arrived somewhere."""
    if stalled is None:
        return "This computer does not tell whether the packets arrived."
    if stalled.unacknowledged:
        return f"What was sent was sent {stalled.retransmits} times more and not acknowledged: it is lost on the way."
    if stalled.not_sent:
        return f"The other end takes no more ({stalled.not_sent} bytes wait here): it is there, and reads nothing."
    return "Everything that was sent was acknowledged, so that somebody has it and does not answer."


def web_answer(text: str) -> str | None:
    """Tell what kind of web server answers in place of a mail server, by its first words."""
    if not text.startswith("HTTP/"):
        return None
    if _PORTAL.match(text):
        return "service/captive-portal"
    if _PROXY.search(text):
        return "service/http-proxy"
    return "service/block-page" if _BLOCKED.match(text) else None


def protocol_of(text: str) -> str | None:
    """Tell which protocol a server's first words belong to."""
    return next((name for pattern, name in _SPEAKS if re.match(pattern, text)), None)


def where_to(text: str) -> str:
    """Return what a web server's first words say of itself: the page that it sends to, or its name."""
    location = re.search(r"Location: ([^\\\s]+)", text)
    server = re.search(r"(?:Server|Via): ([^\\]+)", text)
    found = location or server
    return found[1] if found else "nothing more"


def large_hello(facts: Facts) -> Iterator[Finding]:
    """A large ClientHello is not answered where a small one is: newer programs fail where this one works."""
    for seen in facts.of(Trial):
        if seen.action.way != "large-hello" or seen.action.answer == "ServerHello":
            continue
        if not passed(facts, seen.subject, "small-hello") or seen.code not in {None, *_HOW}:
            continue
        if _large_in_small(facts, seen.subject):
            continue  # its size is not the matter, but that of the packets
        small = tried(facts, seen.subject, "small-hello")[0]
        split = tried(facts, seen.subject, "split-hello")
        values: dict[str, Value] = {
            **host_and_port(seen.subject),
            "size": seen.action.size or 0,
            "small": small.action.size or 0,
            "how": _HOW[seen.code] if seen.code else f"answered with the alert {seen.action.answer}",
            "split": "A small one in two packets is lost too." if split and split[0].failure else "",
        }
        at = hello_hops.locate(facts, seen.subject)
        values |= at.values()
        evidence = (seen.number, small.number, *(item.number for item in split), *at.evidence)
        code = "tls/large-hello-dropped" if seen.code else "tls/large-hello-refused"
        yield Finding(code=code, subject=seen.subject, evidence=evidence, values=values, confidence="likely")


def path_mtu(facts: Facts) -> Iterator[Finding]:
    """What stalls in usual packets goes through in small ones, and does not in usual ones at the same time."""
    for endpoint in facts.endpoints:
        subject = endpoint.subject
        if passed(facts, subject, "usual"):
            continue
        own: list[Seen[TlsHandshake] | Seen[Dialogue] | Seen[Trial]] = [
            seen
            for seen in _steps(facts, subject)
            if seen.code is FailureCode.READ_TIMEOUT and not _in_small_packets(facts, seen.number)
        ]
        proofs = [seen.number for seen in tried(facts, subject, "small-packets") if seen.code is None]
        proofs += [seen.number for seen in _large_in_small(facts, subject)]
        proofs += [
            seen.number
            for seen in facts.of(Dialogue, subject)
            if seen.code is None and seen.action.purpose == "sign-in" and _in_small_packets(facts, seen.number)
        ]
        if not own or not proofs:
            continue
        state = own[0].action.stalled
        up = state is not None and state.unacknowledged > 0 and state.retransmits > 0
        values: dict[str, Value] = {
            **host_and_port(subject),
            "direction": "from this computer to the server" if up else "from the server to this computer",
            "seen": "Packets sent were sent again and never acknowledged." if up else "Nothing came back.",
        }
        evidence = (own[0].number, *proofs)
        yield Finding(code="tcp/path-mtu", subject=subject, evidence=evidence, values=values)


def _large_in_small(facts: Facts, subject: str) -> list[Seen[Trial]]:
    """Return the tries in which small packets helped a large ClientHello to its goal."""
    return [seen for seen in tried(facts, subject, LARGE_IN_SMALL) if seen.action.answer == "ServerHello"]


def _steps(facts: Facts, subject: str) -> list[Seen[TlsHandshake] | Seen[Dialogue] | Seen[Trial]]:
    return [
        *facts.of(TlsHandshake, subject),
        *facts.of(Dialogue, subject),
        *tried(facts, subject, "large-hello"),
    ]


def _in_small_packets(facts: Facts, number: int) -> bool:
    """Tell whether a step rests upon a connection with small packets."""
    observations = facts.measurement.observations
    waiting, met = [number], set()
    while waiting:
        at = waiting.pop()
        if at in met:
            continue
        met.add(at)
        item = observations[at - 1]
        if isinstance(item.action, TcpConnect) and item.action.segment:
            return True
        waiting += item.after
    return False


def speaking_first(facts: Facts, seen: Seen[Dialogue]) -> Seen[Trial] | None:
    """Return the try in which the client spoke first and something that is no mail server answered."""
    answered = (item for item in tried(facts, seen.subject, "speak-first") if web_answer(item.action.answer or ""))
    return next(answered, None)
