"""Does the TLS handshake succeed, with whose certificate, and which versions are accepted where it does not?"""  # noqa: D400  a probe is a question

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from typing import TYPE_CHECKING, Literal

from diag.model.actions import TlsHandshake, TlsOffer
from diag.model.failure import Failure, FailureCode
from diag.model.target import Tls
from diag.net.classify import StepFailed
from diag.probes.probe import probe
from diag.probes.tcp import Channel, connection, dial
from diag.wire import hello, interception
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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
    trust = run.network.settings.trust
    insist = run.choices.sign_in_anyway
    action = TlsHandshake(
        server_name=endpoint.host,
        address=channel.address,
        after_starttls=after_starttls,
        verified_against=() if insist else trust.live,
    )
    with run.network.record(action, endpoint.subject, after) as step:
        context = trust.unverified_context if insist else trust.context
        try:
            await channel.stream.start_tls(context, endpoint.host)
        except ssl.SSLError as error:
            _note_failure(action, channel, error)
            await _read_chain(run, action, channel)
            raise
        finally:
            action.hello_took = channel.stream.hello_took
        _note_success(action, channel)
        await _read_chain(run, action, channel)
    return step


def _note_failure(action: TlsHandshake, channel: Channel, error: ssl.SSLError) -> None:
    if isinstance(error, ssl.SSLCertVerificationError):
        action.verify_code = error.verify_code
    first = channel.stream.first_bytes
    answer = hello.read_answer(first) if first else None
    if isinstance(answer, hello.NotTls):
        action.first_bytes = escape(first, 80)
    elif isinstance(answer, hello.Alert):
        action.alert = answer.name


def _note_success(action: TlsHandshake, channel: Channel) -> None:
    tls = channel.stream.tls
    if tls is not None:
        cipher = tls.cipher()
        action.version = tls.version()
        action.cipher = cipher[0] if cipher else None
        action.alpn = tls.selected_alpn_protocol()


async def _read_chain(run: Run, action: TlsHandshake, channel: Channel) -> None:
    """Read the certificates as sent, and let each store judge them."""
    chain = channel.stream.peer_chain()
    if not chain:
        return
    from diag.wire import x509  # noqa: PLC0415  57 ms that only a handshake has to pay

    action.chain = tuple(x509.read_certificate(der) for der in chain[: x509.LONGEST_CHAIN])
    action.name_matches = x509.names_match(action.chain[0], action.server_name)
    settings = run.network.settings
    action.stores = await asyncio.to_thread(settings.trust.judge, chain[: x509.LONGEST_CHAIN], settings.clock.now())


async def implicit(run: Run, endpoint: Endpoint) -> Channel:
    """Connect and begin with TLS (RFC 8314 section 3).

    :raises StepFailed: no connection or no handshake.
    """
    channel = await run.once(connection, endpoint)

    async def again() -> Channel:
        return await dial(run, endpoint, channel.address, channel.port, channel.after)

    step = await with_offers(run, endpoint, handshake(run, endpoint, channel, after=channel.after), again)
    return Channel(channel.stream, channel.address, channel.port, (step.number,), suspected=is_suspected(step.action))


def is_suspected(action: TlsHandshake) -> bool:
    """Tell whether a handshake has signs of interception, so that no credential may follow it."""
    suspicion = interception.suspect(action)
    return suspicion is not None and suspicion.suspected


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
