"""What filters that look at TLS do with a ClientHello: by its server name, by its size, or whatever it is."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from fakes.faults.rewrite import Fate, is_hello

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LARGEST_PACKET = 1400
"""Bytes of a record that come in one packet of an ordinary link, with some room."""
HEADER = 5


def every_hello(fate: Fate) -> Callable[[bytes], bytes | Fate]:
    """Treat every ClientHello alike."""
    return lambda data: fate if is_hello(data) else data


def named_hello(names: Iterable[str], fate: Fate) -> Callable[[bytes], bytes | Fate]:
    """Treat the ClientHellos that hold one of ``names``, as a search for the bytes does."""
    wanted = [name.encode() for name in names]
    return lambda data: fate if is_hello(data) and any(name in data for name in wanted) else data


def large_hello(fate: Fate) -> Callable[[bytes], bytes | Fate]:
    """Treat a ClientHello that does not come whole in one packet: a device that cannot put packets together."""

    def treat(data: bytes) -> bytes | Fate:
        if not is_hello(data) or len(data) < HEADER:
            return data
        (length,) = struct.unpack_from("!H", data, 3)
        whole = HEADER + length
        return fate if len(data) < whole or whole > LARGEST_PACKET else data

    return treat
