"""What a client meets at each faulty port."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from fakes.faults import sockets


@pytest.mark.skipif(sys.platform != "linux", reason="a full accept queue drops SYNs on Linux alone")
def test_a_dropped_port_does_not_answer_anybody() -> None:
    place = sockets.Dropped()
    try:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                socket.create_connection((place.address, place.port), timeout=0.15)
    finally:
        asyncio.run(place.close())


def test_a_refused_port_refuses() -> None:
    place = sockets.Refused()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.address, place.port), timeout=5)
    asyncio.run(place.close())


def meet(make: object, sent: bytes = b"") -> bytes:
    def client(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            sock.settimeout(0.3)
            if sent:
                sock.sendall(sent)
            return sock.recv(1000)

    async def main() -> bytes:
        running = await make()  # type: ignore[operator]
        try:
            return await asyncio.to_thread(client, running.port)
        finally:
            await running.close()

    return asyncio.run(main())


def test_reset_swallow_and_block_page() -> None:
    with pytest.raises(ConnectionResetError):
        meet(sockets.reset)
    with pytest.raises(TimeoutError):
        meet(sockets.swallow, b"EHLO x\r\n")
    assert meet(sockets.block_page).startswith(b"HTTP/1.1 403 Forbidden\r\n")


def test_a_portal_redirects_at_once_and_a_web_proxy_waits_for_a_request() -> None:
    assert meet(sockets.portal).startswith(b"HTTP/1.1 302 Found\r\nLocation: http://portal")
    assert b"\r\nServer: squid/5.7\r\n" in meet(sockets.web_proxy, b"EHLO x\r\n")
    with pytest.raises(TimeoutError):
        meet(sockets.web_proxy)
