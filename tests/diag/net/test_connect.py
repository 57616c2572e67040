"""Connections as the kernel really ends them, on loopback."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import TYPE_CHECKING

import pytest

from diag.net.connect import ConnectTimeoutError, open_tcp

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        yield sock


def test_it_connects(listener: socket.socket) -> None:
    sock = asyncio.run(open_tcp(*listener.getsockname(), timeout=5))
    with sock:
        assert sock.getpeername() == listener.getsockname()
        assert sock.gettimeout() == 0


def test_a_closed_port_refuses() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError) as refused:
            asyncio.run(open_tcp(*bound.getsockname(), timeout=5))
    assert refused.value.errno == errno.ECONNREFUSED


def test_a_full_queue_leaves_the_syn_unanswered(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()), pytest.raises(ConnectTimeoutError) as late:
        asyncio.run(open_tcp(*listener.getsockname(), timeout=0.2))
    assert late.value.errno == errno.ETIMEDOUT
    assert "0.2 s" in str(late.value)
