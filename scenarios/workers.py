"""Playing on every processor of this computer: processes that each take one case after the other.

Half of a case is waiting, which one process does for many at once; the other half is work, which one process does for
one at a time. A world lives in one process from beginning to end, so nothing about it changes.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.play import play_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess
    from multiprocessing.sharedctypes import Synchronized

    from scenarios.model import Case
    from scenarios.play import Outcome

FEW = 24
"""Cases for which another process is not worth its start."""
GARBAGE = 50_000
"""New objects after which a process looks for garbage: it lives for seconds, and has the memory."""


class WorkerDied(RuntimeError):  # noqa: N818  an event
    """A process ended before its work was done."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """What a process ended with, in place of the rest of its work."""

    error: Exception


async def play_on_all(cases: list[Case], *, workers: int | None = None) -> AsyncIterator[Outcome]:
    """Play ``cases`` on ``workers`` processes (as many as there are processors), and yield each as it ends.

    :raises WorkerDied: one of them was killed.
    """
    count = min(workers or os.cpu_count() or 1, len(cases) // FEW)
    if count < 2:  # noqa: PLR2004  with one there is nothing to share
        async for played in play_all(cases):
            yield played
        return
    came: asyncio.Queue[Outcome | _Failed | None] = asyncio.Queue()
    # What waits longest begins first: at the end all processes are to have something to do.
    cases = sorted(cases, key=lambda case: not _waits(case))
    context = _context()
    taken = context.Value("i", 0)
    pipes = [context.Pipe(duplex=False) for _ in range(count)]
    processes = _start(context, cases, taken, pipes)
    loop = asyncio.get_running_loop()
    # After the last process has been started: a fork takes no threads along, and not what they hold either.
    readers = [threading.Thread(target=_read, args=(ours, loop, came), daemon=True) for ours, _ in pipes]
    for reader in readers:
        reader.start()
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
        for process in processes:
            process.terminate()
            process.join()
        for reader in readers:
            reader.join()


def _waits(case: Case) -> bool:
    """Tell whether a check of ``case`` may wait for what does not come, or comes late."""
    world = case.declaration
    return bool(world.path or world.dead_addresses or any(service.behaves for service in world.services.values()))


def _context() -> BaseContext:
    """Return how to start a process: as a copy of this one where that is safe, which spares it a second of imports."""
    alone = threading.active_count() == 1
    return multiprocessing.get_context("fork" if sys.platform == "linux" and alone else "spawn")


def _start(
    context: BaseContext, cases: list[Case], taken: Synchronized[int], pipes: list[tuple[Connection, Connection]]
) -> list[BaseProcess]:
    """Start a process for each of ``pipes``, which alone has the end of it to write to."""
    processes = []
    for _, theirs in pipes:
        others = [end for pipe in pipes for end in pipe if end is not theirs]
        process = context.Process(target=_work, args=(cases, taken, theirs, others), daemon=True)  # type: ignore[attr-defined]
        process.start()
        processes.append(process)
    for _, theirs in pipes:
        theirs.close()
    return processes


def _read(ours: Connection, loop: asyncio.AbstractEventLoop, came: asyncio.Queue[Outcome | _Failed | None]) -> None:
    """Hand over what a process sends, until it has nothing more."""
    item: Outcome | _Failed | None
    while True:
        try:
            item = ours.recv()
        except (EOFError, OSError):
            item = _Failed(WorkerDied("a process that played scenarios has ended before its time"))
        loop.call_soon_threadsafe(came.put_nowait, item)
        if item is None or isinstance(item, _Failed):
            break
    ours.close()


def _work(cases: list[Case], taken: Synchronized[int], theirs: Connection, others: list[Connection]) -> None:
    """Play what no other process has taken yet, in a process of its own."""
    for end in others:
        end.close()  # or nobody would see that whoever has the other end is gone
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a copy has that of whom it was copied from
    gc.set_threshold(GARBAGE)
    gc.freeze()  # what is there by now stays

    def mine() -> Iterator[Case]:
        while True:
            with taken.get_lock():
                at = taken.value
                taken.value += 1
            if at >= len(cases):
                return
            yield cases[at]

    async def main() -> None:
        async for played in play_all(mine()):
            theirs.send(played.outcome())

    try:
        asyncio.run(main())
        theirs.send(None)
    except BrokenPipeError:
        pass  # the one who handed the work out is gone
    except Exception as error:  # noqa: BLE001  it is raised where the work was handed out
        theirs.send(_Failed(error))
    except KeyboardInterrupt:
        pass  # the one who handed the work out was interrupted, too
    finally:
        theirs.close()
