"""A POP3 server (RFC 1939, RFC 2449 CAPA, RFC 5034 AUTH, RFC 2595 STLS)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from fakes import sasl
from fakes.connection import Gone
from fakes.directory import Refusal

if TYPE_CHECKING:
    from fakes.connection import Connection
    from fakes.mail import Folder, Message
    from fakes.server import Context

LONGEST_RESPONSE = 4096
"""Characters of a SASL response that Exchange takes; a longer one is a protocol error (measured in July 2025)."""
BEFORE_SIGN_IN = {"CAPA", "STLS", "AUTH", "USER", "PASS", "QUIT", "NOOP"}


class Err(Exception):  # noqa: N818  an answer
    """The -ERR that a verb ends with; ``last`` hangs up after it."""

    def __init__(self, text: str, *, last: bool = False) -> None:
        """Say ``text``."""
        super().__init__(text)
        self.last = last


class Pop3Session:
    """One client's session. A verb is a method ``do_VERB``: it returns the text of its +OK, or None once answered."""

    def __init__(self, connection: Connection, context: Context) -> None:
        """Speak over ``connection`` for the service of ``context``."""
        self.connection = connection
        self.context = context
        self.speech = context.personality.speech["pop3"]
        self.name = ""
        self.inbox: Folder | None = None
        self.drop: list[Message] = []
        self.deleted: set[int] = set()

    async def run(self) -> None:
        """Greet, and serve commands until the client leaves."""
        await self.connection.send(self.speech.greeting.format(**self.words()))
        while True:
            line = (await self.connection.read_line()).decode("utf-8", "replace")
            verb, _, rest = line.partition(" ")
            try:
                await self._command(verb.upper(), rest.strip())
            except Err as refusal:
                await self.connection.send(f"-ERR {refusal}")
                if refusal.last:
                    raise Gone from None

    def words(self) -> dict[str, str]:
        """Return what the placeholders of this session's texts stand for."""
        host = self.context.host
        banner = base64.b64encode(host.encode("utf-16-le")).decode()
        return {"host": host, "banner": banner, "client": self.connection.client, "session": "t1mb"}

    async def _command(self, verb: str, rest: str) -> None:
        if not await self.context.behaviours.go_on("stop", self.connection, verb, " " in rest):
            raise Gone
        for act in self.context.behaviours.of("command"):
            reply = act("pop3", verb)
            if reply:
                await self.connection.send(reply.format(**self.words()))
                return
        method = getattr(self, f"do_{verb}", None) if verb.isalpha() else None
        allowed = (verb in BEFORE_SIGN_IN - {"QUIT", "NOOP", "CAPA"}) is (self.inbox is None)
        if method is None or not (allowed or verb in {"QUIT", "NOOP", "CAPA"}):
            raise Err(self.speech.texts["invalid_state"])
        text = await method(rest)
        if text is not None:
            await self.connection.send(f"+OK {text}".rstrip())
        if verb == "QUIT":
            raise Gone

    def _mechanisms(self) -> tuple[str, ...]:
        if not (self.connection.encrypted or self.context.service.tls == "none"):
            return ()
        own = self.context.service.mechanisms
        return self.speech.mechanisms if own is None else own

    def _capabilities(self) -> list[str]:
        found = []
        for word in self.speech.capabilities:
            if word == "{sasl}":
                found += [f"SASL {' '.join(self._mechanisms())}"] if self._mechanisms() else []
            elif word == "{starttls}":
                found += [] if self.connection.encrypted or self.context.tls is None else ["STLS"]
            elif word != "USER" or "PLAIN" in self._mechanisms():
                found.append(word)
        if self.context.service.tls == "starttls" and not self.connection.encrypted and "STLS" not in found:
            found.append("STLS")
        for act in self.context.behaviours.of("offer"):
            found = act(found)
        return found

    async def _lines(self, text: str, lines: list[str]) -> None:
        stuffed = [f".{line}" if line.startswith(".") else line for line in lines]
        await self.connection.send("\r\n".join([f"+OK {text}".rstrip(), *stuffed, "."]))

    async def do_CAPA(self, _: str) -> None:
        await self._lines("", self._capabilities())

    async def do_STLS(self, _: str) -> None:
        if self.context.tls is None or "STLS" not in self._capabilities():
            raise Err(self.speech.texts["invalid_state"])
        if not await self.context.behaviours.go_on("start-tls", self.connection, "pop3", ""):
            return
        await self.connection.send(f"+OK {self.speech.texts['begin_tls']}")
        await self.connection.start_tls(self.context.tls)

    async def do_AUTH(self, rest: str) -> str | None:
        if not rest:
            await self._lines("", list(self._mechanisms()))
            return None
        mechanism, _, response = rest.partition(" ")
        mechanism = mechanism.upper()
        if mechanism not in self._mechanisms():
            raise Err(self.speech.refuse("login" if mechanism == "PLAIN" else "default"))
        if response and not self.speech.one_line_auth:
            raise Err(self.speech.texts["protocol_error"], last=True)
        response = response or await self._ask(sasl.USER_NAME if mechanism == "LOGIN" else "")
        if not self.speech.one_line_auth and len(response) > LONGEST_RESPONSE:
            raise Err(self.speech.texts["protocol_error"], last=True)
        if mechanism == "LOGIN":
            pair = map(sasl.plain_text, (response, await self._ask(sasl.PASSWORD)))
            return await self._enter(sasl.decide_login(self.context.directory, "pop3", *pair), "default", "signed_in")
        outcome = sasl.decide(self.context.directory, "pop3", mechanism, response)
        if isinstance(outcome, Refusal) and self.speech.challenge and mechanism != "PLAIN":
            await self._ask(base64.b64encode(sasl.CHALLENGE.encode()).decode())
        return await self._enter(outcome, "default", "signed_in")

    async def do_USER(self, rest: str) -> str:
        if "USER" not in self._capabilities():
            raise Err(self.speech.refuse("login"))
        self.name = rest
        return ""

    async def do_PASS(self, rest: str) -> str:
        if not self.name:
            raise Err(self.speech.texts["invalid_state"])
        outcome = sasl.decide_login(self.context.directory, "pop3", self.name, rest)
        return await self._enter(outcome, "login" if "login" in self.speech.refusals else "default", "logged_on")

    async def _enter(self, outcome: sasl.Outcome, otherwise: str, welcome: str) -> str:
        if isinstance(outcome, Refusal):
            raise Err(self.speech.refuse(outcome.value if outcome.value in self.speech.refusals else otherwise))
        if not await self.context.behaviours.go_on("signed-in", self.connection):
            raise Gone
        self.inbox = self.context.store(outcome.user).folders["INBOX"]
        self.drop = list(self.inbox.messages)
        return self.speech.texts[welcome]

    async def _ask(self, challenge: str) -> str:
        await self.connection.send(f"+ {challenge}")
        answer = (await self.connection.read_line()).decode("ascii", "replace")
        if answer == "*":
            raise Err("Authentication cancelled.")
        return answer

    def _message(self, rest: str) -> tuple[int, Message]:
        number = int(rest) if rest.isdecimal() else 0
        if not 0 < number <= len(self.drop) or number in self.deleted:
            raise Err("The specified message is out of range.")
        return number, self.drop[number - 1]

    def _left(self) -> list[tuple[int, Message]]:
        return [(at, item) for at, item in enumerate(self.drop, 1) if at not in self.deleted]

    async def do_NOOP(self, _: str) -> str:
        return ""

    async def do_STAT(self, _: str) -> str:
        left = self._left()
        return f"{len(left)} {sum(len(message.data) for _, message in left)}"

    async def do_LIST(self, rest: str) -> str | None:
        if rest:
            number, message = self._message(rest)
            return f"{number} {len(message.data)}"
        left = self._left()
        await self._lines(f"{len(left)} messages", [f"{at} {len(message.data)}" for at, message in left])
        return None

    async def do_UIDL(self, rest: str) -> str | None:
        if rest:
            number, message = self._message(rest)
            return f"{number} {message.uid:05d}"
        await self._lines("", [f"{at} {message.uid:05d}" for at, message in self._left()])
        return None

    async def do_RETR(self, rest: str) -> None:
        _, message = self._message(rest)
        await self._send_message(message.data, f"{len(message.data)} octets")

    async def do_TOP(self, rest: str) -> None:
        number, _, count = rest.partition(" ")
        _, message = self._message(number)
        if not count.strip().isdecimal():
            raise Err("TOP needs a number of lines.")
        head, blank, body = message.data.partition(b"\r\n\r\n")
        lines = body.removesuffix(b"\r\n").split(b"\r\n")[: int(count)] if body else []
        await self._send_message(head + blank + b"".join(line + b"\r\n" for line in lines), "")

    async def _send_message(self, data: bytes, text: str) -> None:
        stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in data.split(b"\r\n"))
        end = b"" if stuffed.endswith(b"\r\n") else b"\r\n"
        await self.connection.write(f"+OK {text}".rstrip().encode() + b"\r\n" + stuffed + end + b".\r\n")

    async def do_DELE(self, rest: str) -> str:
        number, _ = self._message(rest)
        self.deleted.add(number)
        return ""

    async def do_RSET(self, _: str) -> str:
        self.deleted.clear()
        return ""

    async def do_QUIT(self, _: str) -> str:
        if self.inbox is not None:
            self.inbox.remove(self.drop[number - 1].uid for number in self.deleted)
        return self.speech.texts["bye"]
