"""Who refuses to go on to TLS, the server or somebody on the way: told by what the same server says on another way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.model.actions import Trial
from diag.model.failure import SPOKEN

if TYPE_CHECKING:
    from diag.rules.facts import Facts, Seen

_ELSEWHERE = {"other-port", "other-family"}


@dataclass(frozen=True, slots=True)
class Told:
    """Whether somebody on the way speaks in the server's name, and what tells so, or that nothing does."""

    on_the_way: bool
    by: str
    evidence: tuple[int, ...] = ()


def told(facts: Facts, subject: str, service: str | None = None) -> Told:
    """Tell who speaks at ``subject``; of a well-known ``service`` it is known what it says itself."""
    tries = facts.of(Trial, subject)
    elsewhere = [seen for seen in tries if seen.action.way in _ELSEWHERE]
    again = [seen for seen in tries if seen.action.way == "usual"]
    through = [seen for seen in elsewhere if seen.action.answer == "STARTTLS" and _the_same(seen, again)]
    alike = [seen for seen in elsewhere if seen.code in SPOKEN]
    numbers = tuple(seen.number for seen in (*again, *elsewhere))
    if any(seen.action.answer == "STARTTLS" for seen in again):
        return Told(False, "Asked once more, it was taken: it comes and goes, so that nobody can be named.", numbers)
    if through:
        found = f"{_ways(through).capitalize()} the same server takes STARTTLS, and goes on to TLS without more words."
        why = "So most likely somebody on the way to this one speaks in its name"
        return Told(True, f"{found} {why}, unless the server has settings of its own for it.", numbers)
    if service:
        found = f"{service} takes STARTTLS, so that most likely somebody on the way speaks in its name."
        return Told(True, f"{found} {_same(alike)}".strip(), numbers)
    open_ = "Whether the server itself says so or a device on the way could not be told from here:"
    why = _same(alike) or "no other way led to the same server."
    return Told(False, f"{open_} {why[0].lower()}{why[1:]}", numbers)


def _the_same(one: Seen[Trial], usual: list[Seen[Trial]]) -> bool:
    """Tell whether one server is behind both ways: at another port of the host there may well be another program."""
    return one.action.port is None or _words(one) in [_words(seen) for seen in usual]


def _words(seen: Seen[Trial]) -> list[str]:
    """Return the words of a greeting that are neither names nor numbers, since those may change each time."""
    return re.findall(r"(?<![\w.@-])[A-Za-z]{3,}(?![\w.@:-])", seen.action.greeting or "")


def _ways(tries: list[Seen[Trial]]) -> str:
    words = [f"at port {one.action.port}" if one.action.port else f"at {one.action.address}" for one in tries]
    return " and ".join(words)


def _same(alike: list[Seen[Trial]]) -> str:
    return f"It is the same {_ways(alike)}." if alike else ""
