"""The computer's clock, where it was wrong."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from diag.rules import clock
from fakes.certificates import AGE, LIFETIME

if TYPE_CHECKING:
    from scenarios.recording.sketch import Sketch

WRONG = ("this-computer/clock-wrong", "this-computer/clock-breaks-trust")
STEP = 600
"""Seconds to which a difference is rounded that servers told: how long the check took is no part of it."""
DAY = 86400
"""The same for one that only certificates tell, which may have been there for a while."""


def ahead(sketch: Sketch) -> float:
    """Return by how many seconds the computer's clock was ahead, 0 where no finding says that it was wrong."""
    if not any(sketch.found(code) for code in WRONG):
        return 0
    found = clock.ahead(sketch.facts)
    if abs(found) > clock.TOLERATED:
        return round(found / STEP) * STEP
    return round(_by_certificates(sketch) / DAY) * DAY


def _by_certificates(sketch: Sketch) -> float:
    """Return what makes a certificate of an emulated world as far out of date as those that were shown."""
    at = sketch.facts.at
    for action in sketch.handshakes():
        if action.chain:
            begins, ends = (
                datetime.fromisoformat(text) for text in (action.chain[0].not_before, action.chain[0].not_after)
            )
            if at > ends:
                return (at - ends + LIFETIME - AGE).total_seconds()
            if at < begins:
                return -(begins - at + AGE).total_seconds()
    return 0


def draw(sketch: Sketch) -> None:
    """Draw the difference."""
    if sketch.ahead:
        sketch.world.setdefault("client", {})["clock_off_by"] = int(sketch.ahead)
