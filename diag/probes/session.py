"""A whole mail session, as far as the credential and the safety of the channel allow."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.model.target import Tls
from diag.net.classify import StepFailed
from diag.probes.grant import obtain
from diag.probes.offers import settled
from diag.probes.starttls import ask_for_tls, secured
from diag.probes.talks import open_talk
from diag.probes.tcp import connection, dial
from diag.probes.tls import handshake

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run

SMALL_SEGMENT = 1200
"""Bytes: fits through every link that IPv6 may use (RFC 8200 section 5), headers included."""
STILL_TALKING = {FailureCode.REPLY_REFUSED, FailureCode.CAPABILITY_MISSING, FailureCode.WITHHELD}
"""Failures after which the connection stands, and is left in the protocol's way."""


async def session(run: Run, endpoint: Endpoint) -> None:
    """Go as far as the credential allows: sign in, use the mailbox, and take leave.

    :raises StepFailed: a step did not succeed.
    """
    talk = await secured(run, endpoint)
    try:
        if run.sign_in.given:
            await run.once(obtain, run.target.address)
            talk.keep_secret(*run.sign_in.secrets)
            await settled(run, endpoint)
            await talk.sign_in()
            await talk.use()
    except StepFailed as failed:
        if failed.failure.code in STILL_TALKING:
            await talk.leave()
        if failed.failure.code is FailureCode.READ_TIMEOUT and talk.verified:
            with contextlib.suppress(StepFailed):
                await _in_small_packets(run, endpoint)
        raise
    await talk.leave()


async def _in_small_packets(run: Run, endpoint: Endpoint) -> None:
    """Do it all again in small packets: what goes through then was stopped by its size.

    :raises StepFailed: a step did not succeed.
    """
    first = await run.once(connection, endpoint)
    channel = await dial(run, endpoint, first.address, first.port, first.after, role="control", segment=SMALL_SEGMENT)
    talk = (
        await ask_for_tls(run, endpoint, channel) if endpoint.tls is Tls.STARTTLS else open_talk(run, endpoint, channel)
    )
    step = await handshake(run, endpoint, channel, after=talk.after, after_starttls=endpoint.tls is Tls.STARTTLS)
    talk.after = (step.number,)
    talk.handshake, talk.verified = step.number, not run.choices.sign_in_anyway
    if endpoint.tls is not Tls.STARTTLS:
        await talk.greet()
    talk.capabilities = ()
    await talk.learn()
    await talk.sign_in()
    await talk.leave()
