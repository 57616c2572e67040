"""The path, hop by hop: TCP connections whose packets may pass one device more each time.

On Linux this needs no privilege: the kernel puts the router's message into the error queue of an ordinary connection
(IP_RECVERR, ip(7); Linux 5.8 and later do so while connecting). Several hops are asked at once, since each device has
to answer one of them only.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from typing import TYPE_CHECKING

from diag.model.hops import Hop
from diag.net.classify import IcmpError
from diag.net.connect import ConnectTimeoutError, ResetAtOnceError, hop_limit, is_ipv6, limit_hops, open_tcp
from diag.net.patience import within
from diag.net.stream import Stream, close_by_reset

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from diag.model.hops import Answer

WINDOW = 8
"""Hops asked at once."""
MOST_HOPS = 24
"""Hops after which the way is given up: paths of the internet have about fifteen."""
TIME_EXCEEDED = {"ipv4": (11, 0), "ipv6": (3, 0)}
"""The hop limit was used up (RFC 792, RFC 4443 section 3.3)."""
FINAL = {"connected", "refused", "unreachable", "reset", "closed", "data"}
"""Answers behind which no hop is asked."""


def why_not(system: str = sys.platform) -> str | None:
    """Say why hops cannot be seen by ordinary connections on ``system``, or None where they can."""
    return None if system == "linux" else "only Linux tells an ordinary program which device has answered"


async def trace(hops: list[Hop], ask: Callable[[int], Awaitable[Hop]], *, patient: bool) -> None:
    """Ask hop after hop and put them into ``hops`` as they are known, until one is final or there is only silence.

    Who is ``patient`` looks behind devices that never answer; on the way to a blocked port nothing comes behind them.
    """
    for first in range(1, MOST_HOPS + 1, WINDOW):
        window = await asyncio.gather(*(ask(ttl) for ttl in range(first, first + WINDOW)))
        for hop in window:
            hops.append(hop)
            if hop.answer in FINAL:
                return
        quiet = window if patient else window[-WINDOW // 2 :]
        if all(hop.answer == "silent" for hop in quiet):
            return


async def by_connecting(address: str, port: int, ttl: int, timeout: float) -> Hop:
    """Connect with packets that may pass ``ttl`` devices less one, and say who answered."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    hop = Hop(ttl=ttl)
    try:
        sock = await open_tcp(address, port, timeout=timeout, hops=ttl)
    except ConnectTimeoutError:
        return hop
    except ResetAtOnceError:
        hop.answer, hop.address = "connected", address
    except IcmpError as error:
        _by_icmp(hop, error)
    except OSError as error:
        if error.errno == errno.ECONNREFUSED:
            hop.answer, hop.address = "refused", address
        else:
            hop.answer = "unreachable"
    else:
        close_by_reset(sock)  # no half-open connection stays at the far end
        hop.answer, hop.address = "connected", address
    hop.took = round(loop.time() - began, 6)
    return hop


async def by_hello(
    address: str,
    port: int,
    ttl: int,
    timeout: float,
    *,
    hello: bytes,
    prepare: Callable[[Stream], Awaitable[None]],
) -> Hop:
    """Send ``hello`` over a connection that stands, in packets that may pass ``ttl`` devices less one.

    ``prepare`` says what comes before it. Of a router's message the kernel tells no sender once the connection stands
    (tcp_v4_err), only that there was one.
    """
    loop = asyncio.get_running_loop()
    hop = Hop(ttl=ttl)
    try:
        sock = await open_tcp(address, port, timeout=timeout)
    except OSError:
        hop.answer = "not-sent"
        return hop
    usual = hop_limit(sock)
    try:
        await prepare(Stream(sock, timeout=timeout, monotonic=loop.time))
        if hasattr(socket, "TCP_QUICKACK"):  # what was received is acknowledged now, and by no packet of few hops later
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        limit_hops(sock, ttl)
        began = loop.time()
        hop.answer = await _answer(sock, hello, timeout)
        hop.took = None if hop.answer == "silent" else round(loop.time() - began, 6)
        limit_hops(sock, usual)  # so that the far end hears of the end
    except OSError:
        hop.answer = "not-sent"
    finally:
        close_by_reset(sock)
    return hop


async def _answer(sock: socket.socket, hello: bytes, timeout: float) -> Answer:
    loop = asyncio.get_running_loop()
    try:
        async with within(timeout):
            await loop.sock_sendall(sock, hello)
            data = await loop.sock_recv(sock, 1)
    except TimeoutError:
        return "silent"
    except ConnectionError:
        return "reset"
    except OSError as error:
        return "time-exceeded" if error.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH} else "unreachable"
    return "data" if data else "closed"


def _by_icmp(hop: Hop, error: IcmpError) -> None:
    message = (error.icmp_type, error.icmp_code)
    exceeded = TIME_EXCEEDED["ipv6" if is_ipv6(error.sender) else "ipv4"]
    hop.answer = "time-exceeded" if message == exceeded else "unreachable"
    hop.address, (hop.icmp_type, hop.icmp_code) = error.sender, message
