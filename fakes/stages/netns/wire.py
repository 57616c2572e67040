"""A long wire: a link on which every packet takes its time, without being a hop.

Between two devices stands a network that forwards nothing; this process lifts each frame out of one of its ends and
puts it into the other when its time has come. Not every kernel has netem, and this needs no more than a namespace.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes.stages.netns.kernel import Namespace

_ALL_PROTOCOLS = 0x0003
_SOL_PACKET, _VNET_HEADER, _OUTGOING = 263, 15, 4
_LARGEST = 1 << 17
_TYPE, _NEXT_HEADER, _ICMPV6_TYPE = 10 + 12, 10 + 14 + 6, 10 + 14 + 40
"""Offsets behind the 10 bytes that the kernel puts before a frame, and the 14 of Ethernet."""
_ARP, _IPV6, _ICMPV6, _NEIGHBOURS = b"\x08\x06", b"\x86\xdd", 58, {135, 136}
ENDS = ("left", "right")


class Wire:
    """A running wire inside ``network``; ``delay`` and ``jitter`` are seconds that it adds to a round trip."""

    def __init__(self, network: Namespace, *, delay: float, jitter: float) -> None:
        """Take hold of both ends.

        :raises OSError: there are no such ends, or no right to raw packets.
        """
        self._delay, self._jitter = delay / 2, jitter / 2
        self._ends = [_end(network, name) for name in ENDS]
        self._due = [0.0, 0.0]
        loop = asyncio.get_running_loop()
        for at, sock in enumerate(self._ends):
            loop.add_reader(sock, self._carry, at)

    def close(self) -> None:
        """Cut it."""
        for sock in self._ends:
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()

    def _carry(self, at: int) -> None:
        """Take up what has arrived at one end. The order of frames is kept, as on a real link."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(BlockingIOError, OSError):
            while True:
                frame, sender = self._ends[at].recvfrom(_LARGEST)
                if sender[2] == _OUTGOING:
                    continue  # what this process itself has put there
                wait = 0.0 if _is_about_neighbours(frame) else self._delay + random.uniform(0, self._jitter)  # noqa: S311
                self._due[at] = max(self._due[at], loop.time() + wait)
                loop.call_at(self._due[at], self._put, 1 - at, frame)

    def _put(self, at: int, frame: bytes) -> None:
        with contextlib.suppress(OSError):  # cut meanwhile, or full: packets get lost
            self._ends[at].send(frame)


def _is_about_neighbours(frame: bytes) -> bool:
    """Tell whether a frame only looks for the neighbour's hardware address: on a real long line none would."""
    kind = frame[_TYPE : _TYPE + 2]
    return kind == _ARP or (kind == _IPV6 and frame[_NEXT_HEADER] == _ICMPV6 and frame[_ICMPV6_TYPE] in _NEIGHBOURS)


def _end(network: Namespace, name: str) -> socket.socket:
    """Open one end for whole frames, with what the kernel has left to be done by hardware (checksums) written down."""
    sock = network.make(socket.AF_PACKET, socket.SOCK_RAW)
    try:
        sock.setblocking(False)
        sock.setsockopt(_SOL_PACKET, _VNET_HEADER, 1)
        sock.bind((name, _ALL_PROTOCOLS))
    except OSError:
        sock.close()
        raise
    return sock
