"""SMTP replies, at any cut, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.wire.lines import LineTooLong, Malformed
from diag.wire.smtp import MOST_LINES, Replies, Reply, extensions

EHLO = b"250-mail.example Hello\r\n250-SIZE 100\r\n250-starttls\r\n250 AUTH LOGIN XOAUTH2\r\n"
REFUSAL = b"535 5.7.139 Authentication unsuccessful [host 2026]\r\n"


def read(*pieces: bytes) -> list[Reply]:
    replies, found = Replies(), []
    for piece in pieces:
        replies.feed(piece)
        while (reply := replies.next()) is not None:
            found.append(reply)
    return found


@given(st.integers(0, len(EHLO + REFUSAL)))
def test_replies_are_the_same_at_any_cut(cut: int) -> None:
    data = EHLO + REFUSAL
    ehlo, refusal = read(data[:cut], data[cut:])
    assert extensions(ehlo) == ("SIZE 100", "STARTTLS", "AUTH LOGIN XOAUTH2")
    assert (refusal.code, refusal.enhanced) == (535, "5.7.139")
    assert refusal.text == "5.7.139 Authentication unsuccessful [host 2026]"


def test_a_code_alone_is_a_reply() -> None:
    (reply,) = read(b"334\r\n")
    assert (reply.code, reply.text, reply.enhanced) == (334, "", None)


@pytest.mark.parametrize(
    "data", [b"* OK\r\n", b"+OK\r\n", b"250-a\r\n251 b\r\n", b"199 x\r\n", b"2500 x\r\n", b"HTTP/1.1 200\r\n"]
)
def test_what_is_no_reply_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        read(data)


def test_an_endless_reply_is_refused() -> None:
    with pytest.raises(LineTooLong):
        read(b"250-x\r\n" * (MOST_LINES + 1))
