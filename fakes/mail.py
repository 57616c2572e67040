"""Messages and folders of one mailbox, in memory: what IMAP, POP3 and SMTP of a world share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    selectable: bool = True
    """False: only a name that others are below of."""
    version: int = 0
    """Counts the changes, so that a session sees at a glance whether there is news."""
    watchers: set[Callable[[], None]] = field(default_factory=set)
    """Called after each change, for sessions in IDLE."""

    def add(self, data: bytes, at: datetime, flags: set[str] | None = None) -> Message:
        """Store a message."""
        message = Message(self.next_uid, data, at, flags or set())
        self.next_uid += 1
        self.messages.append(message)
        self.changed()
        return message

    def remove(self, uids: Iterable[int]) -> None:
        """Remove messages for good."""
        gone = set(uids)
        if gone:
            self.messages[:] = [message for message in self.messages if message.uid not in gone]
            self.changed()

    def changed(self) -> None:
        """Say that a message came, went or got other flags."""
        self.version += 1
        for call in tuple(self.watchers):
            call()


class Store:
    """The folders of one mailbox."""

    def __init__(self, address: str, messages: int, now: datetime) -> None:
        """Fill the inbox with ``messages`` plausible messages."""
        self.folders = {name: Folder(name) for name in STANDARD}
        self._validity = 1
        for number in range(messages):
            at = now - timedelta(hours=messages - number)
            self.folders["INBOX"].add(letter(address, number, at), at)

    def find(self, name: str) -> Folder | None:
        """Return a folder; INBOX in any case of letters (RFC 3501 section 5.1)."""
        return self.folders.get("INBOX" if name.upper() == "INBOX" else name)

    def below(self, name: str) -> list[Folder]:
        """Return the folders below ``name``."""
        return [folder for folder in self.folders.values() if folder.name.startswith(f"{name}/")]

    def create(self, name: str) -> None:
        """Make a folder and those above it. One that had its name before had another validity (RFC 3501 2.3.1.1)."""
        self._validity += 1
        above, _, _ = name.rpartition("/")
        if above and self.find(above) is None:
            self.create(above)
        self.folders[name] = Folder(name, validity=self._validity)

    def delete(self, folder: Folder) -> None:
        """Delete a folder with its messages; its name stays while there are others below it (RFC 3501 6.3.4)."""
        folder.remove([message.uid for message in folder.messages])
        if self.below(folder.name):
            folder.selectable = False
        else:
            del self.folders[folder.name]

    def rename(self, folder: Folder, name: str) -> None:
        """Rename a folder with those below it; the inbox stays and gives its messages away (RFC 3501 6.3.5)."""
        above, _, _ = name.rpartition("/")
        if above and self.find(above) is None:
            self.create(above)
        if folder.name == "INBOX":
            self.create(name)
            for message in folder.messages:
                self.folders[name].add(message.data, message.at, message.flags)
            folder.remove([message.uid for message in folder.messages])
            return
        old = folder.name
        for moved in (folder, *self.below(folder.name)):
            del self.folders[moved.name]
            moved.name = name + moved.name[len(old) :]
            self.folders[moved.name] = moved


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
