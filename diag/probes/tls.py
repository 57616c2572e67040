"""Does the TLS handshake succeed, with whose certificate, and which versions are accepted where it does not?"""  # noqa: D400  a probe is a question

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import TYPE_CHECKING, Literal

from diag.model.actions import TlsOffer
from diag.model.failure import Failure, FailureCode
from diag.model.target import Tls
from diag.net import handshake as handshakes
from diag.net.classify import StepFailed
from diag.net.handshake import is_suspected
from diag.probes.probe import probe
from diag.probes.tcp import Channel, connection, dial
from diag.wire import hello
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from diag.model.actions import TlsHandshake
    from diag.model.target import Endpoint
    from diag.net.network import Step
    from diag.probes.run import Run

Version = Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
VERSIONS: tuple[Version, ...] = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
WORTH_OFFERING = {
    FailureCode.TLS_VERSION,
    FailureCode.TLS_ALERT,
    FailureCode.TLS_PROTOCOL,
    FailureCode.CONNECTION_RESET,
    FailureCode.CONNECTION_CLOSED,
    FailureCode.READ_TIMEOUT,
}
"""Failures after which it helps to know which versions the far end would take."""


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
    )


async def implicit(run: Run, endpoint: Endpoint) -> Channel:
    """Connect and begin with TLS (RFC 8314 section 3).

    :raises StepFailed: no connection or no handshake.
    """
    channel = await run.once(connection, endpoint)

    async def again() -> Channel:
        return await dial(run, endpoint, channel.address, channel.port, channel.after)

    step = await with_offers(run, endpoint, handshake(run, endpoint, channel, after=channel.after), again)
    return Channel(channel.stream, channel.address, channel.port, (step.number,), suspected=is_suspected(step.action))


async def with_offers(
    run: Run,
    endpoint: Endpoint,
    attempt: Awaitable[Step[TlsHandshake]],
    again: Callable[[], Awaitable[Channel]],
) -> Step[TlsHandshake]:
    """Await the handshake; where it fails otherwise than by its certificate, offer each version alone over ``again``.

    :raises StepFailed: the handshake's failure.
    """
    try:
        return await attempt
    except StepFailed as failed:
        if failed.failure.code in WORTH_OFFERING:
            await asyncio.gather(*(_offer(run, endpoint, version, again) for version in VERSIONS))
        raise


async def _offer(run: Run, endpoint: Endpoint, version: Version, again: Callable[[], Awaitable[Channel]]) -> None:
    with contextlib.suppress(StepFailed):
        channel = await again()
        action = TlsOffer(server_name=endpoint.host, address=channel.address, version=version)
        with run.network.record(action, endpoint.subject, channel.after):
            await _ask_for_version(action, channel)


async def _ask_for_version(action: TlsOffer, channel: Channel) -> None:
    """Send a ClientHello for one version and read whether the answer takes it."""
    random = secrets.token_bytes(32)
    await channel.stream.write(hello.client_hello(action.version, action.server_name, random=random))
    data = b""
    answer = None
    while answer is None and len(data) < hello.LARGEST_ANSWER:
        data += await channel.stream.read()
        answer = hello.read_answer(data)
    channel.stream.close()
    match answer:
        case hello.ServerHello():
            action.accepted = answer.version == action.version
            action.cipher = answer.cipher
        case hello.Alert():
            action.accepted = False
            action.alert = answer.name
        case _:
            raise StepFailed(Failure.of(FailureCode.TLS_NOT_TLS, escape(data, 80)))


@probe("tls", asks="Does TLS begin, and whose certificate is shown?", tls=(Tls.IMPLICIT,))
async def tls(run: Run, endpoint: Endpoint) -> None:
    """Do the handshake of an endpoint that begins with TLS."""
    await run.once(implicit, endpoint)
