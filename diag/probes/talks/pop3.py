"""POP3 as a client speaks it (RFC 1939, RFC 2449 for CAPA, RFC 5034 for AUTH, RFC 2595 for STLS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.model.target import Protocol
from diag.probes.talks.base import Talk
from diag.wire import pop3, sasl

if TYPE_CHECKING:
    from diag.model.actions import Dialogue
    from diag.model.secret import Secret
    from diag.net.network import Step


class Pop3Talk(Talk):
    """A POP3 session that asks for the size of the maildrop and deletes nothing."""

    protocol = Protocol.POP3

    async def greet(self) -> None:
        """Hear ``+OK`` or ``-ERR``."""
        self._replies = pop3.Replies()
        with self.dialogue("greeting") as step:
            self.listen(step)
            await self._status(step)

    async def learn(self) -> None:
        """Ask for CAPA; a server without it is not wrong, it only offers nothing."""
        with self.dialogue("capabilities") as step:
            await self.send(step, "CAPA")
            if (await self._status(step, must=False)).ok:
                self._replies.expect_lines()
                lines: pop3.Event = await self.receive(step, self._replies)
                if not isinstance(lines, pop3.Lines):
                    raise step.fail(FailureCode.REPLY_MALFORMED, lines.line)
                for line in lines.lines:
                    self.note(step.action.exchanges[-1], line)
                self.capabilities = tuple(line.upper() for line in lines.lines)
            step.action.capabilities = self.capabilities

    async def start_tls(self) -> None:
        """STLS; it is also sent where it is not announced, because the answer is evidence."""
        with self.dialogue("starttls") as step:
            announced = "STLS" in self.capabilities
            step.action.capabilities = self.capabilities
            await self.send(step, "STLS")
            await self._status(step, must=announced)
            if not announced:
                raise step.fail(FailureCode.CAPABILITY_MISSING, "STLS is not announced")
            self.refuse_plaintext(step, self._replies)
        self._replies = pop3.Replies()

    async def sign_in(self) -> None:
        """AUTH with the token or the password, or USER and PASS."""
        with self.dialogue("sign-in") as step:
            step.action.capabilities = self.capabilities
            self.withhold(step)
            given = self.run.sign_in
            mechanisms = self._mechanisms()
            if given.token is not None:
                await self._authenticate(step, self.token_response(step, mechanisms, given.token))
            elif given.password is not None:
                # A server without CAPA has USER all the same: RFC 1939 section 7 has it from the beginning.
                wanted = {"PLAIN": "PLAIN" in mechanisms, "USER": "USER" in self.capabilities or not self.capabilities}
                if self.choose(step, wanted, kind="password") == "PLAIN":
                    await self._authenticate(step, sasl.plain(given.user, given.password))
                else:
                    await self.send(step, f"USER {given.user}")
                    await self._status(step)
                    await self.send(step, f"PASS {given.password.reveal()}", shown="PASS ***")
                    await self._status(step)

    async def use(self) -> None:
        """STAT: how many messages, how many octets."""
        with self.dialogue("inbox") as step:
            await self.send(step, "STAT")
            status = await self._status(step)
            count = status.text.partition(" ")[0]
            step.action.messages = int(count) if count.isdecimal() and len(count) < 10 else None  # noqa: PLR2004  no mailbox has 10^10 messages

    async def say_goodbye(self, step: Step[Dialogue]) -> None:
        """QUIT; nothing was marked as deleted, so nothing is."""
        await self.send(step, "QUIT")
        await self._status(step, must=False)

    def _mechanisms(self) -> set[str]:
        return {word for line in self.capabilities if line.startswith("SASL ") for word in line.split()[1:]}

    async def _authenticate(self, step: Step[Dialogue], response: Secret) -> None:
        """AUTH in two lines: Exchange closes the connection on an initial response in the command line."""
        self.keep_secret(response)
        await self.send(step, f"AUTH {step.action.mechanism}")
        await self._continuation(step)
        await self.send(step, response.reveal(), shown="***")
        event = await self._reply(step)
        if isinstance(event, pop3.Continuation):
            self.keep_challenge(step, event.text)
            await self.send(step, sasl.cancel(step.action.mechanism or ""))
            await self._status(step)
        else:
            self._judge(step, event, must=True)

    async def _continuation(self, step: Step[Dialogue]) -> None:
        event = await self._reply(step)
        if isinstance(event, pop3.Status):
            self._judge(step, event, must=True)
            raise step.fail(FailureCode.REPLY_MALFORMED, "the server did not ask for the response")

    async def _status(self, step: Step[Dialogue], *, must: bool = True) -> pop3.Status:
        event = await self._reply(step)
        if isinstance(event, pop3.Continuation):
            raise step.fail(FailureCode.REPLY_MALFORMED, event.line)
        self._judge(step, event, must=must)
        return event

    def _judge(self, step: Step[Dialogue], status: pop3.Status, *, must: bool) -> None:
        self.decide(step, "+OK" if status.ok else "-ERR", status.text)
        if must and not status.ok:
            raise self.refuse(step)

    async def _reply(self, step: Step[Dialogue]) -> pop3.Status | pop3.Continuation:
        event: pop3.Event = await self.receive(step, self._replies)
        if isinstance(event, pop3.Lines):
            raise step.fail(FailureCode.REPLY_MALFORMED, "a multi-line reply that was not asked for")
        self.note(step.action.exchanges[-1], event.line)
        return event
