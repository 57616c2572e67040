"""A connection: a socket with our own TLS pump on top, so that every byte and every way of ending is seen.

``ssl.SSLObject`` over memory buffers is used instead of ``SSLSocket`` and of asyncio's streams for three reasons: a
reset, an orderly end and a timeout stay distinct after the handshake; the certificates that the peer sent can be
read also when their verification failed; and nothing that arrived as plaintext can slip into the encrypted part.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from typing import TYPE_CHECKING, Self

from diag.net.classify import PeerClosed
from diag.net.patience import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from diag.model.actions import Stalled

CHUNK = 65536
"""Bytes asked from the socket at once."""
LARGEST_HANDSHAKE = 1 << 20
"""Bytes; a peer that sends more without finishing its handshake is not speaking TLS in earnest."""
FIRST_BYTES = 512
"""Bytes kept of what came first: a whole ServerHello, or what was spoken instead of TLS."""


class Stream:
    """One connection. Times are seconds; every wait is bounded by ``timeout`` unless a call says otherwise."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        timeout: float,
        monotonic: Callable[[], float],
        broken: OSError | None = None,
        ask: Callable[[socket.socket], Stalled | None] = lambda _: None,
    ) -> None:
        """Take over the connected, non-blocking ``sock``; ``broken`` is how it ended meanwhile, if it did."""
        self._ask = ask
        self._broken = broken
        self._sock = sock
        self._timeout = timeout
        self._monotonic = monotonic
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.tls: ssl.SSLObject | None = None
        self.encrypted = False
        self.first_bytes = b""
        self._ahead = b""
        self.hello_took: float | None = None

    @property
    def local_address(self) -> str:
        """The address of this end."""
        return str(self._sock.getsockname()[0])

    async def read(self, timeout: float | None = None) -> bytes:
        """Return the next bytes, at least one.

        :raises TimeoutError: nothing came in time.
        :raises PeerClosed: the peer ended the connection.
        :raises OSError: the connection broke, such as by a reset.
        """
        async with within(timeout or self._timeout):
            if not self.encrypted or self.tls is None:
                return await self._receive()
            while True:
                try:
                    data = self.tls.read(CHUNK)
                except ssl.SSLWantReadError:
                    await self._flush()
                    self._incoming.write(await self._receive())
                except (ssl.SSLZeroReturnError, ssl.SSLEOFError) as end:
                    raise PeerClosed from end
                else:
                    if not data:
                        raise PeerClosed
                    return data

    async def write(self, data: bytes) -> None:
        """Send all of ``data``.

        :raises TimeoutError: the peer did not take it in time.
        """
        async with within(self._timeout):
            if self.encrypted and self.tls is not None:
                self.tls.write(data)
                await self._flush()
            else:
                await self._send(data)

    async def start_tls(self, context: ssl.SSLContext, server_name: str) -> ssl.SSLObject:
        """Do a handshake for ``server_name`` and encrypt from here on.

        :raises ssl.SSLError: it failed; :meth:`peer_chain` tells what was sent all the same.
        """
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        received = 0
        async with within(self._timeout):
            began = self._monotonic()
            while True:
                try:
                    self.tls.do_handshake()
                except ssl.SSLWantReadError:
                    await self._flush()
                    data = await self._receive()
                except ssl.SSLError:
                    with contextlib.suppress(OSError):
                        await self._flush()  # the alert that tells the peer why
                    raise
                else:
                    await self._flush()
                    self.encrypted = True
                    return self.tls
                if self.hello_took is None:
                    self.hello_took = self._monotonic() - began
                    self.first_bytes = data[:FIRST_BYTES]
                received += len(data)
                if received > LARGEST_HANDSHAKE:
                    message = "handshake too long"
                    raise ssl.SSLError(ssl.SSL_ERROR_SSL, message)
                self._incoming.write(data)

    def stalled(self) -> Stalled | None:
        """Return what the kernel knows of what was sent and not answered."""
        return self._ask(self._sock)

    def peer_chain(self) -> list[bytes]:
        """Return the certificates that the peer sent, as DER, in the order sent; also after a failed verification."""
        if self.tls is None:
            return []
        public = getattr(self.tls, "get_unverified_chain", None)
        if public is not None:
            return list(public() or [])
        # Python 3.11 and 3.12 have the call only on the inner object; 2 is DER there.
        return [item.public_bytes(2) for item in self.tls._sslobj.get_unverified_chain() or []]  # type: ignore[attr-defined]  # noqa: SLF001

    def close(self, *, reset: bool = False) -> None:
        """Close at once; with ``reset`` by RST, so that no half-open state stays at the far end."""
        if reset:
            close_by_reset(self._sock)
        self._sock.close()

    def __enter__(self) -> Self:
        """Close at the end of a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def unread(self, data: bytes) -> None:
        """Give back what was read ahead and belongs to whoever reads next."""
        self._ahead = data + self._ahead

    async def _receive(self) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead, b""
            return data
        if self._broken is not None:
            raise self._broken
        data = await asyncio.get_running_loop().sock_recv(self._sock, CHUNK)
        if not data:
            raise PeerClosed
        return data

    async def _send(self, data: bytes) -> None:
        if self._broken is not None:
            raise self._broken
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._send(self._outgoing.read())


def close_by_reset(sock: socket.socket) -> None:
    """Close ``sock`` by RST."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@contextlib.contextmanager
def closing_on_error(connection: socket.socket | Stream) -> Iterator[None]:
    """Close ``connection`` if the block does not end well."""
    try:
        yield
    except BaseException:
        connection.close()
        raise
