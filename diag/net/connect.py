"""TCP connections, with the ICMP message behind a refusal where the kernel tells it.

Linux queues ICMP errors on the socket, for any user (IP_RECVERR, ip(7)): a refusal with an empty queue is a RST, one
with an entry came from a device on the way and has its address.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import sys

from diag.model.actions import Stalled
from diag.net import flows
from diag.net.classify import IcmpError
from diag.net.patience import within
from diag.net.stream import closing_on_error

IP_RECVERR = 11
IPV6_RECVERR = 25
_RTT = slice(68, 72)
"""tcpi_rtt, in microseconds (linux/tcp.h)."""
_RETRANSMITS = 2
_UNACKED = slice(24, 28)
_NOT_SENT = slice(144, 148)
"""tcpi_retransmits, tcpi_unacked and tcpi_notsent_bytes (linux/tcp.h)."""
_ORIGIN_ICMP = {2, 3}
_ADDRESS_V4 = slice(20, 24)
_ADDRESS_V6 = slice(24, 40)


class ResetAtOnceError(ConnectionResetError):
    """The connection stood, and was reset before this computer came to use it; a SYN is refused by another number."""

    def __init__(self, sock: socket.socket) -> None:
        """Take what is left of it: a closed ``sock``."""
        super().__init__(errno.ECONNRESET, "ECONNRESET")
        self.sock = sock


class ConnectTimeoutError(OSError):
    """No answer to the SYN within the time allowed."""

    def __init__(self, seconds: float) -> None:
        """Tell how many ``seconds`` were waited."""
        super().__init__(errno.ETIMEDOUT, f"no answer within {seconds:g} s")


def is_ipv6(address: str) -> bool:
    """Tell the family of an address literal."""
    return ":" in address


async def open_tcp(
    address: str, port: int, *, timeout: float, hops: int | None = None, segment: int | None = None
) -> socket.socket:
    """Connect to ``address`` (a literal) and return the non-blocking socket; ``hops`` limits how far packets go.

    ``segment`` is the most bytes that a packet of either side shall carry (TCP_MAXSEG).

    :raises ConnectTimeoutError: no answer within ``timeout`` seconds.
    :raises IcmpError: a device on the way refused by ICMP.
    :raises ResetAtOnceError: it was open, and is no more.
    :raises OSError: any other failure, with its errno.
    """
    v6 = is_ipv6(address)
    sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_STREAM)
    with closing_on_error(sock):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if segment is not None and hasattr(socket, "TCP_MAXSEG"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        if sys.platform == "linux":
            level, option = (socket.IPPROTO_IPV6, IPV6_RECVERR) if v6 else (socket.IPPROTO_IP, IP_RECVERR)
            sock.setsockopt(level, option, 1)
        if hops is not None:
            limit_hops(sock, hops)
        try:
            async with within(timeout):
                await asyncio.get_running_loop().sock_connect(sock, (address, port))
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise ConnectTimeoutError(timeout) from None
            if error.errno == errno.ECONNRESET:
                raise ResetAtOnceError(sock) from None
            raise _with_icmp(sock, error) from None
        finally:
            flows.note(sock, (address, port))
    return sock


def limit_hops(sock: socket.socket, hops: int) -> None:
    """Let packets of ``sock`` pass ``hops`` devices and no more."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)


def hop_limit(sock: socket.socket) -> int:
    """Return how many devices packets of ``sock`` may pass."""
    if sock.family == socket.AF_INET6:
        return sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
    return sock.getsockopt(socket.IPPROTO_IP, socket.IP_TTL)


def stalled(sock: socket.socket) -> Stalled | None:
    """Return what the kernel knows of the data under way, or None where it does not tell (TCP_INFO)."""
    if sys.platform != "linux":
        return None
    try:
        data = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _NOT_SENT.stop)
    except OSError:
        return None
    if len(data) < _NOT_SENT.stop:
        return None
    unacknowledged, not_sent = (struct.unpack("=I", data[where])[0] for where in (_UNACKED, _NOT_SENT))
    return Stalled(unacknowledged=unacknowledged, retransmits=data[_RETRANSMITS], not_sent=not_sent)


def round_trip(sock: socket.socket) -> float | None:
    """Return the seconds of a round trip as the kernel measured them, or None where it does not tell (TCP_INFO)."""
    if sys.platform != "linux":
        return None
    try:
        data = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RTT.stop)
    except OSError:
        return None
    return struct.unpack("=I", data[_RTT])[0] / 1e6 if len(data) >= _RTT.stop else None


def _with_icmp(sock: socket.socket, error: OSError) -> OSError:
    """Return ``error``, made an :class:`IcmpError` where the socket's error queue has the message behind it."""
    if sys.platform != "linux":
        return error
    try:
        _, ancillary, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except OSError:
        return error
    for level, kind, data in ancillary:
        if (level, kind) not in {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}:
            continue
        _, origin, icmp_type, icmp_code = struct.unpack("=IBBB", data[:7])
        if origin not in _ORIGIN_ICMP:
            continue
        if level == socket.IPPROTO_IP:
            sender = socket.inet_ntop(socket.AF_INET, data[_ADDRESS_V4])
        else:
            sender = socket.inet_ntop(socket.AF_INET6, data[_ADDRESS_V6])
        return IcmpError(error.errno or 0, icmp_type, icmp_code, sender)
    return error
