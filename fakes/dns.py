"""A name server over UDP and TCP that answers as declared: rightly, with an error, with rubbish or not at all."""

from __future__ import annotations

import asyncio
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from fakes.ground import LOOPBACK
from fakes.server import listen_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.connection import Connection
    from fakes.declare import Names
    from fakes.ground import Ground
    from fakes.server import Running

TTL = 300
LARGEST_DATAGRAM = 1232
"""Bytes, for a client that says it takes as many; a longer answer is truncated, and asked for again over TCP."""
SMALLEST_LIMIT = 512
"""Bytes that every client takes in a datagram (RFC 1035 section 2.3.4)."""
HEADER = 12
LONGEST_ALIAS_CHAIN = 8
TRIES = 20
FORMERR, NOTIMP = 1, 4


class NameServer:
    """Answers from ``names``, which is looked at for each question, so that a change is seen at once."""

    def __init__(self, names: Mapping[str, Names], invented: str | None = None) -> None:
        """Know these names, in any case of letters; a name that does not exist has the ``invented`` address."""
        self._names = names
        self._invented = invented
        self.port = 0
        """0 while it does not run."""
        self._udp: asyncio.DatagramTransport | None = None
        self.asked: list[tuple[str, str]] = []
        """Questions so far, for tests."""

    async def start(self, address: str = "127.0.0.1", port: int = 0, ground: Ground = LOOPBACK) -> None:
        """Listen on UDP and TCP, on one port.

        :raises OSError: the port is taken.
        """
        for attempt in range(TRIES):
            self._tcp: Running = await listen_with(self._over_tcp, ground.listen(address, port))
            self.address, self.port = self._tcp.address, self._tcp.port
            try:
                datagrams = ground.datagrams(self.address, self.port)
            except OSError:  # the same number is taken for UDP: another one may be free for both
                await self._tcp.close()
                if port or attempt == TRIES - 1:
                    raise
                continue
            try:
                loop = asyncio.get_running_loop()
                self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=datagrams)
            except BaseException:
                datagrams.close()
                raise
            return

    async def close(self) -> None:
        """Stop, also where it began half."""
        if self._udp is not None:
            self._udp.close()
        await self._tcp.close()

    async def _over_tcp(self, connection: Connection) -> None:
        while True:
            (length,) = struct.unpack("!H", await connection.read_exactly(2))
            reply = self.answer(await connection.read_exactly(length), longest=65535)
            if reply is not None:
                await connection.write(struct.pack("!H", len(reply)) + reply)

    def answer(self, data: bytes, *, longest: int) -> bytes | None:
        """Return the reply to a question, or None where there is none."""
        asked = _read(data[2:])
        if asked is None:
            return None
        if isinstance(asked, int):
            return _error(data, asked)
        if longest == LARGEST_DATAGRAM:
            longest = max(SMALLEST_LIMIT, min(longest, asked.payload))
        reply = self._reply(asked)
        if reply is None or isinstance(reply, bytes):
            return reply
        return data[:2] + _written(data[2:], reply, longest)

    def _reply(self, asked: _Asked) -> _Reply | bytes | None:
        """Look the answer up; bytes are sent as they are."""
        name, kind = asked.name, asked.kind
        self.asked.append((name, kind))
        answers: list[tuple[str, str, tuple[str, ...]]] = []
        known: Names | None = None
        for _ in range(LONGEST_ALIAS_CHAIN):
            known = self._names.get(name)
            if known is None:
                if self._invented and kind == "A":
                    return _Reply("NOERROR", (*answers, (name, "A", (self._invented,))))
                exists = any(below.endswith(f".{name}") for below in self._names)  # RFC 8020: such a name does exist
                return _Reply("NOERROR" if exists else "NXDOMAIN", tuple(answers))
            if known.answer == "silent":
                return None
            if known.answer == "garbage":
                return b"\x00\x01 this is no answer"
            if known.answer != "normal":
                return _Reply(known.answer.upper(), tuple(answers))
            if known.cname is None or kind == "CNAME":
                break
            answers.append((name, "CNAME", (f"{known.cname}.",)))
            name = known.cname.lower()
        records = [] if known is None else _records(known, kind)
        if records:
            answers.append((name, kind, tuple(records)))
        return _Reply("NOERROR", tuple(answers))


class _Asked(NamedTuple):
    """A question that can be answered."""

    name: str
    kind: str
    payload: int
    """Bytes that the client takes in a datagram."""


class _Reply(NamedTuple):
    """What is answered: a name for the response code, and records by their owner and type."""

    rcode: str
    answers: tuple[tuple[str, str, tuple[str, ...]], ...]


@lru_cache(maxsize=4096)
def _read(rest: bytes) -> _Asked | int | None:
    """Read a question after its identifier; a number is the response code for a bad one, None is for no question.

    The same few questions are asked in every world, so they are read once, and so are the answers written.
    """
    import dns.exception
    import dns.flags
    import dns.message
    import dns.rdatatype

    try:
        question = dns.message.from_wire(bytes(2) + rest)
    except dns.exception.DNSException:
        return FORMERR
    if question.flags & dns.flags.QR:
        return None  # an answer to nobody's question; to answer it would be to talk to oneself
    if question.opcode():
        return NOTIMP
    if len(question.question) != 1:
        return FORMERR
    asked = question.question[0]
    name = asked.name.to_text(omit_final_dot=True).lower()
    return _Asked(name, dns.rdatatype.to_text(asked.rdtype), question.payload)


@lru_cache(maxsize=4096)
def _written(rest: bytes, reply: _Reply, longest: int) -> bytes:
    """Write a reply to the question ``rest``, without its identifier; truncated where it is longer than ``longest``."""
    import dns.flags
    import dns.message
    import dns.rcode
    import dns.rrset

    message = dns.message.make_response(dns.message.from_wire(bytes(2) + rest))
    message.flags |= dns.flags.RA
    message.set_rcode(dns.rcode.from_text(reply.rcode))
    for name, kind, records in reply.answers:
        message.answer.append(dns.rrset.from_text_list(f"{name}.", TTL, "IN", kind, records))
    wire = message.to_wire(max_size=65535)
    if len(wire) > longest:
        message.answer.clear()
        message.flags |= dns.flags.TC
        wire = message.to_wire()
    return wire[2:]


def _error(data: bytes, rcode: int) -> bytes | None:
    """Answer what cannot be understood, or not be done, by its identifier alone (RFC 1035 section 4.1.1)."""
    if len(data) < HEADER or data[2] & 0x80:
        return None
    return data[:2] + bytes([0x80 | data[2] & 0x79, 0x80 | rcode]) + bytes(8)


def _records(known: Names, kind: str) -> list[str]:
    texts = {
        "A": known.a,
        "AAAA": known.aaaa,
        "MX": tuple(f"{text}." for text in known.mx),
        "SRV": tuple(f"{text}." if not text.endswith(".") else text for text in known.srv),
        "TXT": tuple(f'"{text}"' for text in known.txt),
        "CNAME": (f"{known.cname}.",) if known.cname else (),
    }
    return list(texts.get(kind, ()))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._server.answer(data, longest=LARGEST_DATAGRAM)
        if reply is not None:
            self._transport.sendto(reply, addr)
