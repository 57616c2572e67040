"""The verbs of IMAP that speak of folders (RFC 3501 section 6.3), NAMESPACE, and APPEND with UIDPLUS."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from fakes.imap_grammar import Bad, No, Word, flatten, quote, text_of
from fakes.imap_messages import MessageVerbs, canonical
from fakes.imap_view import View
from fakes.mail import utc

if TYPE_CHECKING:
    from datetime import datetime

    from fakes.mail import Folder

FLAGS = r"\Seen \Answered \Flagged \Deleted \Draft $MDNSent"


class FolderVerbs(MessageVerbs):
    """Verbs for a signed-in client."""

    async def do_NAMESPACE(self, _: list[Word]) -> None:
        await self.untagged('NAMESPACE (("" "/")) NIL NIL')

    async def do_ENABLE(self, _: list[Word]) -> None:
        await self.untagged("ENABLED")

    async def do_LIST(self, arguments: list[Word]) -> None:
        await self._list("LIST", arguments)

    async def do_LSUB(self, arguments: list[Word]) -> None:
        await self._list("LSUB", arguments)

    async def _list(self, verb: str, arguments: list[Word]) -> None:
        reference, pattern = text_of(arguments[0]), text_of(arguments[1])
        if not pattern:
            await self.untagged(f'{verb} (\\Noselect) "/" ""')
            return
        wanted = _wildcards(reference + pattern)
        for name, folder in self.mail.folders.items():
            if wanted.fullmatch(name) and (verb == "LIST" or folder.subscribed):
                inner = any(other.startswith(f"{name}/") for other in self.mail.folders)
                hidden = "" if folder.selectable else "\\Noselect "
                await self.untagged(f'{verb} ({hidden}\\Has{"" if inner else "No"}Children) "/" {quote(name)}')

    async def do_SELECT(self, arguments: list[Word]) -> str:
        return await self._open(text_of(arguments[0]), "SELECT", read_only=False)

    async def do_EXAMINE(self, arguments: list[Word]) -> str:
        return await self._open(text_of(arguments[0]), "EXAMINE", read_only=True)

    async def _open(self, name: str, verb: str, *, read_only: bool) -> str:
        self.view = None
        folder = self._existing(name)
        unseen = next((at for at, item in enumerate(folder.messages, 1) if "\\Seen" not in item.flags), None)
        await self.untagged(f"{len(folder.messages)} EXISTS")
        await self.untagged("0 RECENT")
        await self.untagged(f"FLAGS ({FLAGS})")
        permanent = "" if read_only else FLAGS
        await self.untagged(f"OK [PERMANENTFLAGS ({permanent})] Permanent flags")
        if unseen:
            await self.untagged(f"OK [UNSEEN {unseen}] Is the first unseen message")
        await self.untagged(f"OK [UIDVALIDITY {folder.validity}] UIDVALIDITY value")
        await self.untagged(f"OK [UIDNEXT {folder.next_uid}] The next unique identifier value")
        self.view = View(folder, read_only=read_only)
        return f"[READ-{'ONLY' if read_only else 'WRITE'}] {verb} completed."

    async def do_STATUS(self, arguments: list[Word]) -> None:
        name = text_of(arguments[0])
        folder = self._existing(name)
        figures = {
            "MESSAGES": len(folder.messages),
            "RECENT": 0,
            "UIDNEXT": folder.next_uid,
            "UIDVALIDITY": folder.validity,
            "UNSEEN": sum("\\Seen" not in item.flags for item in folder.messages),
        }
        wanted = [item.upper() for item in flatten(arguments[1])]
        if any(item not in figures for item in wanted):
            raise Bad("STATUS knows MESSAGES, RECENT, UIDNEXT, UIDVALIDITY and UNSEEN.")
        shown = " ".join(f"{item} {figures[item]}" for item in wanted)
        await self.untagged(f"STATUS {quote(folder.name)} ({shown})")

    async def do_CREATE(self, arguments: list[Word]) -> None:
        name = text_of(arguments[0]).rstrip("/")
        known = self.mail.find(name)
        if not name or (known is not None and known.selectable):
            raise No("Mailbox already exists.")
        self.mail.create(name)

    async def do_DELETE(self, arguments: list[Word]) -> None:
        folder = self._existing(text_of(arguments[0]))
        if folder.name == "INBOX":
            raise No("The inbox cannot be deleted.")
        self.mail.delete(folder)

    async def do_RENAME(self, arguments: list[Word]) -> None:
        old, name = text_of(arguments[0]), text_of(arguments[1]).rstrip("/")
        folder = self.mail.find(old)
        if folder is None:
            raise No(f"{old} doesn't exist.")
        if not name or self.mail.find(name) or name.startswith(f"{folder.name}/"):
            raise No("Mailbox already exists.")
        self.mail.rename(folder, name)

    async def do_SUBSCRIBE(self, arguments: list[Word]) -> None:
        self._existing(text_of(arguments[0])).subscribed = True

    async def do_UNSUBSCRIBE(self, arguments: list[Word]) -> None:
        self._existing(text_of(arguments[0])).subscribed = False

    async def do_APPEND(self, arguments: list[Word]) -> str:
        folder = self.mail.find(text_of(arguments[0]))
        if folder is None or not folder.selectable:
            raise No("[TRYCREATE] Mailbox does not exist.")
        data = arguments[-1]
        if not isinstance(data, bytes):
            raise Bad("APPEND needs a literal.")
        flags, at = set[str](), utc(self.context.now())
        for word in arguments[1:-1]:
            if isinstance(word, list):
                flags = canonical(flatten(word))
            else:
                at = _internal_date(text_of(word))
        message = folder.add(data, at, flags)
        return f"[APPENDUID {folder.validity} {message.uid}] APPEND completed."

    def _existing(self, name: str) -> Folder:
        folder = self.mail.find(name)
        if folder is None or not folder.selectable:
            raise No(f"{name} doesn't exist.")
        return folder


def _wildcards(pattern: str) -> re.Pattern[str]:
    """Translate ``*`` and ``%`` of LIST (RFC 3501 section 6.3.8)."""
    text = "".join(".*" if letter == "*" else "[^/]*" if letter == "%" else re.escape(letter) for letter in pattern)
    return re.compile(text, re.IGNORECASE if pattern.upper().startswith("INBOX") else 0)


def _internal_date(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text.strip().replace("-", " ", 2))
    except ValueError:
        raise Bad("Command Argument Error. 11") from None
