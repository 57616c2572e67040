"""IMAP replies, at any cut, and what is none."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.wire.imap import Continuation, Event, Replies, Tagged, Untagged, capabilities, exists, quote
from diag.wire.lines import LineTooLong, Malformed

TRANSCRIPT = (
    b"* OK The Microsoft Exchange IMAP4 service is ready. [QQ==]\r\n"
    b"* CAPABILITY IMAP4 IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED SASL-IR\r\n"
    b"+ \r\n+\r\nm1 OK CAPABILITY completed.\r\n"
    b"* 1 FETCH (BODY[] {7}\r\na\r\nb\r\n) FLAGS ())\r\n"
    b"m2 NO [AUTHENTICATIONFAILED] no\r\nm3 BAD User is authenticated but not connected.\r\nm4 ok\r\n"
)
EVENTS: list[Event] = [
    Untagged("OK The Microsoft Exchange IMAP4 service is ready. [QQ==]"),
    Untagged("CAPABILITY IMAP4 IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED SASL-IR"),
    Continuation(""),
    Continuation(""),
    Tagged("m1", "OK", "CAPABILITY completed."),
    Untagged("1 FETCH (BODY[] {7}a\r\nb\r\n) FLAGS ())"),
    Tagged("m2", "NO", "[AUTHENTICATIONFAILED] no"),
    Tagged("m3", "BAD", "User is authenticated but not connected."),
    Tagged("m4", "OK", ""),
]


def read(*pieces: bytes) -> list[Event]:
    replies, found = Replies(), []
    for piece in pieces:
        replies.feed(piece)
        while (event := replies.next()) is not None:
            found.append(event)
    return found


@given(st.lists(st.integers(0, len(TRANSCRIPT)), max_size=12))
def test_events_do_not_depend_on_how_bytes_arrive(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(TRANSCRIPT)]
    assert read(*(TRANSCRIPT[a:b] for a, b in itertools.pairwise(ends))) == EVENTS


@pytest.mark.parametrize("line", [b"+OK POP3", b"220 smtp", b"", b"HTTP/1.1 400 Bad", b"m1 MAYBE x", b"\x15\x03\x01"])
def test_other_protocols_are_malformed(line: bytes) -> None:
    with pytest.raises(Malformed):
        read(line + b"\r\n")


def test_a_giant_literal_is_refused_when_it_is_announced() -> None:
    with pytest.raises(LineTooLong):
        read(b"* 1 FETCH (BODY[] {4000000000}\r\n")


@given(st.binary())
def test_rubbish_ends_in_events_or_in_a_named_error(data: bytes) -> None:
    with contextlib.suppress(Malformed, LineTooLong):
        read(data, b"\r\n")


def test_parts_of_replies() -> None:
    assert capabilities("CAPABILITY IMAP4rev1 idle") == ("IMAP4REV1", "IDLE")
    assert [exists(text) for text in ("3 EXISTS", "3 RECENT", "x EXISTS", "99999999999 exists")] == [
        3,
        None,
        None,
        None,
    ]
    assert Tagged("a", "NO", "[ALERT] x").code == "ALERT"
    assert Tagged("a", "NO", "x").code is None
    assert [event.line for event in EVENTS[4:5]] == ["m1 OK CAPABILITY completed."]


def test_quoted_strings() -> None:
    assert quote('a"b\\c') == '"a\\"b\\\\c"'
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        quote("a\r\nb LOGOUT")
