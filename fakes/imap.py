"""An IMAP4rev1 server (RFC 3501) as far as Exchange announces it: the session, and the verbs without a mailbox."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

from fakes import sasl
from fakes.connection import Gone
from fakes.directory import Refusal
from fakes.imap_folders import FolderVerbs
from fakes.imap_grammar import LITERAL, Answered, Bad, No, SyntaxProblem, Word, parse, text_of

if TYPE_CHECKING:
    from fakes.connection import Connection
    from fakes.imap_view import View
    from fakes.mail import Store
    from fakes.server import Context

MOST_ERRORS = 3
"""Bad commands in a row after which Exchange hangs up."""
LARGEST_LITERAL = 32 << 20
ANNOUNCED = {
    "ENABLE": "ENABLE", "ID": "ID", "IDLE": "IDLE", "MOVE": "MOVE", "NAMESPACE": "NAMESPACE",
    "UID_EXPUNGE": "UIDPLUS", "UID_MOVE": "MOVE", "UNSELECT": "UNSELECT",
}  # fmt: skip
"""Verbs of extensions, known only where the server announces them."""
BEFORE_SIGN_IN = {"CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "AUTHENTICATE", "LOGIN", "ID"}


class ImapSession(FolderVerbs):
    """One client's session. A verb is a method ``do_VERB`` that returns the text of its OK."""

    def __init__(self, connection: Connection, context: Context) -> None:
        """Speak over ``connection`` for the service of ``context``."""
        self.connection = connection
        self.context = context
        self.speech = context.personality.speech["imap"]
        self.user: str | None = None
        self.store: Store | None = None
        self.view: View | None = None
        self.broken = False
        """Whether the sign-in succeeded but no mailbox can be opened."""
        self._errors = 0
        self._tag = "*"

    async def run(self) -> None:
        """Greet, and serve commands until the client leaves."""
        text = self.speech.greeting.format(**self.words())
        await self.connection.send(text)
        while True:
            try:
                await self._command(await self._read())
            except SyntaxProblem:
                await self._error(self.speech.texts["command_error"])

    def words(self) -> dict[str, str]:
        """Return what the placeholders of this session's texts stand for."""
        host = self.context.host
        return {
            "host": host,
            "banner": base64.b64encode(host.encode("utf-16-le")).decode(),
            "capabilities": " ".join(self.capabilities()),
            "client": self.connection.client,
            "session": "t1mb",
        }

    def capabilities(self) -> list[str]:
        """Return what is announced at this moment."""
        speech = self.speech
        mechanisms = self.context.service.mechanisms
        offered = [f"AUTH={name}" for name in (speech.mechanisms if mechanisms is None else mechanisms)]
        protected = self.connection.encrypted or self.context.service.tls == "none"
        passwords = "AUTH=PLAIN" in offered or "AUTH=LOGIN" in offered
        if self.user is None and (speech.login_disabled or not passwords or not protected):
            offered.append("LOGINDISABLED")
        if not protected:
            offered = ["LOGINDISABLED"]
        words = speech.capabilities if self.user is None or speech.after_sign_in is None else speech.after_sign_in
        found: list[str] = []
        for word in words:
            if word == "{auth}":
                found += offered
            elif word == "{starttls}":
                found += [] if self.connection.encrypted or self.context.tls is None else ["STARTTLS"]
            else:
                found.append(word)
        for act in self.context.behaviours.of("offer"):
            found = act(found)
        return found

    async def untagged(self, text: str) -> None:
        """Send ``* text``."""
        await self.connection.send(f"* {text}")

    async def _read(self) -> list[bytes]:
        """Read a command with its literals."""
        parts = [await self.connection.read_line()]
        while match := LITERAL.search(parts[-1]):
            size = int(match[1])
            if size > LARGEST_LITERAL:
                raise SyntaxProblem("a literal too large")
            if not match[2]:
                await self.connection.send("+ Ready for additional command text.")
            parts.append(await self.connection.read_exactly(size))
            parts.append(await self.connection.read_line())
        return parts

    async def _command(self, parts: list[bytes]) -> None:
        words = parse(parts)
        if len(words) < 2:  # noqa: PLR2004  a tag and a verb
            self._tag = text_of(words[0]) if words else "*"
            raise SyntaxProblem("a command needs a tag and a verb")
        self._tag, verb, arguments = text_of(words[0]), text_of(words[1]).upper(), words[2:]
        if await self._behaved(verb, given=len(arguments) > 1):
            return
        by_uid = verb == "UID"
        if by_uid and arguments:
            verb, arguments = f"UID_{text_of(arguments[0]).upper()}", arguments[1:]
        try:
            text = await self._perform(verb, arguments)
        except Answered:
            return
        except No as refusal:
            await self.connection.send(f"{self._tag} NO {refusal}")
        except Bad as refusal:
            await self._error(str(refusal))
        else:
            self._errors = 0
            name = verb.removeprefix("UID_") if by_uid else verb
            await self.connection.send(f"{self._tag} OK {text or f'{name} completed.'}")
            if verb == "LOGOUT":
                raise Gone

    async def _behaved(self, verb: str, *, given: bool) -> bool:
        """Tell whether a behaviour has answered a command in place of this server.

        ``given`` is whether an initial response came with it (RFC 4959).

        :raises Gone: it has ended the session.
        """
        if not await self.context.behaviours.go_on("stop", self.connection, verb, given):
            raise Gone
        for act in self.context.behaviours.of("command"):
            reply = act("imap", verb)
            if reply:
                await self.connection.send(f"{self._tag} {reply.format(**self.words())}")
                return True
        return False

    async def _perform(self, verb: str, arguments: list[Word]) -> str | None:
        """Run a verb and return the text of its OK.

        :raises Bad: the verb is not known, not allowed at this moment, or lacks an argument.
        """
        texts = self.speech.texts
        if self.broken and verb not in BEFORE_SIGN_IN:
            raise Bad(texts["not_connected"])
        known = verb not in ANNOUNCED or ANNOUNCED[verb] in self.capabilities()
        method = getattr(self, f"do_{verb}", None) if known else None
        if method is None or not self._allowed(verb):
            raise Bad(texts["command_error" if method is None else "invalid_state"])
        try:
            text: str | None = await method(arguments)
        except IndexError:
            raise Bad(texts["command_error"]) from None
        if self.view is not None:
            await self.tell(expunges=verb not in {"FETCH", "STORE", "SEARCH"})
        return text

    def _allowed(self, verb: str) -> bool:
        if verb in {"AUTHENTICATE", "LOGIN", "STARTTLS"}:
            return self.user is None
        if verb in BEFORE_SIGN_IN:
            return True
        needs_folder = verb.startswith("UID_") or verb in self.SELECTED
        return self.user is not None and (self.view is not None or not needs_folder)

    async def _error(self, text: str) -> None:
        self._errors += 1
        await self.connection.send(f"{self._tag} BAD {text}")
        if self._errors > MOST_ERRORS:
            await self.untagged(f"BYE {self.speech.texts['too_many_errors']}")
            raise Gone

    async def do_CAPABILITY(self, _: list[Word]) -> str:
        await self.untagged(f"CAPABILITY {' '.join(self.capabilities())}")
        return "CAPABILITY completed."

    async def do_NOOP(self, _: list[Word]) -> None:
        pass

    async def do_ID(self, _: list[Word]) -> str:
        await self.untagged(f"ID ({self.speech.texts['id'].strip('()')})")
        return "ID completed"

    async def do_LOGOUT(self, _: list[Word]) -> None:
        await self.untagged(f"BYE {self.speech.texts['bye']}")

    async def do_STARTTLS(self, _: list[Word]) -> None:
        if self.connection.encrypted or self.context.tls is None or "STARTTLS" not in self.capabilities():
            raise Bad(self.speech.texts["command_error"])
        if not await self.context.behaviours.go_on("start-tls", self.connection, "imap", self._tag):
            raise Answered
        await self.connection.send(f"{self._tag} OK Begin TLS negotiation now.")
        await self.connection.start_tls(self.context.tls)
        raise Answered

    async def do_AUTHENTICATE(self, arguments: list[Word]) -> str:
        mechanism = text_of(arguments[0]).upper()
        if f"AUTH={mechanism}" not in self.capabilities():
            # The newer front end refuses passwords before it looks at anything else.
            raise No(self.speech.refuse("login" if mechanism == "PLAIN" else "default"))
        response = text_of(arguments[1]) if len(arguments) > 1 else ""
        if not response and mechanism != "LOGIN":
            response = await self._ask("")
        if mechanism == "LOGIN":
            pair = response or await self._ask(sasl.USER_NAME), await self._ask(sasl.PASSWORD)
            outcome = sasl.decide_login(self.context.directory, "imap", *map(sasl.plain_text, pair))
        else:
            outcome = sasl.decide(self.context.directory, "imap", mechanism, response)
            if isinstance(outcome, Refusal) and self.speech.challenge and mechanism != "PLAIN":
                await self._ask(base64.b64encode(sasl.CHALLENGE.encode()).decode())
        return await self._enter(outcome, "AUTHENTICATE", "default")

    async def do_LOGIN(self, arguments: list[Word]) -> str:
        if "LOGINDISABLED" in self.capabilities():
            raise No(self.speech.refuse("login"))
        outcome = sasl.decide_login(self.context.directory, "imap", text_of(arguments[0]), text_of(arguments[1]))
        return await self._enter(outcome, "LOGIN", "login" if "login" in self.speech.refusals else "default")

    async def _enter(self, outcome: sasl.Outcome, verb: str, otherwise: str) -> str:
        if outcome is Refusal.NOT_CONNECTED and self.speech.not_connected_late:
            self.user, self.broken = "nobody", True
            return f"{verb} completed."
        if isinstance(outcome, Refusal):
            raise No(self.speech.refuse(outcome.value if outcome.value in self.speech.refusals else otherwise))
        self.user = outcome.user
        self.store = self.context.store(outcome.user)
        if not await self.context.behaviours.go_on("signed-in", self.connection):
            raise Gone
        return f"{verb} completed."

    async def _ask(self, challenge: str) -> str:
        await self.connection.send(f"+ {challenge}")
        answer = (await self.connection.read_line()).decode("ascii", "replace")
        if answer == "*":
            raise Bad("AUTHENTICATE cancelled.")
        return answer

    async def do_IDLE(self, _: list[Word]) -> str:
        await self.connection.send("+ IDLE accepted, awaiting DONE command.")
        done = asyncio.ensure_future(self.connection.read_line())
        news = asyncio.Event()
        done.add_done_callback(lambda _: news.set())
        if self.view is not None:
            self.view.folder.watchers.add(news.set)
        try:
            while not done.done():
                if self.view is not None:
                    await self.tell()
                await news.wait()
                news.clear()
            if (await done).upper() != b"DONE":
                raise Bad(self.speech.texts["command_error"])
        finally:
            done.cancel()
            if self.view is not None:
                self.view.folder.watchers.discard(news.set)
        return "IDLE completed."
