"""Blocking work beside the event loop, in a thread of its own.

The loop's own pool is small and shared: work there that waits for something the loop does with the help of that pool
would wait for itself. A thread of this kind keeps nobody from leaving, either.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``function`` in a new thread and return or raise what it does."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if outcome.cancelled():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, failed = None, None
        try:
            result = function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  it belongs to whoever waits
            failed = error if isinstance(error, Exception) else RuntimeError("ended")
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=run, daemon=True).start()
    return await outcome
