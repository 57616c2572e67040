"""The name server, asked by dnspython's own resolver and by raw messages."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import pytest

from fakes.declare import Names
from fakes.dns import NameServer

if TYPE_CHECKING:
    from dns.message import Message

NAMES = {
    "mail.example": Names(cname="front.example"),
    "front.example": Names(a=("192.0.2.1", "192.0.2.2"), aaaa=("2001:db8::1",)),
    "example": Names(mx=("10 mail.example",), txt=tuple(f"{number}" * 200 for number in range(10))),
    "_imaps._tcp.example": Names(srv=("0 1 993 mail.example",)),
    "broken.example": Names(answer="servfail"),
    "secret.example": Names(answer="refused"),
    "gone.example": Names(answer="nxdomain"),
    "quiet.example": Names(answer="silent"),
    "odd.example": Names(answer="garbage"),
    "loop.example": Names(cname="loop.example"),
}


def ask(name: str, kind: str, *, timeout: float = 2.0) -> Message:
    async def main() -> Message:
        server = NameServer(NAMES)
        await server.start()
        try:
            question = dns.message.make_query(name, kind)
            answer, _ = await dns.asyncquery.udp_with_fallback(
                question, server.address, port=server.port, timeout=timeout
            )
            return answer
        finally:
            await server.close()

    return asyncio.run(main())


def texts(answer: Message) -> list[str]:
    return [record.to_text() for rrset in answer.answer for record in rrset]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("mail.example", "A", ["front.example.", "192.0.2.1", "192.0.2.2"]),
        ("MAIL.Example", "AAAA", ["front.example.", "2001:db8::1"]),
        ("example", "MX", ["10 mail.example."]),
        ("_imaps._tcp.example", "SRV", ["0 1 993 mail.example."]),
        ("mail.example", "CNAME", ["front.example."]),
        ("front.example", "MX", []),
    ],
)
def test_what_is_declared_is_answered(name: str, kind: str, expected: list[str]) -> None:
    answer = ask(name, kind)
    assert sorted(text.lower() for text in texts(answer)) == sorted(expected)  # the order is shuffled on purpose
    assert answer.rcode() == dns.rcode.NOERROR


def test_a_long_answer_comes_over_tcp() -> None:
    assert len(texts(ask("example", "TXT"))) == 10


@pytest.mark.parametrize(
    ("name", "rcode"),
    [
        ("broken.example", dns.rcode.SERVFAIL),
        ("secret.example", dns.rcode.REFUSED),
        ("gone.example", dns.rcode.NXDOMAIN),
        ("unknown.example", dns.rcode.NXDOMAIN),
    ],
)
def test_errors(name: str, rcode: dns.rcode.Rcode) -> None:
    assert ask(name, "A").rcode() == rcode


def test_silence_and_rubbish_end_in_no_answer() -> None:
    with pytest.raises(dns.exception.Timeout):
        ask("quiet.example", "A", timeout=0.1)
    with pytest.raises(dns.exception.DNSException):
        ask("odd.example", "A", timeout=0.1)


def test_an_endless_alias_ends() -> None:
    assert set(texts(ask("loop.example", "A"))) == {"loop.example."}


def test_a_name_between_names_exists_and_has_nothing() -> None:
    answer = ask("_tcp.example", "A")
    assert (answer.rcode(), texts(answer)) == (dns.rcode.NOERROR, [])


def header(flags: int, questions: int) -> bytes:
    return struct.pack("!6H", 7, flags, questions, 0, 0, 0)


ONE = b"\1a\0" + struct.pack("!HH", 1, 1)


@pytest.mark.parametrize(
    ("data", "rcode"),
    [
        (header(0x0100, 0), dns.rcode.FORMERR),
        (header(0x0100, 2) + ONE + ONE, dns.rcode.FORMERR),
        (header(0x0100, 1) + b"\xff\xff", dns.rcode.FORMERR),
        (header(0x2900, 0), dns.rcode.NOTIMP),
    ],
)
def test_what_is_no_question_is_answered_by_an_error(data: bytes, rcode: dns.rcode.Rcode) -> None:
    reply = NameServer(NAMES).answer(data, longest=1232)
    assert reply is not None
    answer = dns.message.from_wire(reply)
    assert (answer.id, answer.rcode(), answer.flags & dns.flags.QR) == (7, rcode, dns.flags.QR)


@pytest.mark.parametrize("data", [b"rubbish", header(0x8100, 0), header(0x8100, 1) + ONE, header(0x8100, 1) + b"\xff"])
def test_rubbish_and_answers_to_nobody_are_left_alone(data: bytes) -> None:
    assert NameServer(NAMES).answer(data, longest=1232) is None


@pytest.mark.parametrize(("payload", "truncated"), [(None, True), (600, True), (1232, False), (4096, False)])
def test_an_answer_is_as_long_as_the_client_takes(payload: int | None, truncated: bool) -> None:
    names = {"a.example": Names(txt=tuple("x" * 100 + str(number) for number in range(7)))}
    question = dns.message.make_query("a.example", "TXT", use_edns=-1 if payload is None else 0, payload=payload or 0)
    reply = NameServer(names).answer(question.to_wire(), longest=1232)
    assert reply is not None
    answer = dns.message.from_wire(reply, raise_on_truncation=False)
    assert bool(answer.flags & dns.flags.TC) is truncated
    assert bool(answer.answer) is not truncated
