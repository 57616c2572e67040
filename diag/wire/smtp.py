"""Replies of an SMTP server (RFC 5321 section 4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from diag.wire.lines import LineReader, LineTooLong, Malformed

NAME = "maildiag.invalid"
"""What we call ourselves in EHLO: a name that can belong to nobody (RFC 2606)."""
MOST_LINES = 500
"""Lines of one reply; an EHLO list has a dozen or two."""
_LINE = re.compile(r"([2-5][0-5]\d)([ -]|\Z)(.*)", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |\Z)")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: its code and the text of each line."""

    code: int
    lines: tuple[str, ...]
    raw: tuple[str, ...]
    """The lines as they came."""

    @property
    def text(self) -> str:
        """The sentence: all lines, joined by blanks."""
        return " ".join(line for line in self.lines if line)

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code, such as ``5.7.139`` (RFC 3463)."""
        match = _ENHANCED.match(self.lines[0])
        return match[1] if match else None


class Replies:
    """Reads a server's replies."""

    def __init__(self) -> None:
        """Begin at the greeting."""
        self._lines = LineReader()
        self._raw: list[str] = []
        self._texts: list[str] = []
        self._code: str | None = None

    @property
    def pending(self) -> bytes:
        """What has arrived and is no event yet."""
        return "".join(f"{line}\r\n" for line in self._raw).encode() + self._lines.pending

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._lines.feed(data)

    def next(self) -> Reply | None:
        """Return the next reply, or None until more arrives.

        :raises Malformed: no line of SMTP, or a code that changes within one reply.
        :raises LineTooLong: a line or a reply beyond every sensible bound.
        """
        while (line := self._lines.next()) is not None:
            text = line.decode("utf-8", errors="backslashreplace")
            match = _LINE.match(text)
            if match is None or self._code not in {None, match[1]}:
                raise Malformed(line)
            if len(self._raw) >= MOST_LINES:
                raise LineTooLong(f"a reply of more than {MOST_LINES} lines")
            self._code = match[1]
            self._raw.append(text)
            self._texts.append(match[3])
            if match[2] != "-":
                reply = Reply(int(match[1]), tuple(self._texts), tuple(self._raw))
                self._raw, self._texts, self._code = [], [], None
                return reply
        return None


def extensions(reply: Reply) -> tuple[str, ...]:
    """Read the extensions of an EHLO reply, upper-case; the first line is the server's name."""
    return tuple(line.upper().strip() for line in reply.lines[1:] if line.strip())
