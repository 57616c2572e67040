"""A name server over UDP and TCP that answers as declared: rightly, with an error, with rubbish or not at all."""

from __future__ import annotations

import asyncio
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from fakes.ground import LOOPBACK
from fakes.server import listen_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dns.message import Message
    from dns.rrset import RRset

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
            else:
                loop = asyncio.get_running_loop()
                self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=datagrams)
                return

    async def close(self) -> None:
        """Stop."""
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
        import dns.exception
        import dns.flags
        import dns.message

        try:
            question = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return _error(data, FORMERR)
        if question.flags & dns.flags.QR:
            return None  # an answer to nobody's question; to answer it would be to talk to oneself
        if question.opcode():
            return _error(data, NOTIMP)
        if len(question.question) != 1:
            return _error(data, FORMERR)
        if longest == LARGEST_DATAGRAM:
            longest = max(SMALLEST_LIMIT, min(longest, question.payload))
        reply = self._reply(question)
        if reply is None or isinstance(reply, bytes):
            return reply
        wire = reply.to_wire(max_size=65535)
        if len(wire) > longest:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            wire = reply.to_wire()
        return wire

    def _reply(self, question: Message) -> Message | bytes | None:
        import dns.flags
        import dns.message
        import dns.rcode
        import dns.rdatatype

        asked = question.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        reply = dns.message.make_response(question)
        reply.flags |= dns.flags.RA
        known: Names | None = None
        for _ in range(LONGEST_ALIAS_CHAIN):
            known = self._names.get(name)
            if known is None:
                if self._invented and kind == "A":
                    reply.answer.append(dns.rrset.from_text(f"{name}.", TTL, "IN", "A", self._invented))
                elif not any(below.endswith(f".{name}") for below in self._names):  # RFC 8020: such a name does exist
                    reply.set_rcode(dns.rcode.NXDOMAIN)
                return reply
            if known.answer == "silent":
                return None
            if known.answer == "garbage":
                return b"\x00\x01 this is no answer"
            if known.answer != "normal":
                reply.set_rcode(dns.rcode.from_text(known.answer.upper()))
                return reply
            if known.cname is None or kind == "CNAME":
                break
            reply.answer.append(_rrset(name, "CNAME", (f"{known.cname}.",)))
            name = known.cname.lower()
        records = [] if known is None else _records(known, kind)
        if records:
            reply.answer.append(_rrset(name, kind, tuple(records)))
        return reply


@lru_cache(maxsize=1024)
def _rrset(name: str, kind: str, records: tuple[str, ...]) -> RRset:
    """Return records, made once: the same few names are asked for in every world, and nothing changes what is made."""
    import dns.rrset

    return dns.rrset.from_text_list(f"{name}.", TTL, "IN", kind, records)


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
