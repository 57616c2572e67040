"""What links do with packets whatever is in them: lose the large ones without a word, or be slow."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from fakes.connection import Gone
from fakes.ground import LOOPBACK
from fakes.server import listen_with

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fakes.connection import Connection
    from fakes.declare import BlackHole
    from fakes.faults.losses import Losses
    from fakes.server import Running

HEADERS = 40
"""Bytes of the IPv4 and TCP headers, without options."""


async def black_hole(to: tuple[str, int], wanted: BlackHole, lost: Losses) -> Running:
    """Pass on what fits into packets of the link; from the first larger one on, nothing passes in its direction.

    What the two ends have agreed on as the largest segment decides, as on a real link: with small ones all goes well.
    """
    room = wanted.mtu - HEADERS

    async def carry(data: bytes, client: Connection, *, up: bool) -> bytes:
        concerned = wanted.direction in {"both", "up" if up else "down"}
        if concerned and min(len(data), client.segment) > room:
            if up:
                lost.add(client.peer)
            await asyncio.Event().wait()
        return data

    return await _link(to, carry, lost)


async def slow(to: tuple[str, int], delay: float, jitter: float, lost: Losses) -> Running:
    """Let a round trip take ``delay`` seconds more, and up to ``jitter`` besides: half of it each way."""

    async def carry(data: bytes, _: Connection, *, up: bool) -> bytes:
        del up
        await asyncio.sleep((delay + random.uniform(0, jitter)) / 2)  # noqa: S311  no secret
        return data

    return await _link(to, carry, lost)


async def _link(to: tuple[str, int], carry: Callable[..., Awaitable[bytes]], lost: Losses) -> Running:
    """Connect two ends by a link that carries data in its own way, and their leaving too."""

    async def serve(client: Connection) -> None:
        try:
            # What lies behind meets the packets that the ends have agreed upon, as if this link were not there.
            server = await LOOPBACK.dial(to, client.segment)
        except OSError:
            client.reset()
            return
        lost.pass_on(server.local, client.peer)

        async def way(source: Connection, target: Connection, *, up: bool) -> bool:
            try:
                while data := await source.read_some():
                    await target.write(await carry(data, client, up=up))
            except Gone:
                return False
            return True

        ways = [
            asyncio.ensure_future(way(client, server, up=True)),
            asyncio.ensure_future(way(server, client, up=False)),
        ]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if not all(task.result() for task in done):
                client.reset()
        finally:
            for task in ways:
                task.cancel()
            server.close()  # before anything is awaited: this task may be cancelled too
            await asyncio.gather(*ways, return_exceptions=True)

    return await listen_with(serve, LOOPBACK.listen())
