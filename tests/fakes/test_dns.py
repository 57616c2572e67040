"""The name server, asked by dnspython's own resolver and by raw messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import dns.asyncquery
import dns.exception
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


def test_a_question_that_cannot_be_read_gets_no_answer() -> None:
    assert NameServer(NAMES).answer(b"rubbish", longest=512) is None
