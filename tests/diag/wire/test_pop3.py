"""POP3 replies, at any cut, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.wire.lines import LineTooLong, Malformed
from diag.wire.pop3 import MOST_LINES, Continuation, Event, Lines, Replies, Status

BODY = b"TOP\r\n..x\r\nSASL XOAUTH2\r\n.\r\n"


@given(st.integers(0, len(BODY)))
def test_a_body_is_the_same_at_any_cut(cut: int) -> None:
    replies = Replies()
    replies.expect_lines()
    events: list[Event] = []
    for piece in (BODY[:cut], BODY[cut:]):
        replies.feed(piece)
        events += [event] if (event := replies.next()) else []
    assert events == [Lines(("TOP", ".x", "SASL XOAUTH2"))]


def test_status_and_continuation() -> None:
    replies = Replies()
    replies.feed(b"+OK ready\r\n-ERR no\r\n+ \r\n+ eyJ9\r\n+ok\r\n")
    expected = [
        Status(ok=True, text="ready"),
        Status(ok=False, text="no"),
        Continuation(""),
        Continuation("eyJ9"),
        Status(ok=True, text=""),
    ]
    assert [replies.next() for _ in expected] == expected
    assert replies.next() is None


@pytest.mark.parametrize("line", [b"* OK imap", b"220 x", b"", b"OK", b"\xff\xfe"])
def test_other_protocols_are_malformed(line: bytes) -> None:
    replies = Replies()
    replies.feed(line + b"\r\n")
    with pytest.raises(Malformed):
        replies.next()


def test_an_endless_body_is_refused() -> None:
    replies = Replies()
    replies.expect_lines()
    replies.feed(b"x\r\n" * (MOST_LINES + 1))
    with pytest.raises(LineTooLong):
        replies.next()


def test_what_is_pending_can_be_shown() -> None:
    replies = Replies()
    replies.expect_lines()
    replies.feed(b"one\r\ntw")
    assert replies.next() is None
    assert replies.pending == b"one\r\ntw"
