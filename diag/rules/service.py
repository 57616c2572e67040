"""Whether the right service speaks, and keeps speaking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import Dialogue
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules import acceptance, trials
from diag.rules.facts import LABELS, host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

_GREETING = {
    FailureCode.READ_TIMEOUT: "service/no-greeting",
    FailureCode.CONNECTION_CLOSED: "service/closes",
    FailureCode.CONNECTION_RESET: "service/resets",
    FailureCode.REPLY_TOO_LONG: "service/line-too-long",
}
_BROKEN_OFF = {
    FailureCode.READ_TIMEOUT: "went silent",
    FailureCode.CONNECTION_CLOSED: "closed the connection",
    FailureCode.CONNECTION_RESET: "reset the connection",
    FailureCode.REPLY_TOO_LONG: "sent a line without end",
    FailureCode.REPLY_MALFORMED: "sent something that is no reply",
}


def _words(seen: Seen[Dialogue]) -> str:
    received = [line for exchange in seen.action.exchanges for line in exchange.received]
    return received[-1] if received else (seen.failure.detail if seen.failure else "")


def _values(seen: Seen[Dialogue]) -> dict[str, Value]:
    return {**host_and_port(seen.subject), "protocol": LABELS[seen.action.protocol], "received": _words(seen)}


def greeting(facts: Facts) -> Iterator[Finding]:
    """Something else than the expected greeting comes first, or nothing."""
    for seen in facts.failed(Dialogue):
        if seen.action.purpose != "greeting":
            continue
        values = _values(seen)
        code = _GREETING.get(seen.code) if seen.code else None
        evidence = [seen.number]
        if seen.code is FailureCode.READ_TIMEOUT and (other := trials.speaking_first(facts, seen)):
            code = trials.web_answer(other.action.answer or "")
            evidence.append(other.number)
            values["received"] = other.action.answer or ""
        if seen.code is FailureCode.REPLY_MALFORMED:
            spoken = trials.protocol_of(_words(seen))
            values["spoken"] = spoken or ""
            wrong = spoken is not None and spoken != LABELS[seen.action.protocol]
            code = trials.web_answer(_said(seen)) or (
                "service/web-answer" if spoken == "HTTP" else "service/wrong-protocol" if wrong else "service/garbage"
            )
        values["where"] = trials.where_to(str(values["received"]) if len(evidence) > 1 else _said(seen))
        values["acceptor"] = acceptance.doubt(facts, seen.subject)
        if code:
            yield Finding(code=code, subject=seen.subject, evidence=tuple(evidence), values=values)


def _said(seen: Seen[Dialogue]) -> str:
    """Return all that was received, as one text."""
    return r"\r\n".join(line for exchange in seen.action.exchanges for line in exchange.received)


def breaks_off(facts: Facts) -> Iterator[Finding]:
    """A conversation that began well ends in the middle."""
    for seen in facts.failed(Dialogue, *_BROKEN_OFF):
        if seen.action.purpose in {"greeting", "goodbye"}:
            continue
        how = _BROKEN_OFF[seen.code] if seen.code else ""
        values = {**_values(seen), "how": how, "purpose": seen.action.purpose}
        yield Finding(code="service/breaks-off", subject=seen.subject, evidence=(seen.number,), values=values)
