"""Does the server offer STARTTLS, keep its word, and send nothing in between?"""  # noqa: D400  a probe is a question

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.model.target import Tls
from diag.net.classify import StepFailed
from diag.net.handshake import is_suspected
from diag.probes.probe import MAIL, probe
from diag.probes.talks import open_talk
from diag.probes.tcp import Channel, connection, dial
from diag.probes.tls import handshake, implicit, with_offers

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run
    from diag.probes.talks.base import Talk

STILL_TALKING = {FailureCode.REPLY_REFUSED, FailureCode.CAPABILITY_MISSING, FailureCode.WITHHELD}
"""Failures after which the connection stands, and is left in the protocol's way."""


async def secured(run: Run, endpoint: Endpoint) -> Talk:
    """Return a talk that is ready for the sign-in: greeted, protected as the endpoint says, capabilities known.

    :raises StepFailed: a step on the way there did not succeed.
    """
    if endpoint.tls is Tls.STARTTLS:
        return await run.once(upgraded, endpoint)
    channel = await run.once(implicit if endpoint.tls is Tls.IMPLICIT else connection, endpoint)
    talk = open_talk(run, endpoint, channel)
    talk.verified = endpoint.tls is Tls.IMPLICIT and not run.choices.sign_in_anyway
    talk.suspected = channel.suspected
    await talk.greet()
    await talk.learn()
    return talk


async def upgraded(run: Run, endpoint: Endpoint) -> Talk:
    """Greet in plaintext, ask for STARTTLS, do the handshake and ask for the capabilities anew.

    What was announced before TLS is forgotten, since anybody could have written it (RFC 3207 section 4.2).

    :raises StepFailed: a step on the way there did not succeed.
    """
    channel = await run.once(connection, endpoint)
    talk = await _ask_for_tls(run, endpoint, channel)

    async def again() -> Channel:
        fresh = await dial(run, endpoint, channel.address, channel.port, channel.after)
        other = await _ask_for_tls(run, endpoint, fresh)
        return Channel(fresh.stream, fresh.address, fresh.port, other.after)

    attempt = handshake(run, endpoint, channel, after=talk.after, after_starttls=True)
    step = await with_offers(run, endpoint, attempt, again)
    talk.after = (step.number,)
    talk.suspected = is_suspected(step.action)
    talk.verified = not run.choices.sign_in_anyway
    talk.capabilities = ()
    await talk.learn()
    return talk


async def _ask_for_tls(run: Run, endpoint: Endpoint, channel: Channel) -> Talk:
    talk = open_talk(run, endpoint, channel)
    await talk.greet()
    await talk.learn()
    await talk.start_tls()
    return talk


async def session(run: Run, endpoint: Endpoint) -> None:
    """Go as far as the credential allows: sign in, use the mailbox, and take leave.

    :raises StepFailed: a step did not succeed.
    """
    talk = await secured(run, endpoint)
    try:
        if run.sign_in.given:
            await talk.sign_in()
            await talk.use()
    except StepFailed as failed:
        if failed.failure.code in STILL_TALKING:
            await talk.leave()
        raise
    await talk.leave()


@probe("starttls", asks="Is STARTTLS offered, and does TLS begin after it?", protocols=MAIL, tls=(Tls.STARTTLS,))
async def starttls(run: Run, endpoint: Endpoint) -> None:
    """Do the upgrade of an endpoint that begins in plaintext."""
    await run.once(upgraded, endpoint)
