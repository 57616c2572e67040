"""Linux namespaces: calls that Python has from 3.12 on only, or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import struct
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_HERE = "/proc/thread-self/ns/net"


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc(), name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def unshare(flags: int) -> None:
    """Leave the namespaces of ``flags`` for new ones.

    :raises OSError: the kernel does not allow it.
    """
    _call("unshare", flags)


def enter(descriptor: int) -> None:
    """Move the calling thread into the network of ``descriptor``; sockets that it has made stay where they are."""
    _call("setns", descriptor, CLONE_NEWNET)


def die_with_parent() -> None:
    """Have this process killed when its parent ends, in whatever way."""
    _call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def drop_capabilities(keep: frozenset[int] = frozenset()) -> None:
    """Become an ordinary user, for good; ``keep`` are the numbers of capabilities to be left."""
    mask = sum(1 << number for number in keep)
    for number in range(64):
        if number not in keep:
            with contextlib.suppress(OSError):  # the kernel does not know this many
                _call("prctl", _PR_CAPBSET_DROP, number, 0, 0, 0)
    with contextlib.suppress(OSError):
        _call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    _call("capset", struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), struct.pack("=6I", low, low, 0, high, high, 0))


def become(user: int) -> None:
    """Become the ordinary user with this number, as root.

    What has been imported stays; a user may not be able to read the rest of the program.
    """
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    _call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)  # or /proc/self would still belong to root


class Namespace:
    """One network, which exists while this object, or a process inside, holds it."""

    def __init__(self) -> None:
        """Make it, empty but for its own loopback.

        :raises OSError: the kernel does not allow it.
        """
        before = os.open(_HERE, os.O_RDONLY)
        try:
            unshare(CLONE_NEWNET)
            self.descriptor = os.open(_HERE, os.O_RDONLY)
        finally:
            enter(before)
            os.close(before)

    @property
    def path(self) -> str:
        """The file by which a program finds it that has inherited the descriptor."""
        return f"/proc/self/fd/{self.descriptor}"

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Stand in it for the time of the block. Nothing may be awaited inside: only this thread has moved."""
        before = os.open(_HERE, os.O_RDONLY)
        try:
            enter(self.descriptor)
            yield
        finally:
            enter(before)
            os.close(before)

    def make(self, family: int, kind: int) -> socket.socket:
        """Make a socket that belongs to it."""
        with self.entered():
            return socket.socket(family, kind)

    def close(self) -> None:
        """Let it go."""
        os.close(self.descriptor)
