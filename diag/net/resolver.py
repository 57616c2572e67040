"""Names into addresses, twice: by asking name servers ourselves, and as the applications of this computer see it.

Our own questions go out over the socket one by one, without a cache, so that each is on record with the server that
answered. dnspython makes and reads the messages.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from diag.model.failure import Failure, FailureCode
from diag.net import flows
from diag.net.classify import StepFailed
from diag.net.connect import is_ipv6, open_tcp
from diag.net.patience import within
from diag.net.stream import closing_on_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from dns.message import Message

    from diag.model.actions import DnsQuery

LARGEST_DATAGRAM = 65535
IDENTIFIER = 2
"""Bytes before everything else, by which question and answer belong together (RFC 1035 section 4.1.1)."""
_TRIES = 2
_RCODES = {
    "NXDOMAIN": FailureCode.DNS_NXDOMAIN,
    "SERVFAIL": FailureCode.DNS_SERVFAIL,
    "REFUSED": FailureCode.DNS_REFUSED,
}


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server by address literal and UDP/TCP port."""

    address: str
    port: int = 53

    def __str__(self) -> str:
        """Show as people write it."""
        return self.address if self.port == 53 else f"{self.address}#{self.port}"  # noqa: PLR2004  the DNS port


def system_name_servers() -> tuple[NameServer, ...]:
    """Return the name servers that this computer is configured to ask."""
    import dns.resolver

    try:
        servers = dns.resolver.Resolver().nameservers
    except dns.resolver.NoResolverConfiguration:
        return ()
    return tuple(NameServer(str(server)) for server in servers)


async def system_lookup(name: str) -> tuple[str, ...]:
    """Return the addresses that getaddrinfo gives, each once, in its order.

    :raises OSError: ``socket.gaierror`` where there are none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


async def ask(
    action: DnsQuery, server: NameServer, route: Callable[[str, int], tuple[str, int]], timeout: float
) -> None:
    """Ask ``server`` and complete ``action`` with the answer; ``timeout`` is seconds for each of two tries.

    :raises StepFailed: classified, with a DNS failure code.
    """
    import dns.exception
    import dns.message

    question, rest = _question(action.name, action.record_type)
    wire = secrets.token_bytes(IDENTIFIER) + rest
    sockaddr = route(server.address, server.port)
    try:
        answer = await _over_udp(question, wire, sockaddr, timeout)
        if answer is None:
            async with within(timeout):
                data = await _over_tcp(wire, sockaddr, timeout)
            answer = dns.message.from_wire(data)
    except TimeoutError as error:
        if error.errno is not None:
            raise
        raise StepFailed(Failure.of(FailureCode.DNS_TIMEOUT, f"no answer from {server}")) from None
    except (dns.exception.DNSException, ValueError, struct.error) as error:
        raise StepFailed(Failure.of(FailureCode.DNS_MALFORMED, type(error).__name__)) from None
    _complete(action, answer)


@lru_cache(maxsize=256)
def _question(name: str, record_type: str) -> tuple[Message, bytes]:
    """Make a question with the identifier 0, and what stands after the identifier; many mailboxes ask the same."""
    import dns.message

    question = dns.message.make_query(name, record_type, id=0)
    return question, question.to_wire()[IDENTIFIER:]


@lru_cache(maxsize=256)
def _answer(rest: bytes) -> Message:
    """Read what stands after the identifier of an answer, which many mailboxes get alike; nobody changes it.

    :raises dns.exception.DNSException: it cannot be read.
    """
    import dns.message

    return dns.message.from_wire(bytes(IDENTIFIER) + rest, ignore_trailing=True, raise_on_truncation=False)


async def _over_udp(question: Message, wire: bytes, sockaddr: tuple[str, int], timeout: float) -> Message | None:
    """Return the answer, or None where it was truncated and TCP is to be used (RFC 7766)."""
    import dns.exception
    import dns.flags
    import dns.message

    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if is_ipv6(sockaddr[0]) else socket.AF_INET
    unreadable: Exception | None = None
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(sockaddr)  # the kernel then drops answers from anybody else
        flows.note(sock, sockaddr)
        for _ in range(_TRIES):
            await loop.sock_sendall(sock, wire)
            try:
                async with within(timeout):
                    while True:
                        data = await loop.sock_recv(sock, LARGEST_DATAGRAM)
                        try:
                            answer = _answer(data[IDENTIFIER:])
                        except dns.exception.DNSException as error:
                            unreadable = error  # a forged or broken answer must not hide the right one
                            continue
                        if data[:IDENTIFIER] == wire[:IDENTIFIER] and question.is_response(answer):
                            return None if answer.flags & dns.flags.TC else answer
            except TimeoutError as error:
                if error.errno is not None:
                    raise
                if unreadable is not None:
                    raise unreadable from None
    raise TimeoutError


async def _over_tcp(wire: bytes, sockaddr: tuple[str, int], timeout: float) -> bytes:
    sock = await open_tcp(*sockaddr, timeout=timeout)
    with closing_on_error(sock), sock:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", await _exactly(sock, 2))
        return await _exactly(sock, length)


async def _exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(sock, count - len(data))
        if not more:
            message = "the name server closed the connection"
            raise ValueError(message)
        data += more
    return data


def _complete(action: DnsQuery, answer: Message) -> None:
    import dns.rcode
    import dns.rdatatype

    action.rcode = dns.rcode.to_text(answer.rcode())
    wanted = dns.rdatatype.from_text(action.record_type)
    aliases: list[str] = []
    found: list[str] = []
    for rrset in answer.answer:
        values = [record.to_text() for record in rrset]
        if rrset.rdtype == wanted:
            found += values
        elif rrset.rdtype == dns.rdatatype.CNAME:
            aliases += [value.rstrip(".") for value in values]
        action.ttl = rrset.ttl if action.ttl is None else min(action.ttl, rrset.ttl)
    action.answers, action.aliases = tuple(found), tuple(aliases)
    if action.rcode != "NOERROR":
        code = _RCODES.get(action.rcode, FailureCode.DNS_SERVFAIL)
        raise StepFailed(Failure.of(code, action.rcode, int(answer.rcode())))
    if not found:
        raise StepFailed(Failure.of(FailureCode.DNS_NO_DATA, f"no {action.record_type} record"))
