"""The client's clock, held against those of the servers that were asked.

They tell the time in the Date header (RFC 9110 section 6.6.1), and Exchange in its SMTP greeting, before TLS begins. A
token tells when it was made, which cannot be later than now.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from diag.model.actions import Dialogue, HttpExchange
from diag.model.finding import Finding
from diag.model.signin import TokenClaims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.rules.facts import Facts, Seen

TOLERATED = 300
"""Seconds by which clocks may differ: what sign-in services themselves allow an assertion."""


_SPOKEN = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
"""A date in a sentence (RFC 5322 section 3.3)."""


def readings(facts: Facts) -> Iterator[tuple[Seen[HttpExchange] | Seen[Dialogue] | Seen[TokenClaims], float]]:
    """Yield each server's clock as seconds by which the client is ahead of it."""
    for seen in facts.of(HttpExchange):
        off = _ahead_of(facts, seen.action.date, seen.action.answered)
        if off is not None:
            yield seen, off
    for talk in facts.of(Dialogue):
        if talk.action.purpose == "greeting":
            spoken = _SPOKEN.search(talk.action.text or "")
            off = _ahead_of(facts, spoken[0] if spoken else None, talk.observation.began)
            if off is not None:
                yield talk, off
    for token in facts.of(TokenClaims):
        made = max(token.action.issued_at or 0, token.action.not_before or 0)
        if (off := facts.at.timestamp() - made) < -TOLERATED:
            yield token, off


def _ahead_of(facts: Facts, said: str | None, then: float | None) -> float | None:
    """Return by how many seconds the client was ahead of what a server said at a moment of the measurement."""
    if said is None or then is None:
        return None
    try:
        server = parsedate_to_datetime(said)
    except ValueError:
        return None
    return (facts.at + timedelta(seconds=then) - server).total_seconds() if server.tzinfo is not None else None


def ahead(facts: Facts) -> float:
    """Return by how many seconds the client is ahead: the median of what the servers say, 0 where none was asked."""
    found = sorted(seconds for _, seconds in readings(facts))
    return found[len(found) // 2] if found else 0.0


def now(facts: Facts) -> datetime:
    """Return when the measurement began, by the servers' clocks where these differ from the client's for real."""
    off = ahead(facts)
    return facts.at - timedelta(seconds=off) if abs(off) > TOLERATED else facts.at


def clock(facts: Facts) -> Iterator[Finding]:
    """The client's clock is wrong by more than sign-ins allow."""
    off = ahead(facts)
    if abs(off) > TOLERATED:
        evidence = tuple(seen.number for seen, seconds in readings(facts) if abs(seconds) > TOLERATED)
        way = "ahead of" if off > 0 else "behind"
        theirs, own = (moment.strftime("%Y-%m-%d %H:%M UTC") for moment in (now(facts), facts.at))
        values = {"off": duration(abs(off)), "way": way, "server": theirs, "own": own}
        yield Finding(code="this-computer/clock-wrong", subject="this-computer", evidence=evidence, values=values)


def duration(seconds: float) -> str:
    """Write a length of time in the unit that fits."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{round(seconds)} seconds"
