"""A limit that is over is over, and one that this process slept through is not."""

from __future__ import annotations

import asyncio
import time

import pytest

from diag.net.patience import within


def test_what_takes_too_long_is_ended() -> None:
    async def main() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with within(0.05):
                await asyncio.Event().wait()
        return time.monotonic() - began

    assert asyncio.run(main()) >= 0.05


def test_what_is_done_in_time_is_not() -> None:
    async def main() -> str:
        async with within(30):
            return await asyncio.sleep(0, "done")

    assert asyncio.run(main()) == "done"


async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"answer")
    await writer.drain()
    writer.close()


async def hear(address: tuple[str, int]) -> bytes:
    """Wait for an answer while the loop stands still for longer than the limit."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        async with within(0.1):
            asked = asyncio.ensure_future(reader.readexactly(6))
            await asyncio.sleep(0)
            time.sleep(0.3)  # noqa: ASYNC251  this is what is tested
            return await asked
    finally:
        writer.close()
        await writer.wait_closed()


def test_a_process_that_is_held_up_looks_at_what_arrived_first() -> None:
    async def main() -> bytes:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            return await hear(server.sockets[0].getsockname()[:2])

    assert asyncio.run(main()) == b"answer"


def test_being_held_up_does_not_make_a_limit_endless() -> None:
    turns = 0

    async def main() -> None:
        nonlocal turns
        async with within(0.1):
            while True:
                turns += 1
                time.sleep(0.08)  # noqa: ASYNC251  the loop stands still again and again
                await asyncio.sleep(0)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert turns < 20


def test_a_cancellation_from_outside_is_none_of_its_own() -> None:
    async def main() -> None:
        async def wait() -> None:
            async with within(30):
                await asyncio.Event().wait()

        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
