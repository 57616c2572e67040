"""Hops as the kernel tells of them; the way itself is proven in namespaces (tests/whole/test_which_hop.py)."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from diag.model.hops import Hop
from diag.net import path
from diag.net.stream import Stream, close_by_reset

if TYPE_CHECKING:
    from collections.abc import Callable


def asked(answers: dict[int, str], *, patient: bool) -> tuple[list[int], int]:
    """Trace along a way on which these distances answer, and count the questions."""
    count = 0

    async def ask(ttl: int) -> Hop:
        nonlocal count
        count += 1
        return Hop(ttl=ttl, answer=answers.get(ttl, "silent"))  # type: ignore[arg-type]

    hops: list[Hop] = []
    asyncio.run(path.trace(hops, ask, patient=patient))
    return [hop.ttl for hop in hops if hop.answer != "silent"], count


EXCEEDED = "time-exceeded"


@pytest.mark.parametrize(
    ("answers", "patient", "seen", "count"),
    [
        ({1: EXCEEDED, 2: EXCEEDED, 3: "connected"}, True, [1, 2, 3], 8),
        ({1: EXCEEDED, 2: "refused", 3: "refused"}, False, [1, 2], 8),
        ({1: EXCEEDED}, False, [1], 8),
        ({1: EXCEEDED}, True, [1], 16),
        ({1: EXCEEDED, 12: "connected"}, True, [1, 12], 16),
        (dict.fromkeys(range(1, 99), EXCEEDED), True, list(range(1, 25)), 24),
        ({}, True, [], 8),
    ],
)
def test_hops_are_asked_for_in_windows_until_there_is_no_more_to_learn(
    answers: dict[int, str], patient: bool, seen: list[int], count: int
) -> None:
    assert asked(answers, patient=patient) == (seen, count)


def test_a_connection_is_the_end_of_the_way_and_a_refusal_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address, port = server.getsockname()
        hop = asyncio.run(path.by_connecting(address, port, 3, 5))
    assert (hop.ttl, hop.answer, hop.address) == (3, "connected", address)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        hop = asyncio.run(path.by_connecting("127.0.0.1", bound.getsockname()[1], 1, 5))
    assert (hop.answer, hop.address, hop.icmp_type) == ("refused", "127.0.0.1", None)


def test_silence_takes_no_longer_than_it_may() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with socket.create_connection(listener.getsockname()):
            address, port = listener.getsockname()
            hop = asyncio.run(path.by_connecting(address, port, 1, 0.1))
    assert (hop.answer, hop.address, hop.took) == ("silent", None, None)


def test_only_linux_tells_an_ordinary_program() -> None:
    assert path.why_not("linux") is None
    assert "Linux" in (path.why_not("darwin") or "")


async def nothing(_: Stream) -> None:
    """Say nothing before."""


async def refuses(_: Stream) -> None:
    """Find that the service has something else to say."""
    raise ConnectionError


@pytest.mark.parametrize(
    ("does", "answer"),
    [
        (lambda sock: sock.sendall(b"x"), "data"),
        (lambda sock: sock.shutdown(socket.SHUT_WR), "closed"),
        (close_by_reset, "reset"),
        (lambda _: None, "silent"),
    ],
)
def test_what_a_hello_meets_is_told_apart(does: Callable[[socket.socket], object], answer: str) -> None:
    async def main() -> Hop:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            address, port = server.getsockname()
            asked = asyncio.ensure_future(path.by_hello(address, port, 3, 0.3, hello=b"hello", prepare=nothing))
            sock, _ = await asyncio.get_running_loop().sock_accept(server)
            with sock:
                assert await asyncio.get_running_loop().sock_recv(sock, 9) == b"hello"
                does(sock)
                return await asked

    hop = asyncio.run(main())
    assert (hop.ttl, hop.answer) == (3, answer)


def test_a_connection_that_does_not_come_to_be_again_tells_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address, port = server.getsockname()
        hop = asyncio.run(path.by_hello(address, port, 1, 0.3, hello=b"", prepare=refuses))
    assert hop.answer == "not-sent"
    hop = asyncio.run(path.by_hello(address, port, 1, 0.3, hello=b"", prepare=nothing))
    assert hop.answer == "not-sent"
