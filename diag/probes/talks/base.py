"""What the talks of all protocols have in common: recording, sending, receiving, and keeping credentials back."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar
from typing import Protocol as Shape

from diag.model.actions import Dialogue, Exchange
from diag.model.failure import FailureCode
from diag.model.secret import scrub
from diag.net.classify import PeerClosed, StepFailed
from diag.net.handshake import is_suspected
from diag.net.patience import within
from diag.wire import sasl
from diag.wire.lines import Malformed, escape

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from diag.model.secret import Secret
    from diag.model.target import Endpoint, Protocol
    from diag.net.network import Step
    from diag.probes.run import Run
    from diag.probes.tcp import Channel

Purpose = Literal["greeting", "capabilities", "starttls", "sign-in", "inbox", "sender", "goodbye"]
T = TypeVar("T")
E_co = TypeVar("E_co", covariant=True)
MOST_LINES = 60
"""Lines of one exchange that are kept on record."""
LONGEST_LINE = 500
"""Characters of a line that are kept."""
GOODBYE_WAIT = 1.0
"""Seconds for a farewell, which decides nothing."""


class Replies(Shape[E_co]):
    """A reader of one protocol's replies: bytes in, events out."""

    @property
    def pending(self) -> bytes:
        """What has arrived and is no event yet."""

    def feed(self, data: bytes) -> None:
        """Take what arrived."""

    def next(self) -> E_co | None:
        """Return the next event, or None until more arrives."""


