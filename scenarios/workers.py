"""Playing on every processor of this computer: processes that each play a share of the cases.

Half of a case is waiting, which one process does for many at once; the other half is work, which one process does for
one at a time. A world lives in one process from beginning to end, so nothing about it changes.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.play import AT_ONCE, play_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from scenarios.model import Case
    from scenarios.play import Played

FEW = 24
"""Cases for which another process is not worth its start."""
GARBAGE = 50_000
"""New objects after which a process looks for garbage: it lives for seconds, and has the memory."""


class WorkerDied(RuntimeError):  # noqa: N818  an event
    """A process ended before its share was played."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """What a share ended with, in place of the rest of it."""

    error: Exception


async def play_on_all(cases: list[Case], *, workers: int | None = None) -> AsyncIterator[Played]:
    """Play ``cases`` on ``workers`` processes (as many as there are processors), and yield each as it ends.

    :raises WorkerDied: one of them was killed.
    """
    count = min(workers or os.cpu_count() or 1, len(cases) // FEW)
    if count < 2:  # noqa: PLR2004  with one there is nothing to share
        async for played in play_all(cases):
            yield played
        return
    came: asyncio.Queue[Played | _Failed | None] = asyncio.Queue()
    # Neighbours are alike, also in how long they take: each process gets every n-th.
    shares = [_start(cases[at::count], came) for at in range(count)]
    try:
        left = count
        while left:
            item = await came.get()
            if item is None:
                left -= 1
            elif isinstance(item, _Failed):
                raise item.error
            else:
                yield item
    finally:
        for process, reader in shares:
            process.terminate()
            process.join()
            reader.join()


def _start(share: list[Case], came: asyncio.Queue[Played | _Failed | None]) -> tuple[BaseProcess, threading.Thread]:
    context = multiprocessing.get_context("spawn")  # the same on every system, and without what this process has open
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(share, theirs), daemon=True)
    process.start()
    theirs.close()
    loop = asyncio.get_running_loop()
    reader = threading.Thread(target=_read, args=(ours, len(share), loop, came), daemon=True)
    reader.start()
    return process, reader


def _read(
    ours: Connection, expected: int, loop: asyncio.AbstractEventLoop, came: asyncio.Queue[Played | _Failed | None]
) -> None:
    """Hand over what a process sends, until it has nothing more."""
    item: Played | _Failed | None
    for _ in range(expected):
        try:
            item = ours.recv()
        except (EOFError, OSError):
            item = _Failed(WorkerDied("a process that played scenarios has ended before its time"))
        loop.call_soon_threadsafe(came.put_nowait, item)
        if isinstance(item, _Failed):
            break
    ours.close()
    loop.call_soon_threadsafe(came.put_nowait, None)


def _work(share: list[Case], theirs: Connection) -> None:
    """Play a share, in a process of its own; the processor has to do with two of them what it had to do with one."""
    gc.set_threshold(GARBAGE)

    async def main() -> None:
        async for played in play_all(share, at_once=AT_ONCE // 2):
            theirs.send(played)

    try:
        asyncio.run(main())
    except Exception as error:  # noqa: BLE001  it is raised where the share was handed out
        theirs.send(_Failed(error))
    except KeyboardInterrupt:
        pass  # the one who handed the share out was interrupted, too
    finally:
        theirs.close()
