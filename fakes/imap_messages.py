"""The verbs of IMAP that speak of messages in the selected folder (RFC 3501 section 6.4), UIDPLUS and MOVE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.imap_fetch import Item, fetch_items, render
from fakes.imap_grammar import Bad, No, Word, flatten, text_of
from fakes.imap_search import matcher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fakes.connection import Connection
    from fakes.imap_view import View
    from fakes.mail import Message, Store
    from fakes.server import Context

SYSTEM_FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "\\Recent")
FLAGS = Item("FLAGS")


class MessageVerbs:
    """Verbs for a client that has a folder open."""

    SELECTED = frozenset({"FETCH", "STORE", "SEARCH", "COPY", "MOVE", "EXPUNGE", "CLOSE", "UNSELECT", "CHECK"})
    connection: Connection
    context: Context
    store: Store | None
    view: View | None

    async def untagged(self, text: str) -> None:
        """Send ``* text``."""
        raise NotImplementedError

    @property
    def mail(self) -> Store:
        """The signed-in user's mail."""
        assert self.store is not None
        return self.store

    @property
    def opened(self) -> View:
        """The selected folder as the client knows it."""
        assert self.view is not None
        return self.view

    def changeable(self) -> View:
        """Return the selected folder.

        :raises No: it was opened by EXAMINE.
        """
        if self.opened.read_only:
            raise No("The mailbox is read-only.")
        return self.opened

    async def tell(self, *, expunges: bool = True) -> None:
        """Tell the client what has come, gone and changed since it was told last."""
        for line in self.opened.news(expunges=expunges):
            await self.untagged(line)

    async def do_FETCH(self, arguments: list[Word], *, uid: bool = False) -> str:
        items = fetch_items(arguments[1])
        if uid and not any(item.name == "UID" for item in items):
            items = [*fetch_items("UID"), *items]
        marks = any(item.marks_seen for item in items) and not self.opened.read_only
        for number, message in self.opened.chosen(arguments[0], uid=uid):
            shown = items
            if marks and "\\Seen" not in message.flags:
                message.flags.add("\\Seen")
                self.opened.folder.changed()
                shown = items if FLAGS in items else [*items, FLAGS]
            if FLAGS in shown:
                self.opened.learn(message)
            parts = [render(item, message) for item in shown]
            await self.connection.write(b"* %d FETCH (%s)\r\n" % (number, b" ".join(parts)))
        return "FETCH completed."

    async def do_STORE(self, arguments: list[Word], *, uid: bool = False) -> str:
        view = self.changeable()
        change, _, silent = text_of(arguments[1]).upper().partition(".")
        flags = canonical(flag for word in arguments[2:] for flag in flatten(word))
        if change not in {"FLAGS", "+FLAGS", "-FLAGS"} or silent not in {"", "SILENT"}:
            raise Bad("STORE knows FLAGS, +FLAGS and -FLAGS.")
        chosen = view.chosen(arguments[0], uid=uid)
        for _, message in chosen:
            if change == "FLAGS":
                message.flags = set(flags)
            elif change == "+FLAGS":
                message.flags |= flags
            else:
                message.flags -= flags
            view.learn(message)
        view.folder.changed()
        for number, message in chosen if not silent else ():
            await self.untagged(view.flags_of(number, message, uid=uid))
        return "STORE completed."

    async def do_SEARCH(self, arguments: list[Word], *, uid: bool = False) -> str:
        messages = self.opened.messages
        test = matcher(arguments, len(messages), messages[-1].uid if messages else 0)
        found = [message.uid if uid else at for at, message in enumerate(messages, 1) if test(at, message)]
        await self.untagged(" ".join(["SEARCH", *map(str, found)]))
        return "SEARCH completed."

    async def do_COPY(self, arguments: list[Word], *, uid: bool = False) -> str:
        return f"{await self._copy(arguments, uid=uid)} COPY completed."

    async def _copy(self, arguments: list[Word], *, uid: bool) -> str:
        target = self.mail.find(text_of(arguments[1]))
        if target is None or not target.selectable:
            raise No("[TRYCREATE] Mailbox does not exist.")
        chosen = self.opened.chosen(arguments[0], uid=uid)
        copies = [target.add(message.data, message.at, set(message.flags)) for _, message in chosen]
        old = ",".join(str(message.uid) for _, message in chosen)
        return f"[COPYUID {target.validity} {old} {','.join(str(copy.uid) for copy in copies)}]" if copies else ""

    async def do_MOVE(self, arguments: list[Word], *, uid: bool = False) -> str:
        view = self.changeable()
        chosen = [message.uid for _, message in view.chosen(arguments[0], uid=uid)]
        code = await self._copy(arguments, uid=uid)
        await self.untagged(f"OK {code}".strip())
        view.remove(chosen)
        return "MOVE completed."

    async def do_EXPUNGE(self, _: list[Word]) -> None:
        self._expunge(self.changeable().messages)

    def _expunge(self, among: Iterable[Message]) -> None:
        self.opened.remove([message.uid for message in among if "\\Deleted" in message.flags])

    async def do_CHECK(self, _: list[Word]) -> None:
        pass

    async def do_CLOSE(self, _: list[Word]) -> None:
        if not self.opened.read_only:
            self._expunge(self.opened.messages)
        self.view = None

    async def do_UNSELECT(self, _: list[Word]) -> None:
        self.view = None

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
        self._expunge([message for _, message in self.changeable().chosen(arguments[0], uid=True)])


def canonical(flags: Iterable[str]) -> set[str]:
    r"""Return flags as they are stored: system flags in one spelling (RFC 3501 section 2.3.2), never \\Recent."""
    known = {flag.lower(): flag for flag in SYSTEM_FLAGS}
    return {known.get(flag.lower(), flag) for flag in flags} - {"\\Recent"}
