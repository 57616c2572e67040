"""What the kernel has been told and does not do yet.

A link carries packets, and an IPv6 address is answered at, from when a thread of the kernel gets round to it: mostly at
once, on a busy computer some time after. A packet that is lost until then is not sent again for a second.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.stages.netns.kernel import Namespace

_NET = Path("/proc/thread-self/net")
_RTF_LOCAL = 0x80000000
"""A route to this computer itself (linux/ipv6_route.h)."""
_NEW_LINK, _GET_LINK, _REQUEST_ALL = 16, 18, 0x301
_NAME, _STATE, _UP = 3, 16, 6
"""RTM_NEWLINK, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP; IFLA_IFNAME, IFLA_OPERSTATE, IF_OPER_UP (rtnetlink(7))."""
_MESSAGE, _ATTRIBUTE, _LINK = struct.Struct("=IHHII"), struct.Struct("=HH"), struct.Struct("=BxHiII")
_ENOUGH = 1 << 16
_AGAIN, _PATIENCE = 0.001, 20.0
"""Seconds after which the kernel is looked at again, and in which it must have done what it was told."""


async def settled(*networks: Namespace) -> None:
    """Wait until everything in ``networks`` is in use.

    :raises TimeoutError: the kernel does not get round to it.
    """
    async with asyncio.timeout(_PATIENCE):
        for network in networks:
            while unready(network):  # noqa: ASYNC110  it does not tell of an address before it has set its route
                await asyncio.sleep(_AGAIN)


def unready(network: Namespace) -> set[str]:
    """Return the links of ``network`` that carry nothing yet, and its mute addresses as the kernel writes them."""
    return _links(network) | _addresses(network)


def _addresses(network: Namespace) -> set[str]:
    """Look for addresses without the route that makes them this computer's; their neighbours' group comes before it."""
    with network.entered():
        addresses = (_NET / "if_inet6").read_text(encoding="utf-8").splitlines()
        routes = [line.split() for line in (_NET / "ipv6_route").read_text(encoding="utf-8").splitlines()]
    ready = {fields[0] for fields in routes if int(fields[8], 16) & _RTF_LOCAL}
    return {line.split()[0] for line in addresses} - ready


def _links(network: Namespace) -> set[str]:
    """Ask for every link, and return those that are not up; a loopback has no such state."""
    request = _MESSAGE.pack(_MESSAGE.size + _LINK.size, _GET_LINK, _REQUEST_ALL, 0, 0) + bytes(_LINK.size)
    with network.make(socket.AF_NETLINK, socket.SOCK_RAW) as sock:
        sock.send(request)
        told = sock.recv(_ENOUGH)
    found = set()
    for kind, body in _parts(told, _MESSAGE):
        if kind == _NEW_LINK:
            attributes = dict(_parts(body[_LINK.size :], _ATTRIBUTE))
            name = attributes[_NAME].rstrip(b"\0").decode()
            if name != "lo" and attributes[_STATE][0] != _UP:
                found.add(name)
    return found


def _parts(data: bytes, head: struct.Struct) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of what stands one behind the other, each at a multiple of four bytes."""
    while len(data) >= head.size:
        length, kind, *_ = head.unpack_from(data)
        yield kind, data[head.size : length]
        data = data[(length + 3) & ~3 :]
