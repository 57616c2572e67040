"""Lines with bounds, and hostile text made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.wire.lines import LineReader, LineTooLong, Malformed, escape


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line and not line.endswith(b"\r"))), st.integers(1, 7))
def test_lines_are_the_same_however_they_arrive(lines: list[bytes], size: int) -> None:
    data = b"".join(line + b"\r\n" for line in lines)
    reader, found = LineReader(), []
    for at in range(0, len(data), size):
        reader.feed(data[at : at + size])
        while (line := reader.next()) is not None:
            found.append(line)
    assert found == lines
    assert reader.pending == b""
    assert not reader.bare_lf


def test_a_bare_line_feed_ends_a_line_and_is_noted() -> None:
    reader = LineReader()
    reader.feed(b"one\ntwo")
    assert reader.next() == b"one"
    assert reader.next() is None
    assert reader.bare_lf
    assert reader.pending == b"two"


def test_bounds_hold_before_and_after_the_end_has_arrived() -> None:
    for data in (b"x" * 11, b"x" * 11 + b"\r\n"):
        reader = LineReader(limit=10)
        reader.feed(data)
        with pytest.raises(LineTooLong):
            reader.next()


def test_bytes_can_be_taken_across_lines() -> None:
    reader = LineReader()
    reader.feed(b"ab\r\nc")
    assert reader.take(9) is None
    assert reader.take(4) == b"ab\r\n"


@given(st.binary(max_size=300) | st.text(max_size=300), st.integers(10, 120))
def test_what_is_escaped_can_be_printed_anywhere(data: bytes | str, limit: int) -> None:
    shown = escape(data, limit)
    assert len(shown) <= limit
    assert shown.isprintable()
    assert not any(character in shown for character in "\x1b\u202e\u2066\x9b")


def test_escapes_are_readable() -> None:
    assert escape(b"\x1b[2J\x07ok \xe2\x80\xae\xff") == r"\x1b[2J\x07ok \u202e\xff"
    assert escape("zażółć — ok") == "zażółć — ok"
    assert str(Malformed(b"\x00x")) == r"\x00x"
