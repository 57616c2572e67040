"""Time limits that do not blame the far end for what this computer did not get round to.

A process that is held up, by other work or by a busy computer, finds its time limits over before it has looked at what
arrived in the meantime. Such a limit is put off by as long as the event loop was late, up to once its length.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LATE = 0.03
"""Seconds by which a timer may be late on a computer that has time for us."""


@contextlib.asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Limit what happens in the block to ``seconds``, above 0.

    :raises TimeoutError: it took longer, and this process was there to see it.
    """
    loop = asyncio.get_running_loop()
    left = seconds
    timer: asyncio.TimerHandle | None = None

    def set_timer(until: float) -> None:
        nonlocal timer
        timer = loop.call_at(until, end, until)

    def end(until: float) -> None:
        nonlocal left
        late = loop.time() - until
        if late > LATE and left > 0:
            left -= late
            set_timer(loop.time() + min(late, seconds))
        else:
            # Not at once: what arrived in this turn of the loop is looked at first.
            limit.reschedule(loop.time())

    async with asyncio.timeout(None) as limit:
        set_timer(loop.time() + seconds)
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
