"""The client's clock, held against those of the servers that were asked (the Date header, RFC 9110 section 6.6.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from diag.model.actions import HttpExchange
from diag.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.rules.facts import Facts, Seen

TOLERATED = 300
"""Seconds by which clocks may differ: what sign-in services themselves allow an assertion."""


def readings(facts: Facts) -> Iterator[tuple[Seen[HttpExchange], float]]:
    """Yield each server's clock as seconds by which the client is ahead of it."""
    for seen in facts.of(HttpExchange):
        if seen.action.date is None or seen.action.answered is None:
            continue
        try:
            server = parsedate_to_datetime(seen.action.date)
        except ValueError:
            continue
        if server.tzinfo is not None:
            own = facts.at + timedelta(seconds=seen.action.answered)
            yield seen, (own - server).total_seconds()


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
