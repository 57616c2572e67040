"""Proxies as they stand in companies: HTTP CONNECT (Squid, Tinyproxy) and SOCKS5, each with ports that it allows."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import re
from typing import TYPE_CHECKING

from fakes.connection import Gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.connection import Connection
    from fakes.declare import ProxyPolicy
    from fakes.server import Context

    Reach = Callable[[str, int], tuple[str, int]]

_REQUEST = re.compile(r"CONNECT (\S+):(\d{1,5}) HTTP/1\.[01]", re.IGNORECASE)
MOST_LINES = 100
SOCKS, USER_AND_PASSWORD, NOTHING_FITS = 5, 2, 0xFF
OK, NOT_ALLOWED, HOST_UNREACHABLE, REFUSED = 0, 2, 4, 5
_PRODUCTS = {
    "squid": ("squid/5.7", {"X-Squid-Error": "{error} 0", "Via": "1.1 proxy.example (squid/5.7)"}),
    "tinyproxy": ("tinyproxy/1.11.1", {}),
}
_REASONS = {403: "Forbidden", 407: "Proxy Authentication Required", 502: "Bad Gateway", 503: "Service Unavailable"}
_ERRORS = {403: "ERR_ACCESS_DENIED", 407: "ERR_CACHE_ACCESS_DENIED", 503: "ERR_CONNECT_FAIL"}


async def serve_http(connection: Connection, context: Context) -> None:
    """Answer one CONNECT as the policy says, and pass bytes on where it allows."""
    policy = context.service.proxy
    head = [(await connection.read_line()).decode("latin-1")]
    while head[-1] and len(head) < MOST_LINES:
        head.append((await connection.read_line()).decode("latin-1"))
    match = _REQUEST.fullmatch(head[0])
    if match is None:
        await _refuse(connection, policy, 400, "Bad Request")
        return
    host, port = match[1].strip("[]"), int(match[2])
    fields = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:]}
    if policy.users and not _is_known(policy, fields.get("proxy-authorization", "")):
        await _refuse(connection, policy, 407)
        return
    if port not in policy.ports:
        await _deny(connection, policy)
        return
    try:
        server = await context.ground.dial(context.reach(host, port))
    except OSError:
        await _refuse(connection, policy, 503 if policy.product == "squid" else 502)
        return
    await connection.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    context.passed.append((host, port))
    await _both_ways(connection, server)


def _is_known(policy: ProxyPolicy, field: str) -> bool:
    scheme, _, proof = field.partition(" ")
    if scheme.lower() != "basic":
        return False
    with contextlib.suppress(ValueError):
        user, _, password = base64.b64decode(proof).decode().partition(":")
        return policy.users.get(user) == password
    return False


async def _deny(connection: Connection, policy: ProxyPolicy) -> None:
    if policy.denies_by == "reset":
        connection.reset()
    elif policy.denies_by == "silence":
        await connection.wait_until_left()
    else:
        await _refuse(connection, policy, 403)


async def _refuse(connection: Connection, policy: ProxyPolicy, status: int, reason: str = "") -> None:
    server, more = _PRODUCTS[policy.product]
    title = (
        "ERROR: The requested URL could not be retrieved" if policy.product == "squid" else f"{status} Access denied"
    )
    body = f"<html><head><title>{title}</title></head><body></body></html>"
    lines = [f"HTTP/1.1 {status} {reason or _REASONS[status]}", f"Server: {server}"]
    lines += [f"{key}: {value.format(error=_ERRORS.get(status, 'ERR_INVALID_REQ'))}" for key, value in more.items()]
    if status == 407:  # noqa: PLR2004  RFC 9110 section 15.5.8
        lines += [f"Proxy-Authenticate: {scheme}" for scheme in policy.schemes]
    lines += ["Content-Type: text/html", f"Content-Length: {len(body)}", "Connection: close"]
    await connection.write(("\r\n".join(lines) + f"\r\n\r\n{body}").encode())


async def serve_socks(connection: Connection, context: Context) -> None:
    """Answer one SOCKS5 request as the policy says, and pass bytes on where it allows (RFC 1928, RFC 1929)."""
    policy = context.service.proxy
    version, count = await connection.read_exactly(2)
    if version != SOCKS:
        return
    offered = await connection.read_exactly(count)
    method = USER_AND_PASSWORD if policy.users else 0
    if method not in offered:
        await connection.write(bytes([SOCKS, NOTHING_FITS]))
        return
    await connection.write(bytes([SOCKS, method]))
    if policy.users and not await _proves(connection, policy):
        return
    host, port = await _wanted(connection)
    if port not in policy.ports:
        await _reply(connection, NOT_ALLOWED)
        return
    try:
        server = await context.ground.dial(context.reach(host, port))
    except ConnectionRefusedError:
        await _reply(connection, REFUSED)
    except OSError:
        await _reply(connection, HOST_UNREACHABLE)
    else:
        await _reply(connection, OK)
        context.passed.append((host, port))
        await _both_ways(connection, server)


async def _proves(connection: Connection, policy: ProxyPolicy) -> bool:
    _, length = await connection.read_exactly(2)
    user = (await connection.read_exactly(length)).decode()
    (length,) = await connection.read_exactly(1)
    password = (await connection.read_exactly(length)).decode()
    known = policy.users.get(user) == password
    await connection.write(bytes([1, 0 if known else 1]))
    return known


async def _wanted(connection: Connection) -> tuple[str, int]:
    _, _, _, kind = await connection.read_exactly(4)
    if kind == 3:  # noqa: PLR2004  a name (RFC 1928 section 5)
        (length,) = await connection.read_exactly(1)
        host = (await connection.read_exactly(length)).decode()
    else:
        host = str(ipaddress.ip_address(await connection.read_exactly(4 if kind == 1 else 16)))
    return host, int.from_bytes(await connection.read_exactly(2), "big")


async def _reply(connection: Connection, code: int) -> None:
    await connection.write(bytes([SOCKS, code, 0, 1, 0, 0, 0, 0, 0, 0]))


async def _both_ways(client: Connection, server: Connection) -> None:
    """Pass bytes on until one side leaves."""

    async def way(source: Connection, target: Connection) -> None:
        with contextlib.suppress(Gone):
            while data := await source.read_some():
                await target.write(data)

    ways = [asyncio.ensure_future(way(client, server)), asyncio.ensure_future(way(server, client))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in ways:
            task.cancel()
        server.close()  # before anything is awaited: this task may be cancelled too
        await asyncio.gather(*ways, return_exceptions=True)
