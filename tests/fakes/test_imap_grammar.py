"""Commands into words, whatever a client sends."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.imap_grammar import SyntaxProblem, numbers, parse, quote, text_of


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"a1 NOOP", ["a1", "NOOP"]),
        (b'a1 LOGIN "a b" "c\\"d"', ["a1", "LOGIN", "a b", 'c"d']),
        (
            b"a1 FETCH 1:* (FLAGS BODY[HEADER.FIELDS (SUBJECT TO)])",
            ["a1", "FETCH", "1:*", ["FLAGS", "BODY[HEADER.FIELDS (SUBJECT TO)]"]],
        ),
        (b"a1 FETCH 1 BODY.PEEK[]<0.100>", ["a1", "FETCH", "1", "BODY.PEEK[]<0.100>"]),
        (b'a1 LIST "" "*"', ["a1", "LIST", "", "*"]),
        (b"a1 X (a (b c) d)", ["a1", "X", ["a", ["b", "c"], "d"]]),
    ],
)
def test_words(line: bytes, words: list[object]) -> None:
    assert parse([line]) == words


def test_a_literal_stands_where_it_was_announced() -> None:
    assert parse([b"a1 APPEND x {3}", b"a)(", b" more"]) == ["a1", "APPEND", "x", b"a)(", "more"]


@pytest.mark.parametrize("line", [b"a (", b"a )", b'a "open'])
def test_what_is_not_closed_is_a_problem(line: bytes) -> None:
    with pytest.raises(SyntaxProblem):
        parse([line])


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))))
def test_quoted_strings_come_back(texts: list[str]) -> None:
    line = " ".join(quote(text) for text in texts).encode()
    assert [text_of(word) for word in parse([line])] == texts


@given(st.binary())
def test_no_bytes_break_it(data: bytes) -> None:
    with contextlib.suppress(SyntaxProblem):
        parse([data])


@pytest.mark.parametrize(
    ("text", "largest", "expected"),
    [
        ("1,3:4", 9, [1, 3, 4]),
        ("*", 4, [4]),
        ("3:*", 4, [3, 4]),
        ("*:1", 2, [1, 2]),
        ("7", 3, []),
        ("1:99999999", 2, [1, 2]),
    ],
)
def test_sequence_sets_are_bounded(text: str, largest: int, expected: list[int]) -> None:
    assert numbers(text, largest) == expected


def test_a_wrong_sequence_set_is_a_problem() -> None:
    with pytest.raises(SyntaxProblem):
        numbers("a:b", 3)
