"""IMAP4rev1 as a client speaks it (RFC 3501, RFC 4959 for the initial response, RFC 2595 for STARTTLS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.model.secret import Secret
from diag.model.target import Protocol
from diag.probes.talks.base import Talk
from diag.wire import imap, sasl

if TYPE_CHECKING:
    from diag.model.actions import Dialogue
    from diag.net.network import Step


class ImapTalk(Talk):
    """An IMAP session that opens INBOX read-only."""

    protocol = Protocol.IMAP
    _tags = 0

    def _new_reader(self) -> imap.Replies:
        self._replies = imap.Replies()
        return self._replies

    async def greet(self) -> None:
        """Hear ``* OK``, ``* PREAUTH`` or ``* BYE`` (RFC 3501 section 7.1)."""
        self._new_reader()
        with self.dialogue("greeting") as step:
            self.listen(step)
            event = await self._event(step)
            if not isinstance(event, imap.Untagged):
                raise step.fail(FailureCode.REPLY_MALFORMED, "an IMAP greeting begins with *")
            status, _, text = event.text.partition(" ")
            self.decide(step, status.upper(), text)
            if step.action.status == "BYE":
                raise self.refuse(step)
            if step.action.status not in {"OK", "PREAUTH"}:
                raise step.fail(FailureCode.REPLY_MALFORMED, f"* {status} is no greeting")

    async def learn(self) -> None:
        """Ask for CAPABILITY."""
        with self.dialogue("capabilities") as step:
            untagged = await self._command(step, "CAPABILITY")
            for text in untagged:
                if text.upper().startswith("CAPABILITY "):
                    self.capabilities = imap.capabilities(text)
            step.action.capabilities = self.capabilities

    async def start_tls(self) -> None:
        """STARTTLS; what follows the OK in plaintext is refused. It is also sent where it is not announced.

        A device that deletes the capability from the reply often forgets the command: its answer is evidence.
        """
        with self.dialogue("starttls") as step:
            announced = "STARTTLS" in self.capabilities
            step.action.capabilities = self.capabilities
            await self._command(step, "STARTTLS", must=announced)
            if not announced:
                raise step.fail(FailureCode.CAPABILITY_MISSING, "STARTTLS is not announced")
            self.refuse_plaintext(step, self._replies)
        self._new_reader()

    async def sign_in(self) -> None:
        """AUTHENTICATE with the token or the password, or LOGIN."""
        with self.dialogue("sign-in") as step:
            step.action.capabilities = self.capabilities
            self.withhold(step)
            given = self.run.sign_in
            if given.token is not None:
                mechanisms = {word.removeprefix("AUTH=") for word in self.capabilities if word.startswith("AUTH=")}
                await self._authenticate(step, self.token_response(step, mechanisms, given.token))
            elif given.password is not None:
                offered = {
                    "PLAIN": "AUTH=PLAIN" in self.capabilities,
                    "LOGIN": "LOGINDISABLED" not in self.capabilities,
                }
                if self.choose(step, offered, kind="password") == "PLAIN":
                    await self._authenticate(step, sasl.plain(given.user, given.password))
                else:
                    quoted = Secret(imap.quote(given.password.reveal()))
                    self.keep_secret(quoted)
                    line = f"LOGIN {imap.quote(given.user)} {quoted.reveal()}"
                    await self._command(step, line, shown=f"LOGIN {imap.quote(given.user)} ***")

    async def use(self) -> None:
        """EXAMINE the inbox: the read-only form of SELECT (RFC 3501 section 6.3.2)."""
        with self.dialogue("inbox") as step:
            for text in await self._command(step, "EXAMINE INBOX"):
                count = imap.exists(text)
                if count is not None:
                    step.action.messages = count

    async def say_goodbye(self, step: Step[Dialogue]) -> None:
        """LOGOUT."""
        await self._command(step, "LOGOUT", must=False)

    async def _authenticate(self, step: Step[Dialogue], response: Secret) -> None:
        self.keep_secret(response)
        shown = f"AUTHENTICATE {step.action.mechanism}"
        if "SASL-IR" in self.capabilities:
            await self._command(step, f"{shown} {response.reveal()}", shown=f"{shown} ***")
        else:
            await self._command(step, shown, answers=[response])

    async def _command(
        self,
        step: Step[Dialogue],
        line: str,
        *,
        shown: str | None = None,
        answers: list[Secret] | None = None,
        must: bool = True,
    ) -> list[str]:
        """Send a command, answer continuations, and return the untagged texts up to its completion.

        A continuation beyond the ``answers`` is an error challenge: it is kept, and answered as the mechanism wants.

        :raises StepFailed: with ``must``, the completion is not OK.
        """
        self._tags += 1
        tag = f"m{self._tags}"
        await self.send(step, f"{tag} {line}", shown=None if shown is None else f"{tag} {shown}")
        waiting = list(answers or [])
        untagged: list[str] = []
        while True:
            event = await self._event(step)
            if isinstance(event, imap.Tagged):
                if event.tag != tag:
                    raise step.fail(FailureCode.REPLY_MALFORMED, f"the reply to {tag} has the tag {event.tag}")
                self.decide(step, event.status, event.text)
                if must and event.status != "OK":
                    raise self.refuse(step)
                return untagged
            if isinstance(event, imap.Untagged):
                untagged.append(event.text)
            elif waiting:
                await self.send(step, waiting.pop(0).reveal(), shown="***")
            else:
                self.keep_challenge(step, event.text)
                await self.send(step, sasl.cancel(step.action.mechanism or ""))

    async def _event(self, step: Step[Dialogue]) -> imap.Event:
        event: imap.Event = await self.receive(step, self._replies)
        self.note(step.action.exchanges[-1], event.line)
        return event
