"""The flows of a check: which ports of this computer are its own, for whoever captures packets."""

from __future__ import annotations

import contextlib
import socket
from contextvars import ContextVar

Flow = tuple[int, int, str, int]
"""Protocol number, own port, the other's address and port."""
OWN: ContextVar[set[Flow] | None] = ContextVar("own_flows", default=None)
"""Collected where somebody has put a set here; nothing is kept otherwise."""


def note(sock: socket.socket, to: tuple[str, int]) -> None:
    """Remember a flow from ``sock`` to an address and port."""
    own = OWN.get()
    if own is None:
        return
    with contextlib.suppress(OSError):  # closed before it had a port
        kind = socket.IPPROTO_UDP if sock.type == socket.SOCK_DGRAM else socket.IPPROTO_TCP
        own.add((int(kind), sock.getsockname()[1], *to))
