"""One session's view of an open folder: its own numbering, which changes only by what the client has been told.

Another session may remove a message at any time, but this one's numbers stay until an EXPUNGE has been sent to it, and
that may not be in answer to a FETCH, STORE or SEARCH (RFC 3501 section 7.4.1, RFC 2180).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.imap_grammar import Word, numbers, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fakes.mail import Folder, Message


class View:
    """What a client knows of the folder that it has open."""

    def __init__(self, folder: Folder, *, read_only: bool) -> None:
        """Open ``folder`` as it is now."""
        self.folder = folder
        self.read_only = read_only
        self.messages = list(folder.messages)
        """By the client's numbers, from 1."""
        self._flags = {message.uid: frozenset(message.flags) for message in self.messages}
        self._next_uid = folder.next_uid
        self._version = folder.version

    def news(self, *, expunges: bool = True) -> list[str]:
        """Return the untagged responses that bring the client up to date, and take them for sent.

        Without ``expunges`` the messages that are gone stay until the next time.
        """
        if self.folder.version == self._version:
            return []
        lines = self._expunged() if expunges else []
        arrived = [message for message in self.folder.messages if message.uid >= self._next_uid]
        if arrived:
            self.messages += arrived
            self._next_uid = self.folder.next_uid
            lines.append(f"{len(self.messages)} EXISTS")
            self._flags.update((message.uid, frozenset(message.flags)) for message in arrived)
        for number, message in enumerate(self.messages, 1):
            if message.flags != self._flags[message.uid]:
                lines.append(self.flags_of(number, message))
        if expunges:
            self._version = self.folder.version
        return lines

    def _expunged(self) -> list[str]:
        left = {message.uid for message in self.folder.messages}
        gone = [number for number, message in enumerate(self.messages, 1) if message.uid not in left]
        for number in reversed(gone):
            del self._flags[self.messages[number - 1].uid], self.messages[number - 1]
        return [f"{number} EXPUNGE" for number in reversed(gone)]

    def flags_of(self, number: int, message: Message, *, uid: bool = False) -> str:
        """Return the FETCH response with the flags of a message, and take it for sent."""
        self.learn(message)
        return f"{number} FETCH (FLAGS ({' '.join(sorted(message.flags))}){f' UID {message.uid}' if uid else ''})"

    def learn(self, message: Message) -> None:
        """Take it that the client knows the flags of a message."""
        self._flags[message.uid] = frozenset(message.flags)

    def chosen(self, word: Word, *, uid: bool) -> list[tuple[int, Message]]:
        """Return the messages of a sequence set with their numbers; those that do not exist are left out."""
        if not uid:
            return [(at, self.messages[at - 1]) for at in numbers(text_of(word), len(self.messages))]
        largest = self.messages[-1].uid if self.messages else 0
        wanted = set(numbers(text_of(word), largest))
        return [(at, message) for at, message in enumerate(self.messages, 1) if message.uid in wanted]

    def remove(self, uids: Iterable[int]) -> None:
        """Remove messages from the folder; :meth:`news` tells the client."""
        self.folder.remove(uids)
