"""The ground that a server or a device stands on: the network in which its sockets are made.

On loopback that is the network of this process. A stage of several networks gives each of its devices another one,
and a socket belongs to the network in which it was made for as long as it lives.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakes.connection import LONGEST_LINE, Connection

if TYPE_CHECKING:
    from collections.abc import Callable

BACKLOG = 2048
"""Connections that may wait to be accepted: a thousand clients at once are a test."""
LARGEST_SEGMENT = 32767
"""Of what can be asked for; loopback has larger ones."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Makes sockets by family and kind; ``address`` is where a device listens that has no address of its own."""

    make: Callable[[int, int], socket.socket] = socket.socket
    address: str = "127.0.0.1"

    def listen(self, address: str | None = None, port: int = 0) -> socket.socket:
        """Return a listening socket; ``::`` listens for both families.

        :raises OSError: the port is taken.
        """
        address = address or self.address
        sock = self.make(_family(address), socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if address == "::":
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind((address, port))
            sock.listen(BACKLOG)
        except OSError:
            sock.close()
            raise
        return sock

    def datagrams(self, address: str, port: int) -> socket.socket:
        """Return a bound UDP socket.

        :raises OSError: the port is taken.
        """
        sock = self.make(_family(address), socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.bind((address, port))
        except OSError:
            sock.close()
            raise
        return sock

    async def dial(self, to: tuple[str, int], segment: int | None = None) -> Connection:
        """Connect from here, with packets of ``segment`` bytes at the most where that is said.

        :raises OSError: there is no way there, or nobody listens.
        """
        sock = self.make(_family(to[0]), socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            if segment is not None and segment <= LARGEST_SEGMENT:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
            await asyncio.get_running_loop().sock_connect(sock, to)
        except BaseException:
            sock.close()
            raise
        return Connection(*await asyncio.open_connection(sock=sock, limit=LONGEST_LINE))


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


LOOPBACK = Ground()
