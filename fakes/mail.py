"""Messages and folders of one mailbox, in memory: what IMAP, POP3 and SMTP of a world share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

SUBJECTS = ("Printer on the second floor", "Re: VPN does not connect", "New notebook for Anna", "Password reset")
STANDARD = ("INBOX", "Archive", "Deleted Items", "Drafts", "Junk Email", "Sent Items")
"""The folders of a new Exchange mailbox; it announces no SPECIAL-USE."""


@dataclass(slots=True)
class Message:
    """One stored message."""

    uid: int
    data: bytes
    at: datetime
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Folder:
    """A folder with its messages in order of arrival."""

    name: str
    validity: int = 1
    next_uid: int = 1
    messages: list[Message] = field(default_factory=list)
    subscribed: bool = True

    def add(self, data: bytes, at: datetime, flags: set[str] | None = None) -> Message:
        """Store a message."""
        message = Message(self.next_uid, data, at, flags or set())
        self.next_uid += 1
        self.messages.append(message)
        return message


class Store:
    """The folders of one mailbox."""

    def __init__(self, address: str, messages: int, now: datetime) -> None:
        """Fill the inbox with ``messages`` plausible messages."""
        self.folders = {name: Folder(name) for name in STANDARD}
        for number in range(messages):
            at = now - timedelta(hours=messages - number)
            self.folders["INBOX"].add(letter(address, number, at), at)

    def find(self, name: str) -> Folder | None:
        """Return a folder; INBOX in any case of letters (RFC 3501 section 5.1)."""
        return self.folders.get("INBOX" if name.upper() == "INBOX" else name)


def letter(to: str, number: int, at: datetime) -> bytes:
    """Write a message to the helpdesk."""
    lines = (
        f"From: Anna Nowak <anna.nowak{number}@contoso.example>",
        f"To: {to}",
        f"Subject: {SUBJECTS[number % len(SUBJECTS)]}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{number}.{int(at.timestamp())}@contoso.example>",
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 8bit",
        "",
        "Hello,",
        "",
        f"please help. This is number {number}.",
        ".",
        "Anna",
        "",
    )
    return "\r\n".join(lines).encode()


def utc(seconds: float) -> datetime:
    """Return a date of the world's clock."""
    return datetime.fromtimestamp(seconds, UTC)
