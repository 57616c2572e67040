"""Playing ahead for a test runner, which takes one case after the other: while one waits, the next are under way."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from scenarios.load import load
from scenarios.play import play

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.play import Played

AT_ONCE = 6
"""Cases under way in one process, the one that is asked for among them: most of a case is waiting."""


class Ahead:
    """An event loop in a thread of its own, with the cases that are under way on it by the names of their files."""

    def __init__(self) -> None:
        """Start the thread."""
        self._under_way: dict[str, asyncio.Task[Played]] = {}
        self._unseen: list[asyncio.Task[Played]] = []
        """What another process plays too, as it turned out; to cancel it would save little."""
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=asyncio.run, args=(self._main(),), name="scenarios ahead", daemon=True)
        self._thread.start()
        self._loop = self._started.result()

    def play(self, file: str, following: Sequence[str] = ()) -> Played:
        """Play the case ``file`` and begin with those of ``following``; what else is under way ends unseen.

        :raises ProblemsFound: something in the file is wrong.
        """
        return asyncio.run_coroutine_threadsafe(self._play(file, following), self._loop).result()

    def rest(self) -> None:
        """Return when nothing is under way any more."""
        asyncio.run_coroutine_threadsafe(self._rest(), self._loop).result()

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _main(self) -> None:
        self._over = asyncio.Event()
        self._started.set_result(asyncio.get_running_loop())
        await self._over.wait()
        await self._rest()

    async def _play(self, file: str, following: Sequence[str]) -> Played:
        wanted = [file, *following][:AT_ONCE]
        for name in set(self._under_way) - set(wanted):
            self._unseen.append(self._under_way.pop(name))
        for name in wanted:
            if name not in self._under_way:
                self._under_way[name] = asyncio.ensure_future(_load_and_play(name))
        # Taken out before it is waited for: who asks for it again gets another.
        return await self._under_way.pop(file)

    async def _rest(self) -> None:
        left = [*self._under_way.values(), *self._unseen]
        self._under_way.clear()
        self._unseen.clear()
        await asyncio.gather(*left, return_exceptions=True)


async def _load_and_play(file: str) -> Played:
    return await play(load(file))
