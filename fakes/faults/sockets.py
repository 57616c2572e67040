"""Faults of the transport: a SYN that is never answered, a refusal, a reset, a connection that nobody serves."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from fakes.ground import LOOPBACK
from fakes.server import listen_with

if TYPE_CHECKING:
    from fakes.connection import Connection
    from fakes.ground import Ground
    from fakes.server import Running

CLIENT_HELLO = 0x16
"""The first byte of a TLS record that carries a handshake (RFC 8446 section 5.1)."""


class Dropped:
    """A port whose SYNs go unanswered: its accept queue is full and nobody accepts (Linux).

    Measured on Linux: with a backlog of 0 and one connection waiting, every further SYN is ignored, for any time.
    """

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        """Fill the queue.

        :raises OSError: the port is taken.
        """
        self._listener = _bound(address, port)
        self._listener.listen(0)
        self.address, self.port = self._listener.getsockname()[:2]
        self._filler = socket.create_connection((self.address, self.port), timeout=5)

    async def close(self) -> None:
        """Release both ends."""
        self._filler.close()
        self._listener.close()


class Refused:
    """A port that refuses: it is taken, so that nobody else listens there, and does not listen itself."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        """Take a port.

        :raises OSError: it is taken already.
        """
        self._socket = _bound(address, port)
        self.address, self.port = self._socket.getsockname()[:2]

    async def close(self) -> None:
        """Release the port."""
        self._socket.close()


def _bound(address: str, port: int) -> socket.socket:
    """Return a socket that has a port and does nothing with it."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    return made


async def reset(ground: Ground = LOOPBACK) -> Running:
    """Accept and reset before a byte is sent."""

    async def serve(connection: Connection) -> None:
        connection.reset()

    return await listen_with(serve, ground.listen())


async def swallow(ground: Ground = LOOPBACK) -> Running:
    """Accept, acknowledge everything, and never answer: a proxy that hangs."""

    async def serve(connection: Connection) -> None:
        await connection.wait_until_left()

    return await listen_with(serve, ground.listen())


async def block_page(ground: Ground = LOOPBACK) -> Running:
    """Answer in HTTP, as a gateway does that shows its users a page instead of the service."""
    body = b"<html><head><title>Access denied</title></head><body>Blocked by policy</body></html>"
    page = b"HTTP/1.1 403 Forbidden\r\nServer: gateway\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    async def serve(connection: Connection) -> None:
        await connection.write(page)
        with contextlib.suppress(OSError):
            await connection.hang_up()

    return await listen_with(serve, ground.listen())


async def portal(ground: Ground = LOOPBACK) -> Running:
    """Answer as a captive portal does: go and sign in elsewhere first (RFC 8910)."""
    page = (
        b"HTTP/1.1 302 Found\r\nLocation: http://portal.guest.example/login?orig=mail\r\n"
        b"Cache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )

    async def serve(connection: Connection) -> None:
        await connection.write(page)
        with contextlib.suppress(OSError):
            await connection.hang_up()

    return await listen_with(serve, ground.listen())


async def web_proxy(ground: Ground = LOOPBACK) -> Running:
    """Wait for a request, and answer what is none as Squid does in transparent mode."""
    body = b"<html><head><title>ERROR: The requested URL could not be retrieved</title></head></html>"
    page = (
        b"HTTP/1.1 400 Bad Request\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_INVALID_REQ 0\r\n"
        b"Via: 1.1 gateway.example (squid/5.7)\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
    ) % (len(body), body)

    async def serve(connection: Connection) -> None:
        if await connection.read_some():
            await connection.write(page)
            with contextlib.suppress(OSError):
                await connection.hang_up()

    return await listen_with(serve, ground.listen())
