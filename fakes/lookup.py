"""What the applications of a world's client get for a name: the operating system's way, not the name server's."""

from __future__ import annotations

import socket
from collections import ChainMap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes.declare import Declaration


async def lookup(declaration: Declaration, name: str) -> tuple[str, ...]:
    """Resolve as the client's operating system would: hosts file first, then the name server.

    :raises OSError: as getaddrinfo does where a name has no address.
    """
    known = declaration.client.hosts_file.get(name)
    if known:
        return (known,)
    if name in declaration.client.cannot_resolve:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    host = name
    names = ChainMap(declaration.altered, declaration.names)
    for _ in range(len(names) + 1):
        entry = names.get(host)
        if entry is None and declaration.invented:
            return (declaration.invented,)
        if entry is None or entry.answer == "nxdomain":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if entry.answer != "normal":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if entry.cname is None:
            v6 = entry.aaaa if declaration.client.ipv6 else ()
            if not (entry.a or v6):
                raise socket.gaierror(socket.EAI_NONAME, "No address associated with hostname")
            return (*v6, *entry.a)
        host = entry.cname
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
