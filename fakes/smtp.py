"""An SMTP submission server on aiosmtpd, speaking as its personality does.

aiosmtpd brings the grammar, the state machine and DATA; the sentences, the sign-in and the delivery are here.
"""

from __future__ import annotations

import asyncio
import base64
import collections
import contextlib
import email
import email.policy
import logging
from email.utils import format_datetime, parseaddr
from functools import cache
from typing import TYPE_CHECKING, cast

from fakes import sasl
from fakes.connection import LONGEST_LINE, Connection
from fakes.directory import Refusal
from fakes.mail import utc
from fakes.smtp_extensions import MOST_BYTES, Extensions

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

    from fakes.server import Context

SESSION_ID = "08DE2A5B7C9D1E3F"
OWN_WORDS = {
    "220 Ready to start TLS": "start_tls",
    "221 Bye": "bye",
    "354 End data with <CR><LF>.<CR><LF>": "start_data",
}
"""Replies of aiosmtpd for which a personality may have a sentence of its own."""


async def serve(connection: Connection, context: Context) -> None:
    """Hand the connection over to aiosmtpd and wait until it is over."""
    smtp = FakeSmtp(connection, context)
    try:
        await smtp.over
    finally:
        smtp.end()


# aiosmtpd reports what clients do wrong as warnings of its own; whoever wants them can listen.
logging.getLogger("mail.log").addHandler(logging.NullHandler())


class FakeSmtp(Extensions):
    """aiosmtpd's protocol with another voice."""

    line_length_limit = LONGEST_LINE

    def __init__(self, connection: Connection, context: Context) -> None:
        """Take over the transport of ``connection``."""
        self.context = context
        self.speech = context.personality.speech["smtp"]
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        own = context.service.tls
        host, _, rest = self._fill(self.speech.greeting, client=connection.client).partition(" ")
        super().__init__(
            Handler(context),
            hostname=host,
            ident=rest,
            tls_context=context.tls if own == "starttls" else None,
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            auth_require_tls=own == "starttls",
            loop=asyncio.get_running_loop(),
        )
        self.command_size_limits = collections.defaultdict(lambda: LONGEST_LINE)
        self.command_size_limit = LONGEST_LINE
        self.user: str | None = None
        connection.hand_over(self)

    def __dir__(self) -> list[str]:
        """Name what aiosmtpd looks for in every instance it makes: its commands and ways to sign in."""
        return _looked_for()

    def connection_lost(self, error: Exception | None) -> None:
        """Let :func:`serve` return."""
        super().connection_lost(error)
        if not self.over.done():
            self.over.set_result(None)

    def end(self) -> None:
        """Leave nothing of aiosmtpd behind, also where the server closes before it has heard of the client's end."""
        for left in (self._handler_coroutine, self._timeout_handle):
            if left is not None:
                left.cancel()

    def fill(self, text: str, **more: str) -> str:
        """Fill the placeholders of a sentence."""
        assert self.session is not None
        peer = cast("tuple[str, int] | None", self.session.peer)
        return self._fill(text, client=peer[0] if peer else "unknown", **more)

    def _fill(self, text: str, **more: str) -> str:
        now = utc(self.context.now())
        host = self.context.host
        stamp = f"{host} {now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z {SESSION_ID}"
        words = {"host": host, "date": format_datetime(now), "session": SESSION_ID, "stamp": stamp, **more}
        return text.format(**words)

    def mechanisms(self) -> tuple[str, ...]:
        """Return what is offered: nothing before TLS where TLS is to come."""
        if self.tls_context is not None and self._tls_protocol is None:
            return ()
        own = self.context.service.mechanisms
        return self.speech.mechanisms if own is None else own

    def extensions(self) -> list[str]:
        """Return the lines of EHLO after the first."""
        found = []
        for word in self.speech.capabilities:
            if word == "{starttls}":
                found += [] if self.tls_context is None or self._tls_protocol else ["STARTTLS"]
            elif word == "{auth}":
                found += [f"AUTH {' '.join(self.mechanisms())}"] if self.mechanisms() else []
            else:
                found.append(word)
        for act in self.context.behaviours.of("offer"):
            found = act(found)
        return found

    async def push(self, status: str | bytes) -> None:
        """Send a reply, with the personality's sentence where aiosmtpd has one of its own."""
        text = status if isinstance(status, str) else status.decode("utf-8", "surrogateescape")
        own = self.speech.texts.get(OWN_WORDS.get(text, ""))
        await super().push(self.fill(own) if own else text)

    async def smtp_EHLO(self, hostname: str) -> None:
        """EHLO, as the service behaves."""
        behaved = self.behave("EHLO")
        if await self.stopped("EHLO"):
            return
        if behaved:
            await self.push(behaved)
        else:
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        """STARTTLS, as the service behaves."""
        if self.tls_context is not None and not arg:
            connection = Connection(self._reader, self._writer)
            if not await self.context.behaviours.go_on("start-tls", connection, "smtp", ""):
                return
        await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        """AUTH (RFC 4954) with any mechanism of :mod:`fakes.sasl`, and LOGIN."""
        assert self.session is not None
        mechanism, _, response = (arg or "").strip().partition(" ")
        mechanism = mechanism.upper()
        behaved = self.behave("AUTH")
        if await self.stopped("AUTH", given=" " in (arg or "").strip()):
            return
        if behaved:
            await self.push(behaved)
        elif not self.session.extended_smtp:
            await self.push("503 5.5.2 Send hello first")
        elif self.user is not None:
            await self.push("503 5.5.1 Bad sequence of commands")
        elif mechanism not in self.mechanisms():
            await self.push(self.fill(self.speech.texts["unknown_mechanism"]))
        else:
            with contextlib.suppress(Cancelled):
                await self._sign_in(mechanism, response)

    async def _sign_in(self, mechanism: str, response: str) -> None:
        assert self.session is not None
        if mechanism == "LOGIN":
            texts = self.speech.texts
            pair = response or await self._ask(texts["login_user"]), await self._ask(texts["login_password"])
            outcome = sasl.decide_login(self.context.directory, "smtp", *map(sasl.plain_text, pair))
        else:
            response = "" if response == "=" else response or await self._ask("")
            outcome = sasl.decide(self.context.directory, "smtp", mechanism, response)
            if isinstance(outcome, Refusal) and self.speech.challenge and mechanism != "PLAIN":
                await self._ask(base64.b64encode(sasl.CHALLENGE.encode()).decode())
        if isinstance(outcome, Refusal):
            await self.push(self.fill(self.speech.refuse(outcome.value)))
            return
        self.user = outcome.user
        self.session.authenticated = True
        await self.push(self.fill(self.speech.texts["signed_in"]))
        if not await self.context.behaviours.go_on("signed-in", Connection(self._reader, self._writer)):
            assert self.transport is not None
            self.transport.close()

    async def _ask(self, challenge: str) -> str:
        await self.push(f"334 {challenge}")
        answer = (await self._reader.readline()).decode("ascii", "replace").strip()
        if answer == "*":
            await self.push("501 5.7.0 Authentication cancelled")
            raise Cancelled
        return answer

    async def stopped(self, verb: str, *, given: bool = False) -> bool:
        """Tell whether a behaviour has ended the session in place of an answer to a command."""
        return not await self.context.behaviours.go_on("stop", Connection(self._reader, self._writer), verb, given)

    def behave(self, verb: str) -> str | None:
        """Return the reply that a behaviour gives to a command in place of the ordinary one."""
        for act in self.context.behaviours.of("command"):
            reply: str | None = act("smtp", verb)
            if reply:
                return self.fill(reply)
        return None


