"""Questions to a name server that answers rightly, wrongly, late or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from diag.model.actions import DnsQuery
from diag.model.failure import FailureCode
from diag.net.classify import StepFailed
from diag.net.resolver import NameServer, ask, system_lookup, system_name_servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dns.message import Message

    Answer = Callable[[Message], list[bytes]]

SERVER = NameServer("192.0.2.53")


def answer_with(*records: str, rcode: dns.rcode.Rcode = dns.rcode.NOERROR, flags: int = 0) -> Answer:
    def answer(question: Message) -> list[bytes]:
        reply = dns.message.make_response(question)
        reply.set_rcode(rcode)
        reply.flags |= flags
        for record in records:
            name, kind, value = record.split(" ", 2)
            reply.answer.append(dns.rrset.from_text(name, 300, "IN", kind, value))
        return [reply.to_wire()]

    return answer


class Udp(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        for reply in self.answer(dns.message.from_wire(data)):
            self.transport.sendto(reply, addr)


@contextlib.asynccontextmanager
async def name_server(udp: Answer, tcp: Answer | None = None) -> AsyncIterator[tuple[tuple[str, int], Udp]]:
    async def over_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        assert tcp is not None
        for reply in tcp(dns.message.from_wire(await reader.readexactly(length))):
            writer.write(struct.pack("!H", len(reply)) + reply)
        writer.close()

    stream = await asyncio.start_server(over_tcp, "127.0.0.1", 0)
    at = stream.sockets[0].getsockname()
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Udp(udp), local_addr=at)
    try:
        async with stream:
            yield at, protocol
    finally:
        transport.close()


def resolve(name: str, kind: str, udp: Answer, tcp: Answer | None = None, timeout: float = 0.2) -> tuple[DnsQuery, int]:
    action = DnsQuery(name=name, record_type=kind, server=str(SERVER))

    async def main() -> int:
        async with name_server(udp, tcp) as (at, protocol):
            await ask(action, SERVER, lambda *_: at, timeout)
            return protocol.asked

    return action, asyncio.run(main())


def failure_of(name: str, udp: Answer, tcp: Answer | None = None) -> FailureCode:
    with pytest.raises(StepFailed) as failed:
        resolve(name, "A", udp, tcp)
    return failed.value.failure.code


def test_addresses_and_aliases_are_kept_in_order() -> None:
    records = ("mail.example. CNAME front.example.", "front.example. A 192.0.2.7", "front.example. A 192.0.2.8")
    action, asked = resolve("mail.example", "A", answer_with(*records))
    assert action.answers == ("192.0.2.7", "192.0.2.8")
    assert action.aliases == ("front.example",)
    assert (action.rcode, action.ttl, asked) == ("NOERROR", 300, 1)


@pytest.mark.parametrize(
    ("rcode", "code"),
    [
        (dns.rcode.NXDOMAIN, FailureCode.DNS_NXDOMAIN),
        (dns.rcode.SERVFAIL, FailureCode.DNS_SERVFAIL),
        (dns.rcode.REFUSED, FailureCode.DNS_REFUSED),
        (dns.rcode.NOERROR, FailureCode.DNS_NO_DATA),
    ],
)
def test_each_refusal_has_its_code(rcode: dns.rcode.Rcode, code: FailureCode) -> None:
    assert failure_of("mail.example", answer_with(rcode=rcode)) is code


def test_silence_is_a_timeout_after_two_tries() -> None:
    assert failure_of("mail.example", lambda _: []) is FailureCode.DNS_TIMEOUT


def test_rubbish_alone_is_malformed() -> None:
    assert failure_of("mail.example", lambda _: [b"rubbish"]) is FailureCode.DNS_MALFORMED


def test_a_forged_answer_does_not_hide_the_right_one() -> None:
    right = answer_with("mail.example. A 192.0.2.7")

    def both(question: Message) -> list[bytes]:
        forged = dns.message.make_query("mail.example", "A", id=(question.id + 1) % 65536)
        return [b"rubbish", dns.message.make_response(forged).to_wire(), *right(question)]

    assert resolve("mail.example", "A", both)[0].answers == ("192.0.2.7",)


def test_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    whole = answer_with("mail.example. A 192.0.2.7")
    assert resolve("mail.example", "A", answer_with(flags=dns.flags.TC), whole)[0].answers == ("192.0.2.7",)


def test_a_broken_answer_over_tcp_is_malformed() -> None:
    assert failure_of("mail.example", answer_with(flags=dns.flags.TC), lambda _: [b"x"]) is FailureCode.DNS_MALFORMED
    assert failure_of("mail.example", answer_with(flags=dns.flags.TC), lambda _: []) is FailureCode.DNS_MALFORMED


def test_this_computer_has_name_servers_and_knows_itself() -> None:
    assert all(str(server) for server in system_name_servers())
    assert set(asyncio.run(system_lookup("localhost"))) <= {"127.0.0.1", "::1"}
    assert str(NameServer("192.0.2.1", 5353)) == "192.0.2.1#5353"
