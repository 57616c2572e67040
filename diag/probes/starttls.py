"""Does the server offer STARTTLS, keep its word, and send nothing in between?"""  # noqa: D400  a probe is a question

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.failure import Failure, FailureCode
from diag.model.target import Tls
from diag.net.classify import StepFailed
from diag.probes.probe import MAIL, probe
from diag.probes.talks import open_talk
from diag.probes.tcp import connection
from diag.probes.tls import handshake, implicit
from diag.wire.lines import escape
from diag.wire.upgrade import RefusedError, Upgrade

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.net.stream import Stream
    from diag.probes.run import Run
    from diag.probes.talks.base import Talk
    from diag.probes.tcp import Channel


async def secured(run: Run, endpoint: Endpoint) -> Talk:
    """Return a talk that is ready for the sign-in: greeted, protected as the endpoint says, capabilities known.

    :raises StepFailed: a step on the way there did not succeed.
    """
    if endpoint.tls is Tls.STARTTLS:
        return await run.once(upgraded, endpoint)
    channel = await run.once(implicit if endpoint.tls is Tls.IMPLICIT else connection, endpoint)
    talk = open_talk(run, endpoint, channel)
    talk.verified = endpoint.tls is Tls.IMPLICIT and not run.choices.sign_in_anyway
    talk.handshake = channel.handshake
    await talk.greet()
    await talk.learn()
    return talk


async def upgraded(run: Run, endpoint: Endpoint) -> Talk:
    """Greet in plaintext, ask for STARTTLS, do the handshake and ask for the capabilities anew.

    What was announced before TLS is forgotten, since anybody could have written it (RFC 3207 section 4.2).

    :raises StepFailed: a step on the way there did not succeed.
    """
    channel = await run.once(connection, endpoint)
    talk = await ask_for_tls(run, endpoint, channel)
    step = await handshake(run, endpoint, channel, after=talk.after, after_starttls=True)
    talk.after = (step.number,)
    talk.handshake = step.number
    talk.verified = not run.choices.sign_in_anyway
    talk.capabilities = ()
    await talk.learn()
    return talk


async def ask_for_tls(run: Run, endpoint: Endpoint, channel: Channel) -> Talk:
    """Say in plaintext what comes before TLS.

    :raises StepFailed: a step did not succeed.
    """
    talk = open_talk(run, endpoint, channel)
    await talk.greet()
    await talk.learn()
    await talk.start_tls()
    return talk


async def encrypted(run: Run, endpoint: Endpoint) -> None:
    """Wait until TLS has begun at an endpoint that has it, at once or after STARTTLS.

    :raises StepFailed: a step on the way there did not succeed.
    """
    await run.once(upgraded if endpoint.tls is Tls.STARTTLS else implicit, endpoint)


async def walk(stream: Stream, upgrade: Upgrade) -> None:
    """Say in plaintext what comes before TLS, for a question of its own; how that goes usually is on record elsewhere.

    :raises StepFailed: the server does not go as far.
    """
    try:
        while not upgrade.done:
            if answer := upgrade.feed(await stream.read()):
                await stream.write(answer)
    except RefusedError as refused:
        raise StepFailed(Failure.of(FailureCode.REPLY_REFUSED, escape(str(refused), 300))) from None


@probe("starttls", asks="Is STARTTLS offered, and does TLS begin after it?", protocols=MAIL, tls=(Tls.STARTTLS,))
async def starttls(run: Run, endpoint: Endpoint) -> None:
    """Do the upgrade of an endpoint that begins in plaintext."""
    await run.once(upgraded, endpoint)
