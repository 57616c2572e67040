"""The shortest way through a plaintext greeting to where TLS begins, for questions that only concern TLS.

Bytes in, bytes out: what is not said here, the talks say on record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from diag.model.target import Protocol
from diag.wire.lines import LineReader
from diag.wire.smtp import NAME

_LONGEST = 100
"""Lines that one answer may have."""
_STEPS: dict[Protocol, tuple[tuple[bytes, str], ...]] = {
    Protocol.IMAP: ((b"", r"\* (OK|PREAUTH)"), (b"t1 STARTTLS\r\n", "t1 OK")),
    Protocol.POP3: ((b"", r"\+OK"), (b"STLS\r\n", r"\+OK")),
    Protocol.SMTP: ((b"", "220( |$)"), (f"EHLO {NAME}\r\n".encode(), "250( |$)"), (b"STARTTLS\r\n", "220( |$)")),
}
"""What is sent, and what the line looks like that ends the answer to it."""
_GOES_ON = {
    Protocol.IMAP: r"\* (?!BYE)",
    Protocol.POP3: "(?!x)x",  # nothing: these answers have one line
    Protocol.SMTP: r"\d{3}-",
}


class RefusedError(ValueError):
    """The server does not go where TLS begins; the text is its answer."""


@dataclass(slots=True)
class Upgrade:
    """One walk through the steps of a protocol."""

    protocol: Protocol
    first: bytes = b""
    """What arrived first: the greeting, or its beginning."""
    _reader: LineReader = field(default_factory=LineReader)
    _at: int = 0
    _lines: int = 0

    @property
    def done(self) -> bool:
        """Whether TLS begins next."""
        return self._at == len(_STEPS[self.protocol])

    @property
    def pending(self) -> bytes:
        """What has arrived beyond the last answer: nothing may, before TLS begins (RFC 3207 section 4.2)."""
        return self._reader.pending

    def feed(self, data: bytes) -> bytes:
        """Take what arrived, and return what has to be sent next, nothing where more has to arrive.

        :raises RefusedError: the answer is another one.
        """
        self.first = self.first or data
        self._reader.feed(data)
        while (line := self._reader.next()) is not None:
            text = line.decode("latin-1")
            self._lines += 1
            if re.match(_STEPS[self.protocol][self._at][1], text):
                self._at += 1
                return b"" if self.done else _STEPS[self.protocol][self._at][0]
            if not re.match(_GOES_ON[self.protocol], text) or self._lines > _LONGEST:
                raise RefusedError(text)
        return b""
