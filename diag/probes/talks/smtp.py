"""SMTP submission as a client speaks it (RFC 6409, RFC 5321, RFC 3207 for STARTTLS, RFC 4954 for AUTH)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.model.secret import Secret
from diag.model.target import Protocol
from diag.probes.talks.base import Talk
from diag.wire import sasl, smtp

if TYPE_CHECKING:
    from diag.model.actions import Dialogue
    from diag.net.network import Step


class SmtpTalk(Talk):
    """An SMTP session that stops once the sender is accepted, so that nothing is sent."""

    protocol = Protocol.SMTP

    async def greet(self) -> None:
        """Hear ``220``."""
        self._replies = smtp.Replies()
        with self.dialogue("greeting") as step:
            self.listen(step)
            await self._reply(step, want=(220,))

    async def learn(self) -> None:
        """EHLO."""
        with self.dialogue("capabilities") as step:
            reply = await self._command(step, f"EHLO {smtp.NAME}", want=(250,))
            self.capabilities = smtp.extensions(reply)
            step.action.capabilities = self.capabilities

    async def start_tls(self) -> None:
        """STARTTLS; it is also sent where it is not announced, because the answer is evidence."""
        with self.dialogue("starttls") as step:
            announced = "STARTTLS" in self.capabilities
            step.action.capabilities = self.capabilities
            await self._command(step, "STARTTLS", want=(220,) if announced else None)
            if not announced:
                raise step.fail(FailureCode.CAPABILITY_MISSING, "STARTTLS is not announced")
            self.refuse_plaintext(step, self._replies)
        self._replies = smtp.Replies()

    async def sign_in(self) -> None:
        """AUTH with the token or the password."""
        with self.dialogue("sign-in") as step:
            step.action.capabilities = self.capabilities
            self.withhold(step)
            given = self.run.sign_in
            mechanisms = self._mechanisms()
            if given.token is not None:
                await self._authenticate(step, [self.token_response(step, mechanisms, given.token)])
            elif given.password is not None:
                wanted = {name: name in mechanisms for name in ("PLAIN", "LOGIN")}
                if self.choose(step, wanted, kind="password") == "PLAIN":
                    await self._authenticate(step, [sasl.plain(given.user, given.password)])
                else:
                    pair = (Secret(given.user), given.password)
                    await self._authenticate(step, [_base64(item) for item in pair], initial=False)

    async def use(self) -> None:
        """MAIL FROM with the mailbox's address, and RSET: nothing is sent."""
        with self.dialogue("sender") as step:
            await self._command(step, f"MAIL FROM:<{self.run.target.address}>", want=(250,))
            status, text = step.action.status or "", step.action.text or ""
            await self._command(step, "RSET", want=None)
            self.decide(step, status, text)

    async def say_goodbye(self, step: Step[Dialogue]) -> None:
        """QUIT."""
        await self._command(step, "QUIT", want=None)

    def _mechanisms(self) -> set[str]:
        # "AUTH=LOGIN" is an old form that some servers still announce beside the right one.
        lines = [line.replace("AUTH=", "AUTH ", 1) for line in self.capabilities if line.startswith("AUTH")]
        return {word for line in lines for word in line.split()[1:]}

    async def _authenticate(self, step: Step[Dialogue], responses: list[Secret], *, initial: bool = True) -> None:
        self.keep_secret(*responses)
        waiting = list(responses)
        line = shown = f"AUTH {step.action.mechanism}"
        if initial:
            line, shown = f"{line} {waiting.pop(0).reveal()}", f"{shown} ***"
        reply = await self._command(step, line, shown=shown, want=None)
        while reply.code == 334:  # noqa: PLR2004  RFC 4954 section 4: the server asks for more
            if waiting:
                reply = await self._command(step, waiting.pop(0).reveal(), shown="***", want=None)
            else:
                self.keep_challenge(step, reply.text)
                reply = await self._command(step, sasl.cancel(step.action.mechanism or ""), want=None)
        if reply.code != 235:  # noqa: PLR2004  RFC 4954 section 6
            raise self.refuse(step)

    async def _command(
        self, step: Step[Dialogue], line: str, *, want: tuple[int, ...] | None, shown: str | None = None
    ) -> smtp.Reply:
        await self.send(step, line, shown=shown)
        return await self._reply(step, want=want)

    async def _reply(self, step: Step[Dialogue], *, want: tuple[int, ...] | None) -> smtp.Reply:
        """Receive a reply; where it is not one of ``want``, it is a refusal. None accepts every reply."""
        reply: smtp.Reply = await self.receive(step, self._replies)
        for line in reply.raw:
            self.note(step.action.exchanges[-1], line)
        self.decide(step, str(reply.code), reply.text)
        if want is not None and reply.code not in want:
            if reply.code < 400:  # noqa: PLR2004  neither what was asked for nor a refusal (RFC 5321 section 4.2.1)
                raise step.fail(FailureCode.REPLY_MALFORMED, f"{reply.code} where {want[0]} was expected")
            raise self.refuse(step)
        return reply


def _base64(secret: Secret) -> Secret:
    return Secret(base64.b64encode(secret.reveal().encode()).decode("ascii"))
