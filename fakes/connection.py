"""The server's end of one connection: lines in, bytes out, TLS whenever it is time for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
from typing import cast

LONGEST_LINE = 1 << 16
"""Bytes of a command; tokens of 4,096 characters and more are real."""
IDLE_TIMEOUT = 1800.0
"""Seconds without a word from the client (RFC 3501 section 5.4)."""

# asyncio warns of itself where a client leaves in the packet that ends its handshake: streams know of TLS only later.
logging.getLogger("asyncio").addFilter(lambda record: "eof_received" not in str(record.msg))


class Gone(Exception):  # noqa: N818  an event, not an error
    """The client has left, or the server has hung up: the session is over."""


class Distrusted(Gone):
    """A device has hung up, since the certificate of the server behind it does not verify."""


class Connection:
    """One client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve over an accepted connection."""
        self._reader = reader
        self._writer = writer
        self.encrypted = False
        raw: socket.socket | None = writer.get_extra_info("socket")
        if raw is not None:
            # asyncio does so for sockets of its own making; a line must not wait until the one before is acknowledged.
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def client(self) -> str:
        """The client's address."""
        peer = self._writer.get_extra_info("peername")
        return str(peer[0]) if peer else "unknown"

    @property
    def peer(self) -> tuple[str, int]:
        """The client's address and port."""
        peer = self._writer.get_extra_info("peername")
        return str(peer[0]), int(peer[1])

    @property
    def local(self) -> tuple[str, int]:
        """Our own address and port."""
        name = self._writer.get_extra_info("sockname")
        return str(name[0]), int(name[1])

    @property
    def segment(self) -> int:
        """The most bytes that one packet towards the client carries, as agreed with it (RFC 9293 section 3.7.1)."""
        raw: socket.socket = self._writer.get_extra_info("socket")
        return raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)

    async def read_line(self) -> bytes:
        """Return the next line without its ending.

        :raises Gone: there will be none.
        """
        try:
            async with asyncio.timeout(IDLE_TIMEOUT):
                line = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as end:
            raise Gone from end
        return line.removesuffix(b"\n").removesuffix(b"\r")

    async def read_exactly(self, count: int) -> bytes:
        """Return the next ``count`` bytes.

        :raises Gone: they will not come.
        """
        try:
            return await self._reader.readexactly(count)
        except (asyncio.IncompleteReadError, OSError) as end:
            raise Gone from end

    async def read_some(self) -> bytes:
        """Return what has arrived, empty at the end."""
        try:
            return await self._reader.read(LONGEST_LINE)
        except OSError as end:
            raise Gone from end

    def hand_over(self, protocol: asyncio.StreamReaderProtocol) -> None:
        """Let another protocol serve the rest of the connection; nothing may have been read ahead.

        :raises Gone: the client has hung up already, so that the protocol would never hear of the end.
        """
        transport = self._writer.transport
        if transport.is_closing():
            raise Gone
        transport.set_protocol(protocol)
        protocol.connection_made(transport)

    async def write(self, data: bytes) -> None:
        """Send ``data``.

        :raises Gone: nobody takes it.
        """
        if self._writer.is_closing():  # which draining does not tell where TLS lies between
            raise Gone
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as end:
            raise Gone from end

    async def send(self, line: str) -> None:
        """Send a line."""
        await self.write(line.encode("utf-8", "surrogateescape") + b"\r\n")

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Do the server's half of a handshake.

        :raises Gone: the client did not do its half.
        """
        try:
            await self._writer.start_tls(context, ssl_handshake_timeout=30)
        except (OSError, asyncio.IncompleteReadError) as end:  # ssl.SSLError is an OSError
            raise Gone from end
        self.encrypted = True

    async def wait_until_left(self) -> None:
        """Read and forget, until the client leaves."""
        with contextlib.suppress(OSError):
            while await self._reader.read(LONGEST_LINE):
                pass

    def say_no_more(self) -> None:
        """Close the server's half of the connection (FIN)."""
        with contextlib.suppress(OSError):
            self._writer.write_eof()

    def reset(self) -> None:
        """Hang up by RST."""
        raw: socket.socket | None = self._writer.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):  # the client has left already
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def pause(self) -> None:
        """Leave what the client sends next unread, so that a handshake to come gets it whole."""
        cast("asyncio.ReadTransport", self._writer.transport).pause_reading()

    async def start_tls_as_client(self, context: ssl.SSLContext, server_name: str) -> None:
        """Do the client's half of a handshake, for a device that goes on to the real server.

        :raises Distrusted: the certificate does not verify.
        :raises Gone: the server did not do its half.
        """
        try:
            await self._writer.start_tls(context, server_hostname=server_name, ssl_handshake_timeout=30)
        except ssl.SSLCertVerificationError as end:
            raise Distrusted from end
        except (OSError, asyncio.IncompleteReadError) as end:
            raise Gone from end
        self.encrypted = True

    def close(self) -> None:
        """Close in an orderly way, without waiting."""
        self._writer.close()

    async def hang_up(self) -> None:
        """Close in an orderly way, without waiting for a client that does not answer."""
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()
            async with asyncio.timeout(0.2):
                await self._writer.wait_closed()
        self._writer.transport.abort()
