"""Replies of an IMAP server (RFC 3501 sections 2.2.2 and 7), and the few forms that a client writes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from diag.wire.lines import LineReader, LineTooLong, Malformed

LARGEST_LITERAL = 1 << 20
"""Bytes; nothing that a check asks for is that large."""
MOST_LITERALS = 64
_LITERAL = re.compile(rb"\{(\d{1,10})\+?\}\Z")
_TAGGED = re.compile(r"([A-Za-z0-9._-]{1,64}) (OK|NO|BAD)(?: (.*)|\Z)", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"\[([A-Za-z0-9-]+)(?: ([^\]]*))?\] ?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Untagged:
    """``* text``."""

    text: str

    @property
    def line(self) -> str:
        """The line as it came."""
        return f"* {self.text}"


@dataclass(frozen=True, slots=True)
class Continuation:
    """``+ text``: the server waits for more, or sends a SASL challenge."""

    text: str

    @property
    def line(self) -> str:
        """The line as it came."""
        return f"+ {self.text}"


@dataclass(frozen=True, slots=True)
class Tagged:
    """``tag OK text``: a command's completion. ``status`` is OK, NO or BAD."""

    tag: str
    status: str
    text: str

    @property
    def line(self) -> str:
        """The line as it came."""
        return f"{self.tag} {self.status} {self.text}".rstrip()

    @property
    def code(self) -> str | None:
        """The response code in brackets, such as ``AUTHENTICATIONFAILED`` (RFC 5530)."""
        match = _CODE.match(self.text)
        return match[1].upper() if match else None


Event = Untagged | Continuation | Tagged


class Replies:
    """Reads a server's replies; literals become part of the text."""

    def __init__(self) -> None:
        """Begin at the greeting."""
        self._lines = LineReader()
        self._parts: list[bytes] = []
        self._literal: int | None = None

    @property
    def pending(self) -> bytes:
        """What has arrived and is no event yet."""
        return b"".join(self._parts) + self._lines.pending

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._lines.feed(data)

    def next(self) -> Event | None:
        """Return the next event, or None until more arrives.

        :raises Malformed: no line of IMAP.
        :raises LineTooLong: a line or a literal beyond every sensible bound.
        """
        while True:
            if self._literal is not None:
                data = self._lines.take(self._literal)
                if data is None:
                    return None
                self._parts.append(data)
                self._literal = None
            line = self._lines.next()
            if line is None:
                return None
            self._parts.append(line)
            announced = _LITERAL.search(line)
            if announced is None:
                whole = b"".join(self._parts)
                self._parts.clear()
                return _event(whole)
            self._literal = int(announced[1])
            if self._literal > LARGEST_LITERAL or len(self._parts) > 2 * MOST_LITERALS:
                raise LineTooLong(f"a literal of {self._literal} bytes")


def _event(line: bytes) -> Event:
    text = line.decode("utf-8", errors="backslashreplace")
    if text.startswith("* "):
        return Untagged(text[2:])
    if text == "+" or text.startswith("+ "):
        return Continuation(text[2:])
    match = _TAGGED.match(text)
    if match is None:
        raise Malformed(line)
    return Tagged(match[1], match[2].upper(), match[3] or "")


def capabilities(text: str) -> tuple[str, ...]:
    """Read ``CAPABILITY IMAP4rev1 ...`` into upper-case words."""
    return tuple(word.upper() for word in text.split()[1:])


def exists(text: str) -> int | None:
    """Return the number of ``n EXISTS``, None for any other untagged text."""
    count, _, word = text.partition(" ")
    return int(count) if word.upper() == "EXISTS" and count.isdecimal() and len(count) < 11 else None  # noqa: PLR2004


def quote(text: str) -> str:
    """Write ``text`` as a quoted string (RFC 3501 section 9).

    :raises ValueError: it holds a line ending or a NUL, which no quoted string can.
    """
    if any(character in text for character in "\r\n\0"):
        message = "a quoted string cannot hold CR, LF or NUL"
        raise ValueError(message)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
