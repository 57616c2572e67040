"""Links that lose large packets, and slow ones."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from fakes.declare import BlackHole
from fakes.faults import links
from fakes.faults.losses import Losses
from fakes.ground import LOOPBACK
from fakes.server import listen_with

if TYPE_CHECKING:
    from fakes.connection import Connection
    from fakes.server import Running


class Recorded(Losses):
    def __init__(self) -> None:
        super().__init__()
        self.ends: list[tuple[str, int]] = []

    def add(self, end: tuple[str, int]) -> None:
        self.ends.append(end)
        super().add(end)


async def echo(connection: Connection) -> None:
    while data := await connection.read_some():
        await connection.write(data)


def talk(port: int, count: int, segment: int | None) -> int:
    """Send ``count`` bytes and return how many of them come back."""
    with socket.socket() as sock:
        if segment:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        sock.settimeout(0.4)
        sock.connect(("127.0.0.1", port))
        sock.sendall(bytes(count))
        received = 0
        while received < count:
            received += len(sock.recv(65536))
        return received


async def over(make: object, count: int, segment: int | None = None) -> int:
    server = await listen_with(echo, LOOPBACK.listen())
    link: Running = await make((server.address, server.port))  # type: ignore[operator]
    try:
        return await asyncio.to_thread(talk, link.port, count, segment)
    finally:
        await link.close()
        await server.close()


@pytest.mark.parametrize("direction", ["both", "up", "down"])
def test_large_packets_are_lost_and_small_ones_pass(direction: str) -> None:
    lost = Recorded()

    async def make(to: tuple[str, int]) -> Running:
        return await links.black_hole(to, BlackHole(ports=(1,), direction=direction), lost)  # type: ignore[arg-type]

    assert asyncio.run(over(make, 800)) == 800
    with pytest.raises(TimeoutError):
        asyncio.run(over(make, 4000))
    assert len(lost.ends) == (direction != "down")
    assert asyncio.run(over(make, 4000, 1200)) == 4000


def test_a_slow_link_carries_everything_late() -> None:
    async def make(to: tuple[str, int]) -> Running:
        return await links.slow(to, 0.1, 0.01, Losses())

    async def main() -> float:
        began = asyncio.get_running_loop().time()
        assert await over(make, 4000) == 4000
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(main()) >= 0.1


def test_behind_a_slow_link_a_black_hole_meets_the_packets_that_the_ends_have_agreed_on() -> None:
    async def main(segment: int | None) -> int:
        server = await listen_with(echo, LOOPBACK.listen())
        hole = await links.black_hole((server.address, server.port), BlackHole(ports=(1,)), Losses())
        link = await links.slow((hole.address, hole.port), 0.01, 0, Losses())
        try:
            return await asyncio.to_thread(talk, link.port, 4000, segment)
        finally:
            for place in (link, hole, server):
                await place.close()

    assert asyncio.run(main(1200)) == 4000
    with pytest.raises(TimeoutError):
        asyncio.run(main(None))
