"""What filters that look at TLS do with a ClientHello: by its server name, by its size, or whatever it is."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from fakes.faults.rewrite import Fate, is_hello

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LARGEST_PACKET = 1400
"""Bytes of a record that come in one packet of an ordinary link, with some room."""
HEADER = 5
_ALPN = re.compile(rb"\x00\x10\x00.\x00.[\x01-\x10][a-z0-9./]+", re.DOTALL)
_SUPPORTED_VERSIONS = re.compile(rb"\x00\x2b\x00[\x03-\x20]([\x02-\x1e].{2,30})", re.DOTALL)


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


def offering_protocols(data: bytes) -> bytes | Fate:
    """Refuse a ClientHello that offers application protocols, as a server does that knows none of them (RFC 7301)."""
    return Fate.NO_PROTOCOL if is_hello(data) and _ALPN.search(data) else data


def offering_tls13(data: bytes) -> bytes | Fate:
    """Reset a ClientHello with TLS 1.3 in its supported_versions (RFC 8446 section 4.2.1), as old devices do."""
    found = _SUPPORTED_VERSIONS.search(data) if is_hello(data) else None
    offered = found[1][: 2 * (found[1][0] // 2) + 1] if found else b""
    return Fate.RESET if b"\x03\x04" in offered else data
