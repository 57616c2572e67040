"""The ways a connection can go, told apart before and after TLS begins."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from diag.net.classify import PeerClosed
from diag.net.connect import open_tcp
from diag.net.stream import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

CA = trustme.CA()
LEAF = CA.issue_cert("mail.example")


def server_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    LEAF.configure_cert(context)
    return context


def client_context(*, trusting: bool = True) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trusting:
        CA.configure_trust(context)
    return context


@contextlib.asynccontextmanager
async def talking_to(serve: Callable[[socket.socket], None], *, tls: bool = False) -> AsyncIterator[Stream]:
    """Give a stream to a blocking server in a thread, which serves one connection."""

    def run(listener: socket.socket) -> None:
        with listener, listener.accept()[0] as peer, contextlib.suppress(OSError):
            if not tls:
                serve(peer)
                return
            with server_context().wrap_socket(peer, server_side=True) as wrapped:
                serve(wrapped)

    listener = socket.create_server(("127.0.0.1", 0))
    at = listener.getsockname()
    thread = threading.Thread(target=run, args=[listener])
    thread.start()
    try:
        with Stream(await open_tcp(*at, timeout=5), timeout=5, monotonic=time.monotonic) as stream:
            yield stream
    finally:
        await asyncio.to_thread(thread.join)


def say_hello(peer: socket.socket) -> None:
    peer.sendall(b"hello")


def echo(peer: socket.socket) -> None:
    while data := peer.recv(1000):
        peer.sendall(data)


def reset(peer: socket.socket) -> None:
    peer.recv(1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def read_for_ever(peer: socket.socket) -> None:
    while peer.recv(1000):
        pass


def test_it_reads_and_then_sees_the_end() -> None:
    async def main() -> None:
        async with talking_to(say_hello) as stream:
            assert await stream.read() == b"hello"
            with pytest.raises(PeerClosed):
                await stream.read()

    asyncio.run(main())


def test_a_reset_is_not_an_end() -> None:
    async def main() -> None:
        async with talking_to(reset) as stream:
            await stream.write(b"xx")
            with pytest.raises(ConnectionResetError):
                await stream.read()

    asyncio.run(main())


def test_silence_is_bounded() -> None:
    async def main() -> None:
        async with talking_to(read_for_ever) as stream:
            with pytest.raises(TimeoutError):
                await stream.read(0.05)

    asyncio.run(main())


def test_tls_carries_data_both_ways_and_shows_the_chain() -> None:
    async def main() -> None:
        async with talking_to(echo, tls=True) as stream:
            await stream.start_tls(client_context(), "mail.example")
            await stream.write(b"x" * 100_000)
            got = b""
            while len(got) < 100_000:
                got += await stream.read()
            assert got == b"x" * 100_000
            assert stream.encrypted
            assert stream.hello_took is not None
            assert [ssl.DER_cert_to_PEM_cert(der) for der in stream.peer_chain()] == [
                LEAF.cert_chain_pems[0].bytes().decode()
            ]

    asyncio.run(main())


@pytest.mark.parametrize(("trusting", "name"), [(False, "mail.example"), (True, "other.example")])
def test_the_chain_is_there_although_it_does_not_verify(*, trusting: bool, name: str) -> None:
    async def main() -> None:
        async with talking_to(echo, tls=True) as stream:
            with pytest.raises(ssl.SSLCertVerificationError):
                await stream.start_tls(client_context(trusting=trusting), name)
            assert not stream.encrypted
            assert len(stream.peer_chain()) == 1

    asyncio.run(main())


def test_plaintext_instead_of_tls_keeps_its_first_bytes() -> None:
    async def main() -> None:
        async with talking_to(say_hello) as stream:
            with pytest.raises(ssl.SSLError, match="WRONG_VERSION"):
                await stream.start_tls(client_context(), "mail.example")
            assert stream.first_bytes == b"hello"

    asyncio.run(main())


def test_a_handshake_without_end_is_cut_off() -> None:
    def flood(peer: socket.socket) -> None:
        hello = b"\x02\x00\x00\x2e\x03\x03" + b"\x01" * 32 + b"\x00\xc0\x2f\x00\x00\x06\xff\x01\x00\x01\x00\x00"
        peer.sendall(b"\x16\x03\x03" + struct.pack("!H", len(hello)) + hello)
        while True:
            peer.sendall(b"\x16\x03\x03\x40\x00" + b"\x0b\xff\xff\xff" + b"\x00" * 0x3FFC)

    async def main() -> None:
        async with talking_to(flood) as stream:
            with pytest.raises(ssl.SSLError):
                await stream.start_tls(client_context(), "mail.example")

    asyncio.run(main())
