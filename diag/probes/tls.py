"""Does the TLS handshake succeed, and with whose certificate?"""  # noqa: D400  a probe is a question

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Tls
from diag.net import handshake as handshakes
from diag.probes.probe import probe
from diag.probes.tcp import Channel, connection

if TYPE_CHECKING:
    from diag.model.actions import TlsHandshake
    from diag.model.target import Endpoint
    from diag.net.network import Step
    from diag.probes.run import Run


async def handshake(
    run: Run, endpoint: Endpoint, channel: Channel, *, after: tuple[int, ...], after_starttls: bool = False
) -> Step[TlsHandshake]:
    """Do one verified handshake over ``channel``, on record with all that the peer sent.

    :raises StepFailed: no handshake, or a certificate that does not verify.
    """
    return await handshakes.handshake(
        run.network,
        channel.stream,
        server_name=endpoint.host,
        address=channel.address,
        subject=endpoint.subject,
        after=after,
        after_starttls=after_starttls,
        insist=run.choices.sign_in_anyway,
        connect_took=channel.took,
    )


async def implicit(run: Run, endpoint: Endpoint) -> Channel:
    """Connect and begin with TLS (RFC 8314 section 3).

    :raises StepFailed: no connection or no handshake.
    """
    channel = await run.once(connection, endpoint)

    step = await handshake(run, endpoint, channel, after=channel.after)
    return Channel(channel.stream, channel.address, channel.port, (step.number,), handshake=step.number)


@probe("tls", asks="Does TLS begin, and whose certificate is shown?", tls=(Tls.IMPLICIT,))
async def tls(run: Run, endpoint: Endpoint) -> None:
    """Do the handshake of an endpoint that begins with TLS."""
    await run.once(implicit, endpoint)
