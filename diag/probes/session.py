"""A whole mail session, as far as the credential and the safety of the channel allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.net.classify import StepFailed
from diag.probes.offers import settled
from diag.probes.starttls import secured

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run

STILL_TALKING = {FailureCode.REPLY_REFUSED, FailureCode.CAPABILITY_MISSING, FailureCode.WITHHELD}
"""Failures after which the connection stands, and is left in the protocol's way."""


async def session(run: Run, endpoint: Endpoint) -> None:
    """Go as far as the credential allows: sign in, use the mailbox, and take leave.

    :raises StepFailed: a step did not succeed.
    """
    talk = await secured(run, endpoint)
    try:
        if run.sign_in.given:
            await settled(run, endpoint)
            await talk.sign_in()
            await talk.use()
    except StepFailed as failed:
        if failed.failure.code in STILL_TALKING:
            await talk.leave()
        raise
    await talk.leave()
