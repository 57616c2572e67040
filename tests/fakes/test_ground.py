"""Sockets on the ground that they are made on."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from fakes.ground import LOOPBACK, Ground
from fakes.server import listen_with

if TYPE_CHECKING:
    from fakes.connection import Connection


def test_every_socket_of_a_ground_is_made_by_it() -> None:
    made: list[tuple[int, int]] = []

    def make(family: int, kind: int) -> socket.socket:
        made.append((family, kind))
        return socket.socket(family, kind)

    async def main() -> bytes:
        async def greet(connection: Connection) -> None:
            await connection.write(b"hello")

        ground = Ground(make)
        running = await listen_with(greet, ground.listen())
        connection = await ground.dial((running.address, running.port))
        try:
            return await connection.read_exactly(5)
        finally:
            connection.close()
            ground.datagrams("127.0.0.1", 0).close()
            await running.close()

    assert asyncio.run(main()) == b"hello"
    assert made == [
        (socket.AF_INET, socket.SOCK_STREAM),
        (socket.AF_INET, socket.SOCK_STREAM),
        (socket.AF_INET, socket.SOCK_DGRAM),
    ]


def test_the_address_of_both_families_takes_both() -> None:
    with LOOPBACK.listen("::") as both:
        port = both.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("::1", port)):
            pass


def test_a_port_that_is_taken_leaves_no_socket_behind() -> None:
    with LOOPBACK.listen() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            LOOPBACK.listen(port=port)
    with LOOPBACK.datagrams("127.0.0.1", 0) as taken, pytest.raises(OSError, match="in use"):
        LOOPBACK.datagrams("127.0.0.1", taken.getsockname()[1])


def test_a_refusal_is_told_to_whoever_dials() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            asyncio.run(LOOPBACK.dial(bound.getsockname()))
