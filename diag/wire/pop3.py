"""Replies of a POP3 server (RFC 1939 section 3, RFC 5034 for the continuation)."""

from __future__ import annotations

from dataclasses import dataclass

from diag.wire.lines import LineReader, LineTooLong, Malformed

MOST_LINES = 1000
"""Lines of one reply; a CAPA list has a dozen."""


@dataclass(frozen=True, slots=True)
class Status:
    """``+OK text`` or ``-ERR text``."""

    ok: bool
    text: str

    @property
    def line(self) -> str:
        """The line as it came."""
        return f"{'+OK' if self.ok else '-ERR'} {self.text}".rstrip()


@dataclass(frozen=True, slots=True)
class Continuation:
    """``+ text``: the server waits for a SASL response."""

    text: str

    @property
    def line(self) -> str:
        """The line as it came."""
        return f"+ {self.text}"


@dataclass(frozen=True, slots=True)
class Lines:
    """The body of a multi-line reply, without dot-stuffing."""

    lines: tuple[str, ...]


Event = Status | Continuation | Lines


class Replies:
    """Reads a server's replies."""

    def __init__(self) -> None:
        """Begin at the greeting."""
        self._lines = LineReader()
        self._body: list[str] | None = None

    @property
    def pending(self) -> bytes:
        """What has arrived and is no event yet."""
        body = "".join(f"{line}\r\n" for line in self._body or ())
        return body.encode() + self._lines.pending

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._lines.feed(data)

    def expect_lines(self) -> None:
        """Read what comes next as the body of a multi-line reply."""
        self._body = []

    def next(self) -> Event | None:
        """Return the next event, or None until more arrives.

        :raises Malformed: no line of POP3.
        :raises LineTooLong: a line or a reply beyond every sensible bound.
        """
        while (line := self._lines.next()) is not None:
            if self._body is None:
                return _event(line)
            if line == b".":
                body, self._body = tuple(self._body), None
                return Lines(body)
            if len(self._body) >= MOST_LINES:
                raise LineTooLong(f"a reply of more than {MOST_LINES} lines")
            self._body.append(line.removeprefix(b".").decode("utf-8", errors="backslashreplace"))
        return None


def _event(line: bytes) -> Event:
    text = line.decode("utf-8", errors="backslashreplace")
    word, _, rest = text.partition(" ")
    match word.upper():
        case "+OK":
            return Status(ok=True, text=rest)
        case "-ERR":
            return Status(ok=False, text=rest)
        case "+":
            return Continuation(rest)
    raise Malformed(line)
