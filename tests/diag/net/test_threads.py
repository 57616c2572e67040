"""Blocking work beside the loop: its result, its error, and no thread that keeps anybody."""

from __future__ import annotations

import asyncio
import threading

import pytest

from diag.net.threads import in_thread


def test_the_result_and_the_error_come_back() -> None:
    async def main() -> None:
        assert await in_thread(lambda one, two: one + two, 1, two=2) == 3
        with pytest.raises(ZeroDivisionError):
            await in_thread(lambda: 1 / 0)

    asyncio.run(main())


def test_many_at_once_may_wait_for_what_the_loop_does_in_its_own_pool() -> None:
    """More than the pool has threads: in the pool itself they would wait for each other for ever."""

    async def main() -> list[int]:
        loop = asyncio.get_running_loop()

        def ask(number: int) -> int:
            return asyncio.run_coroutine_threadsafe(asyncio.to_thread(lambda: number), loop).result(20)

        return await asyncio.gather(*(in_thread(ask, number) for number in range(50)))

    assert asyncio.run(main()) == list(range(50))


def test_who_gives_up_does_not_wait_for_the_thread() -> None:
    go_on = threading.Event()

    async def main() -> None:
        task = asyncio.ensure_future(in_thread(go_on.wait, 20))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()

    asyncio.run(main())
