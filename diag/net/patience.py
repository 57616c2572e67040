"""Time limits that do not blame the far end for what this computer did not get round to.

A process that is held up, by other work or by a busy computer, finds its time limits over before it has looked at what
arrived in the meantime. Such a limit is put off by as long as the event loop was late, up to once its length.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

LATE = 0.03
"""Seconds by which a timer may be late on a computer that has time for us."""


class within:  # noqa: N801  it reads as a word: async with within(seconds)
    """Limit what happens in the block to a number of seconds above 0.

    :raises TimeoutError: it took longer, and this process was there to see it.
    """

    __slots__ = ("_left", "_limit", "_loop", "_seconds", "_timer")

    def __init__(self, seconds: float) -> None:
        """Allow ``seconds``; they begin with the block."""
        self._seconds = self._left = seconds

    async def __aenter__(self) -> None:
        """Begin."""
        self._loop = asyncio.get_running_loop()
        self._limit = asyncio.timeout(None)
        await self._limit.__aenter__()
        self._set_timer(self._loop.time() + self._seconds)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, in time or not."""
        self._timer.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def _set_timer(self, until: float) -> None:
        self._timer = self._loop.call_at(until, self._end, until)

    def _end(self, until: float) -> None:
        late = self._loop.time() - until
        if late > LATE and self._left > 0:
            self._left -= late
            self._set_timer(self._loop.time() + min(late, self._seconds))
        else:
            # Not at once: what arrived in this turn of the loop is looked at first.
            self._limit.reschedule(self._loop.time())
