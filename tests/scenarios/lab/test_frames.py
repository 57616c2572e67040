"""Messages between processes arrive whole, and their end is told."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from scenarios.lab import frames


def test_a_message_is_answered_and_what_comes_behind_it_is_left() -> None:
    ours, theirs = socket.socketpair()

    def answer() -> None:
        asked = frames.receive(theirs)
        theirs.sendall(frames.packed(asked * 2) + b"rest")

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        assert asyncio.run(frames.ask(ours, "x" * 500_000)) == "x" * 1_000_000
    finally:
        thread.join()
        theirs.close()


def test_an_end_in_the_middle_is_an_end() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(frames.packed("hello")[:-1])
        with pytest.raises(EOFError):
            frames.receive(ours)
    ours, theirs = socket.socketpair()
    theirs.sendall(frames.packed("hello")[:-1])
    theirs.shutdown(socket.SHUT_WR)
    with theirs, pytest.raises(EOFError):
        asyncio.run(frames.ask(ours, "anything"))
