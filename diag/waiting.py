"""Checking again until a change has reached everything: what ``--wait`` does.

Only what waiting can mend is waited for. The end is known beforehand: the time at which the change holds everywhere.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict
    from diag.net.clock import Clock

    Outcome = tuple[Verdict, Measurement]

EVERY = 30.0
"""Seconds between two checks."""
WAITS = ("tenant/change-is-settling", "tenant/changed-recently")


def until(verdict: Verdict) -> datetime | None:
    """Return the time that is worth waiting for; None where something has to be mended, or nothing is under way."""
    if any(finding.code not in WAITS for finding in verdict.causes):
        return None
    times = [finding.values.get("until_at") for finding in (*verdict.causes, *verdict.notes) if finding.code in WAITS]
    return max((datetime.fromisoformat(text) for text in times if isinstance(text, str)), default=None)


async def wait(
    check: Callable[[], Awaitable[Outcome]], clock: Clock, on_wait: Callable[[datetime], None], *, every: float = EVERY
) -> Outcome:
    """Check until nothing is settling any more, or something else is wrong; return the last outcome.

    ``on_wait`` is told, before each wait, until when it may take. A change that did not arrive by its time is not
    waited for any longer: then it was not the reason.
    """
    while True:
        outcome = await check()
        end = until(outcome[0])
        if end is None or clock.now() >= end or not outcome[1].complete:
            return outcome
        on_wait(end)
        left = (end - clock.now()).total_seconds()
        try:
            await clock.sleep(min(every, max(left, 1.0)))
        except asyncio.CancelledError:  # a person does not want to wait any longer, and the last outcome stands
            return outcome
