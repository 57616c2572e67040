"""The verbs of IMAP that speak of messages in the selected folder (RFC 3501 section 6.4), UIDPLUS and MOVE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.imap_fetch import fetch_items, render
from fakes.imap_grammar import Bad, No, Word, flatten, numbers, text_of
from fakes.imap_search import matcher

if TYPE_CHECKING:
    from fakes.connection import Connection
    from fakes.mail import Folder, Message, Store
    from fakes.server import Context


class MessageVerbs:
    """Verbs for a client that has a folder open."""

    SELECTED = frozenset({"FETCH", "STORE", "SEARCH", "COPY", "MOVE", "EXPUNGE", "CLOSE", "UNSELECT", "CHECK"})
    connection: Connection
    context: Context
    store: Store | None
    folder: Folder | None
    read_only: bool
    known: int

    async def untagged(self, text: str) -> None:
        """Send ``* text``."""
        raise NotImplementedError

    @property
    def mail(self) -> Store:
        """The signed-in user's mail."""
        assert self.store is not None
        return self.store

    @property
    def opened(self) -> Folder:
        """The selected folder."""
        assert self.folder is not None
        return self.folder

    async def tell_arrivals(self) -> None:
        """Tell the client how many messages there are, where that has changed."""
        count = len(self.opened.messages)
        if count != self.known:
            self.known = count
            await self.untagged(f"{count} EXISTS")

    def _chosen(self, word: Word, *, uid: bool) -> list[tuple[int, Message]]:
        """Return the messages of a sequence set with their numbers."""
        messages = self.opened.messages
        if uid:
            largest = max((message.uid for message in messages), default=0)
            wanted = set(numbers(text_of(word), largest))
            return [(at, message) for at, message in enumerate(messages, 1) if message.uid in wanted]
        return [(at, messages[at - 1]) for at in numbers(text_of(word), len(messages))]

    async def do_FETCH(self, arguments: list[Word], *, uid: bool = False) -> str:
        items = fetch_items(arguments[1])
        if uid and not any(item.name == "UID" for item in items):
            items = [*fetch_items("UID"), *items]
        for number, message in self._chosen(arguments[0], uid=uid):
            if any(item.marks_seen for item in items) and not self.read_only:
                message.flags.add("\\Seen")
            parts = [render(item, message) for item in items]
            await self.connection.write(b"* %d FETCH (%s)\r\n" % (number, b" ".join(parts)))
        return "FETCH completed."

    async def do_STORE(self, arguments: list[Word], *, uid: bool = False) -> str:
        if self.read_only:
            raise No("The mailbox is read-only.")
        how = text_of(arguments[1]).upper()
        change, _, silent = how.partition(".")
        flags = {flag for word in arguments[2:] for flag in flatten(word)}
        if change not in {"FLAGS", "+FLAGS", "-FLAGS"} or silent not in {"", "SILENT"}:
            raise Bad("STORE knows FLAGS, +FLAGS and -FLAGS.")
        for number, message in self._chosen(arguments[0], uid=uid):
            if change == "FLAGS":
                message.flags = set(flags)
            elif change == "+FLAGS":
                message.flags |= flags
            else:
                message.flags -= flags
            if not silent:
                shown = f"FLAGS ({' '.join(sorted(message.flags))})" + (f" UID {message.uid}" if uid else "")
                await self.untagged(f"{number} FETCH ({shown})")
        return "STORE completed."

    async def do_SEARCH(self, arguments: list[Word], *, uid: bool = False) -> str:
        messages = self.opened.messages
        test = matcher(arguments, len(messages), max((message.uid for message in messages), default=0))
        found = [message.uid if uid else at for at, message in enumerate(messages, 1) if test(at, message)]
        await self.untagged(" ".join(["SEARCH", *map(str, found)]))
        return "SEARCH completed."

    async def do_COPY(self, arguments: list[Word], *, uid: bool = False) -> str:
        return f"{await self._copy(arguments, uid=uid)} COPY completed."

    async def _copy(self, arguments: list[Word], *, uid: bool) -> str:
        target = self.mail.find(text_of(arguments[1]))
        if target is None:
            raise No("[TRYCREATE] Mailbox does not exist.")
        chosen = self._chosen(arguments[0], uid=uid)
        copies = [target.add(message.data, message.at, set(message.flags)) for _, message in chosen]
        old = ",".join(str(message.uid) for _, message in chosen)
        return f"[COPYUID {target.validity} {old} {','.join(str(copy.uid) for copy in copies)}]" if copies else ""

    async def do_MOVE(self, arguments: list[Word], *, uid: bool = False) -> str:
        chosen = {message.uid for _, message in self._chosen(arguments[0], uid=uid)}
        code = await self._copy(arguments, uid=uid)
        await self.untagged(f"OK {code}".strip())
        await self._remove(chosen)
        return "MOVE completed."

    async def do_EXPUNGE(self, _: list[Word]) -> None:
        if self.read_only:
            raise No("The mailbox is read-only.")
        await self._remove({message.uid for message in self.opened.messages if "\\Deleted" in message.flags})

    async def _remove(self, uids: set[int], *, tell: bool = True) -> None:
        for number in range(len(self.opened.messages), 0, -1):
            if self.opened.messages[number - 1].uid in uids:
                del self.opened.messages[number - 1]
                self.known -= 1
                if tell:
                    await self.untagged(f"{number} EXPUNGE")

    async def do_CHECK(self, _: list[Word]) -> None:
        pass

    async def do_CLOSE(self, _: list[Word]) -> None:
        if not self.read_only:
            await self._remove(
                {message.uid for message in self.opened.messages if "\\Deleted" in message.flags}, tell=False
            )
        self.folder = None

    async def do_UNSELECT(self, _: list[Word]) -> None:
        self.folder = None

    async def do_UID_FETCH(self, arguments: list[Word]) -> str:
        return await self.do_FETCH(arguments, uid=True)

    async def do_UID_STORE(self, arguments: list[Word]) -> str:
        return await self.do_STORE(arguments, uid=True)

    async def do_UID_SEARCH(self, arguments: list[Word]) -> str:
        return await self.do_SEARCH(arguments, uid=True)

    async def do_UID_COPY(self, arguments: list[Word]) -> str:
        return await self.do_COPY(arguments, uid=True)

    async def do_UID_MOVE(self, arguments: list[Word]) -> str:
        return await self.do_MOVE(arguments, uid=True)

    async def do_UID_EXPUNGE(self, arguments: list[Word]) -> None:
        chosen = self._chosen(arguments[0], uid=True)
        await self._remove({message.uid for _, message in chosen if "\\Deleted" in message.flags})