class Talk:
    """One conversation. Subclasses know one protocol each."""

    protocol: ClassVar[Protocol]

    def __init__(self, run: Run, endpoint: Endpoint, channel: Channel) -> None:
        """Speak over ``channel``, on record under the endpoint's subject."""
        self.run = run
        self.endpoint = endpoint
        self.stream = channel.stream
        self.after = channel.after
        self.capabilities: tuple[str, ...] = ()
        self.verified = False
        """Whether TLS is on and the certificate verified: the condition for sending a credential."""
        self.handshake: int | None = None
        """The observation of the handshake, whose signs of interception are weighed before a credential is sent."""
        self._secrets: tuple[Secret, ...] = run.sign_in.secrets

    @contextlib.contextmanager
    def dialogue(self, purpose: Purpose) -> Iterator[Step[Dialogue]]:
        """Record a stretch of the talk."""
        action = Dialogue(
            protocol=self.protocol, tls=self.endpoint.tls, purpose=purpose, encrypted=self.stream.encrypted
        )
        with self.run.network.record(action, self.endpoint.subject, self.after) as step:
            self.after = (step.number,)
            try:
                yield step
            # What a server sends may be our own words, the credential among them.
            except StepFailed as failed:
                detail = self.clean(failed.failure.detail)
                raise StepFailed(replace(failed.failure, detail=detail), failed.number) from None
            except Malformed as error:
                raise Malformed(self.clean(str(error))) from None

    async def send(self, step: Step[Dialogue], line: str, *, shown: str | None = None) -> None:
        """Send a command line; ``shown`` is what the record gets of it, where the line holds a credential."""
        self.listen(step, scrub(line if shown is None else shown, *self._secrets))
        await self.stream.write(line.encode() + b"\r\n")

    def listen(self, step: Step[Dialogue], sent: str | None = None) -> None:
        """Open an exchange on record, to which what is received next belongs."""
        step.action.exchanges.append(Exchange(sent=sent, at=self.run.network.elapsed()))

    async def receive(self, step: Step[Dialogue], replies: Replies[T]) -> T:
        """Return the next event that the server sends.

        :raises PeerClosed: the server ended the connection first.
        :raises TimeoutError: it did not answer in time.
        :raises Malformed: what it sent is not this protocol.
        """
        exchange = step.action.exchanges[-1]
        async with within(self.run.network.settings.read_timeout):
            try:
                while (event := replies.next()) is None:
                    replies.feed(await self.stream.read())
            except Malformed as error:
                self.note(exchange, str(error))
                raise
            except (PeerClosed, TimeoutError, OSError, asyncio.CancelledError):
                step.action.stalled = self.stream.stalled()
                if replies.pending:
                    self.note(exchange, escape(replies.pending))
                raise
        return event

    def clean(self, text: str) -> str:
        """Make what a server sent fit for the record: scrubbed of every credential, then escaped and shortened."""
        return escape(scrub(text, *self._secrets), LONGEST_LINE)

    def note(self, exchange: Exchange, line: str) -> None:
        """Keep a received line on record."""
        if len(exchange.received) < MOST_LINES:
            exchange.received += (self.clean(line),)

    def keep_challenge(self, step: Step[Dialogue], text: str) -> None:
        """Keep a SASL error challenge on record, decoded."""
        step.action.challenge = self.clean(sasl.decode_challenge(text))

    def keep_secret(self, *secrets: Secret) -> None:
        """Scrub these from the record too: a credential in the form in which it goes over the wire."""
        self._secrets += secrets

    def decide(self, step: Step[Dialogue], status: str, text: str) -> None:
        """Put the decisive status and sentence on record."""
        step.action.status = status
        step.action.text = self.clean(text)

    def refuse(self, step: Step[Dialogue]) -> StepFailed:
        """Make the failure of a step that the server refused, quoting its sentence."""
        action = step.action
        return step.fail(FailureCode.REPLY_REFUSED, f"{action.status} {action.text}".strip())

    def refuse_plaintext(self, step: Step[Dialogue], replies: Replies[object]) -> None:
        """End a STARTTLS whose answer is followed by plaintext: it could be read as if it came inside TLS.

        :raises StepFailed: there is such plaintext (CVE-2011-0411 and its kin).
        """
        if replies.pending:
            self.note(step.action.exchanges[-1], escape(replies.pending))
            raise step.fail(FailureCode.PLAINTEXT_AFTER_STARTTLS, escape(replies.pending))

    def withhold(self, step: Step[Dialogue]) -> None:
        """End a sign-in that would show a credential to somebody else.

        :raises StepFailed: the channel is not safe and the user did not insist.
        """
        number = self.handshake
        suspected = number is not None and is_suspected(self.run.network, number)
        if (self.verified and not suspected) or self.run.choices.sign_in_anyway:
            return
        reason = "the connection is not encrypted"
        if self.stream.encrypted:
            reason = "the connection is intercepted" if suspected else "the certificate is not verified"
        raise step.fail(FailureCode.WITHHELD, reason)

    def choose(self, step: Step[Dialogue], offered: dict[str, bool], *, kind: str) -> str:
        """Return the first mechanism that is offered, in the order of ``offered``.

        :raises StepFailed: none is.
        """
        only = self.run.choices.mechanism
        for mechanism, available in offered.items():
            if available and only in {None, mechanism}:
                step.action.mechanism = mechanism
                return mechanism
        wanted = only or " or ".join(offered)
        raise step.fail(FailureCode.CAPABILITY_MISSING, f"no mechanism for a {kind}: {wanted} not offered")

    def token_response(self, step: Step[Dialogue], offered: Container[str], token: Secret) -> Secret:
        """Choose the mechanism for a bearer token among those ``offered``, and make its response.

        :raises StepFailed: none is offered.
        """
        wanted = {name: name in offered for name in ("XOAUTH2", "OAUTHBEARER")}
        user = self.run.sign_in.user
        if self.choose(step, wanted, kind="token") == "XOAUTH2":
            return sasl.xoauth2(user, token)
        return sasl.oauthbearer(user, self.endpoint.host, self.endpoint.port, token)

    async def greet(self) -> None:
        """Hear the server's first words."""
        raise NotImplementedError

    async def learn(self) -> None:
        """Ask what the server can do."""
        raise NotImplementedError

    async def start_tls(self) -> None:
        """Ask for TLS and stop right before the handshake."""
        raise NotImplementedError

    async def sign_in(self) -> None:
        """Prove the user's identity."""
        raise NotImplementedError

    async def use(self) -> None:
        """Do the smallest thing that shows that the mailbox can be used, and changes nothing."""
        raise NotImplementedError

    async def say_goodbye(self, step: Step[Dialogue]) -> None:
        """Send the farewell and hear the answer."""
        raise NotImplementedError

    async def leave(self) -> None:
        """Take leave in the protocol's way; how that goes decides nothing."""
        with self.dialogue("goodbye") as step, contextlib.suppress(OSError, Malformed, StepFailed):
            async with asyncio.timeout(GOODBYE_WAIT):
                await self.say_goodbye(step)
        self.stream.close()
