"""One connection: lines with bounds, and the ways to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING

import pytest

from fakes.connection import LONGEST_LINE, Connection, Gone
from fakes.server import listen_with

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def talk(serve: Callable[[Connection], Awaitable[None]], sent: bytes, *, end: bool = False) -> bytes:
    def client(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            sock.sendall(sent)
            if end:
                sock.shutdown(socket.SHUT_WR)
            received = b""
            while data := sock.recv(1000):
                received += data
            return received

    async def main() -> bytes:
        running = await listen_with(serve, ("127.0.0.1", 0))
        try:
            return await asyncio.to_thread(client, running.port)
        finally:
            await running.close()

    return asyncio.run(main())


def test_lines_come_without_their_ending() -> None:
    async def serve(connection: Connection) -> None:
        first, second = await connection.read_line(), await connection.read_line()
        await connection.send(repr((first, second, await connection.read_exactly(3))))

    assert talk(serve, b"one\r\ntwo\nxyz") == b"(b'one', b'two', b'xyz')\r\n"


def test_a_line_without_end_ends_the_session() -> None:
    seen: list[str] = []

    async def serve(connection: Connection) -> None:
        with pytest.raises(Gone):
            await connection.read_line()
        seen.append("gone")

    with contextlib.suppress(OSError):  # what was not read makes the end a reset
        talk(serve, b"x" * (2 * LONGEST_LINE + 2), end=True)
    assert seen == ["gone"]


def test_a_client_that_leaves_ends_the_session() -> None:
    async def serve(connection: Connection) -> None:
        await connection.wait_until_left()
        with pytest.raises(Gone):
            await connection.read_line()
        await connection.send(connection.client)

    assert talk(serve, b"half a line", end=True) == b"127.0.0.1\r\n"


def test_a_reset_is_a_reset() -> None:
    async def serve(connection: Connection) -> None:
        await connection.read_line()
        connection.reset()

    with pytest.raises(ConnectionResetError):
        talk(serve, b"x\r\n")


def test_a_line_does_not_wait_until_the_one_before_is_acknowledged() -> None:
    async def serve(connection: Connection) -> None:
        raw: socket.socket = connection._writer.get_extra_info("socket")
        await connection.send(str(bool(raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))))

    assert talk(serve, b"") == b"True\r\n"


def test_asyncio_warns_of_everything_but_a_client_that_leaves_with_its_handshake(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for text in ("returning true from eof_received() has no effect when using ssl", "something else"):
        logging.getLogger("asyncio").warning(text)
    assert caplog.messages == ["something else"]
