"""The words of an IMAP command (RFC 3501 section 9): atoms, quoted strings, literals and lists."""

from __future__ import annotations

import re
from typing import TypeAlias

Word: TypeAlias = "str | bytes | list[Word]"
LITERAL = re.compile(rb"\{(\d{1,9})(\+?)\}\Z")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ATOM = re.compile(rb'[^\s()"{\[]*(?:\[[^\]]*\](?:<\d+(?:\.\d+)?>)?)?[^\s()"{]*')


class SyntaxProblem(ValueError):  # noqa: N818  the client's, not ours
    """A command that cannot be read."""


class No(Exception):  # noqa: N818  an answer
    """The tagged NO that a verb ends with."""


class Bad(Exception):  # noqa: N818  an answer
    """The tagged BAD that a verb ends with."""


class Answered(Exception):  # noqa: N818  an answer
    """The verb has sent its tagged answer itself."""


def parse(parts: list[bytes]) -> list[Word]:
    """Read the words of a command; ``parts`` are stretches of line and literals in turn.

    A literal is ``bytes``, an atom or a quoted string is ``str``.

    :raises SyntaxProblem: it is no list of words.
    """
    stack: list[list[Word]] = [[]]
    for number, part in enumerate(parts):
        if number % 2:
            stack[-1].append(part)
            continue
        _line(LITERAL.sub(b"", part) if number + 1 < len(parts) else part, stack)
    if len(stack) != 1:
        raise SyntaxProblem("a parenthesis is not closed")
    return stack[0]


def _line(line: bytes, stack: list[list[Word]]) -> None:
    at = 0
    while at < len(line):
        head = line[at : at + 1]
        if head == b" ":
            at += 1
        elif head == b"(":
            inner: list[Word] = []
            stack[-1].append(inner)
            stack.append(inner)
            at += 1
        elif head == b")":
            if len(stack) == 1:
                raise SyntaxProblem("a parenthesis too many")
            stack.pop()
            at += 1
        else:
            pattern = _QUOTED if head == b'"' else _ATOM
            match = pattern.match(line, at)
            if match is None or match.end() == at:
                raise SyntaxProblem("a quoted string does not end")
            text = match[1] if head == b'"' else match[0]
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", text).decode("utf-8", "surrogateescape") if head == b'"'
                             else text.decode("utf-8", "surrogateescape"))  # fmt: skip
            at = match.end()


def text_of(word: Word) -> str:
    """Return an atom, a quoted string or a literal as text.

    :raises SyntaxProblem: it is a list.
    """
    if isinstance(word, list):
        raise SyntaxProblem("a list where a string belongs")
    return word.decode("utf-8", "surrogateescape") if isinstance(word, bytes) else word


def flatten(word: Word) -> list[str]:
    """Return the texts of a list, or of a single word."""
    return [text_of(item) for item in word] if isinstance(word, list) else [text_of(word)]


def quote(text: str) -> str:
    """Write a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def numbers(text: str, largest: int) -> list[int]:
    """Expand a sequence set such as ``1:3,5,*`` (RFC 3501 section 9), bounded by ``largest``.

    :raises SyntaxProblem: it is none.
    """
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition(":")
        try:
            ends = [largest if end == "*" else int(end) for end in (first, last or first)]
        except ValueError:
            raise SyntaxProblem(f"no sequence set: {text}") from None
        low, high = min(ends), max(ends)
        if low < 1 and largest:
            raise SyntaxProblem("numbers begin at 1")
        found.update(range(max(low, 1), min(high, largest) + 1))
    return sorted(found)