class Cancelled(Exception):  # noqa: N818  an outcome
    """The client has given the sign-in up (RFC 4954 section 4), and was told so."""


@cache
def _looked_for() -> list[str]:
    return [name for name in dir(FakeSmtp) if name.startswith(("smtp_", "auth_"))]


class Handler:
    """aiosmtpd's hooks."""

    def __init__(self, context: Context) -> None:
        """Deliver into the mailboxes of ``context``."""
        self._context = context

    async def handle_EHLO(
        self, server: FakeSmtp, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """List what is offered, as the personality does."""
        session.host_name = hostname
        first = f"{server.hostname} {server.fill(server.speech.texts['hello'])}".rstrip()
        lines = [first, *server.extensions()]
        return [f"250{' ' if at == len(lines) else '-'}{line}" for at, line in enumerate(lines, 1)]

    async def handle_MAIL(
        self, server: FakeSmtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a sender who is signed in."""
        if await server.stopped("MAIL"):
            return "421 4.4.2 Connection dropped"
        behaved = server.behave("MAIL")
        if behaved:
            return behaved
        if server.user is None:
            return server.fill(server.speech.texts["not_authenticated"])
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return server.fill(server.speech.texts["sender_ok"])

    async def handle_RCPT(
        self, server: FakeSmtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept any recipient."""
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return server.fill(server.speech.texts["recipient_ok"])

    async def handle_DATA(self, server: FakeSmtp, session: Session, envelope: Envelope) -> str:
        """Deliver to the mailboxes of this world; the From field must be the user's own or one it may send as."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        sender = parseaddr(str(email.message_from_bytes(content, policy=email.policy.compat32)["From"] or ""))[1]
        user = server.user or ""
        if not self._context.directory.may_send_as(user, sender or envelope.mail_from or ""):
            return server.fill(server.speech.texts["send_as_denied"], user=user, sender=sender)
        for address in envelope.rcpt_tos:
            if self._context.directory.find(address):
                self._context.store(address).folders["INBOX"].add(content, utc(self._context.now()))
        return server.fill(server.speech.texts["queued"])

    async def handle_exception(self, error: Exception) -> str:
        """Answer a defect, or a client that left in the middle, without a traceback in a client's hands."""
        return f"421 4.3.0 {type(error).__name__}"
