"""Lines out of a stream of bytes, and hostile bytes made fit to be shown."""

from __future__ import annotations

LONGEST_LINE = 65536
"""Bytes. RFC 5321 and RFC 1939 allow 512, IMAP sets no limit; real capability lines stay under 2,000."""


class Malformed(ValueError):  # noqa: N818  the peer's fault, in the words of the field
    """What was received is not what the protocol allows; the text quotes it, escaped."""

    def __init__(self, line: bytes | str) -> None:
        """Quote ``line``, as received."""
        super().__init__(escape(line))


class LineTooLong(ValueError):  # noqa: N818  the peer's fault, in the words of the field
    """A line, or a reply of many lines, goes on beyond every sensible bound."""


class LineReader:
    """Collects bytes and gives lines without their ending. CRLF ends a line, and so does a bare LF."""

    def __init__(self, limit: int = LONGEST_LINE) -> None:
        """Refuse lines of more than ``limit`` bytes."""
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        self.bare_lf = False
        """Whether any line ended in LF alone (RFC 5321 section 2.3.8 forbids it)."""

    @property
    def pending(self) -> bytes:
        """What has arrived and was not taken."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer += data

    def next(self) -> bytes | None:
        """Return the next line, or None until its ending arrives.

        :raises LineTooLong: the line is longer than the limit, whether its end has arrived or not.
        """
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            if len(self._buffer) > self._limit:
                raise LineTooLong(f"no end of line within {self._limit} bytes")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        if len(line) > self._limit:
            raise LineTooLong(f"a line of more than {self._limit} bytes")
        if line.endswith(b"\r"):
            return line[:-1]
        self.bare_lf = True
        return line

    def take(self, count: int) -> bytes | None:
        """Return the next ``count`` bytes whatever they are, or None until they have arrived."""
        if len(self._buffer) < count:
            return None
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._searched = 0
        return data


_BIDI = {0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF}


def escape(data: bytes | str, limit: int = 200) -> str:
    """Make text that can be printed anywhere of what a server sent, at most ``limit`` characters long.

    Control characters (C0, C1, DEL), separators and everything that changes the direction of text are written as
    escapes, so that no terminal, log or page does what a server says.
    """
    text = data.decode("utf-8", errors="backslashreplace") if isinstance(data, bytes) else data
    cut = text[: limit + 1]
    # Nearly all that servers say is plain; what is not is looked at letter by letter.
    plain = cut.isascii() and cut.isprintable()
    shown = cut if plain else "".join(_escaped(character) for character in cut)
    return shown if len(text) <= limit and len(shown) <= limit else shown[: limit - 1] + "…"


def _escaped(character: str) -> str:
    number = ord(character)
    if 32 <= number < 127 or (number >= 160 and number not in _BIDI and character.isprintable()):  # noqa: PLR2004
        return character
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"  # noqa: PLR2004
