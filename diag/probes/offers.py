"""Which TLS versions does the way to the server allow, and does it vouch for a name that nobody has?"""  # noqa: D400  a probe is a question

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from typing import TYPE_CHECKING

from diag.model.actions import NameTest, TlsHandshake, TlsOffer
from diag.model.failure import Failure, FailureCode
from diag.model.target import Protocol, Tls
from diag.net.classify import StepFailed
from diag.net.stream import closing_on_error
from diag.probes.probe import probe
from diag.probes.starttls import encrypted, walk
from diag.probes.tcp import connection
from diag.wire import hello
from diag.wire.lines import escape
from diag.wire.upgrade import Upgrade

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.net.stream import Stream
    from diag.probes.run import Run
    from diag.probes.tcp import Channel

MODERN: tuple[hello.Version, ...] = ("TLSv1.2", "TLSv1.3")
READABLE: hello.Version = "TLSv1.2"
"""The version in which the choice of an application protocol can be read; in TLS 1.3 it is encrypted."""
PROTOCOLS: dict[Protocol, tuple[str, ...]] = {
    Protocol.IMAP: ("imap", hello.WEB),
    Protocol.POP3: ("pop3", hello.WEB),
    Protocol.HTTPS: (hello.WEB,),
}
"""What is offered by ALPN, in the names that IANA has registered: none is for SMTP. Behind the name of a mail protocol
stands that of the web, which a mail server does not take and a gateway for the web may."""
PATIENCE = 3.0
"""Seconds for which a sign-in waits for the answers of others that may show an interceptor."""


async def questions(run: Run, endpoint: Endpoint) -> None:
    """Ask by connections of their own, once there was an answer to the handshake proper."""
    with contextlib.suppress(StepFailed):
        await encrypted(run, endpoint)
    tried = [item for item in run.network.observations if item.subject == endpoint.subject]
    done = next((item for item in tried if isinstance(item.action, TlsHandshake)), None)
    if done is None or (done.failure and done.failure.code is FailureCode.TLS_NOT_TLS):
        return
    assert isinstance(done.action, TlsHandshake)  # noqa: S101  chosen above
    channel = await run.once(connection, endpoint)
    if not done.action.chain:
        await asyncio.gather(*(_offer(run, endpoint, version, channel) for version in hello.VERSIONS))
        return
    named = endpoint.protocol in PROTOCOLS
    modern = [version for version in MODERN if version != done.action.version and not (named and version == READABLE)]
    asked = [_offer(run, endpoint, version, channel) for version in modern]
    if named:
        asked.append(_offer_protocols(run, endpoint, channel))
    await asyncio.gather(*asked, _offer_old(run, endpoint, channel), _test_names(run, endpoint, channel))


async def settled(run: Run, endpoint: Endpoint) -> None:
    """Wait until the questions to this endpoint and to the others have been answered, but not for ever.

    Only beside each other do some signs of interception show, and after a sign-in it is too late for them.
    """
    if endpoint.tls is Tls.NONE:
        return  # nothing is sent there anyway
    asked = [_compared(run, item) for item in run.target.endpoints if item.tls is not Tls.NONE]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*asked, return_exceptions=True)


async def _compared(run: Run, endpoint: Endpoint) -> None:
    """Wait for all that an endpoint can be compared by: without a handshake there that is nothing.

    :raises StepFailed: there is no handshake.
    """
    await encrypted(run, endpoint)
    await run.once(questions, endpoint)


async def _offer_old(run: Run, endpoint: Endpoint, channel: Channel) -> None:
    """Offer TLS 1.1, and 1.0 only where that was not refused outright: who takes 1.0 would have answered with it."""
    refused = await _offer(run, endpoint, "TLSv1.1", channel)
    if refused != "protocol_version":
        await _offer(run, endpoint, "TLSv1", channel)


async def _offer(run: Run, endpoint: Endpoint, version: hello.Version, channel: Channel) -> str | None:
    """Offer one version alone, and return the alert by which it was refused, if it was."""
    action = TlsOffer(server_name=endpoint.host, address=channel.address, version=version)
    with contextlib.suppress(StepFailed):
        await _put(run, endpoint, action, channel)
    return action.alert


async def _offer_protocols(run: Run, endpoint: Endpoint, channel: Channel) -> None:
    """Offer application protocols along with a version.

    A server may refuse the handshake for them (RFC 7301 section 3.2). So it is not done on the connection of the
    sign-in, and where it may have been the protocols that were refused, the version is offered again without them.
    """
    offered = PROTOCOLS[endpoint.protocol]
    action = TlsOffer(server_name=endpoint.host, address=channel.address, version=READABLE, protocols=offered)
    try:
        await _put(run, endpoint, action, channel)
    except StepFailed as failed:
        doubtful = failed.failure.code in {FailureCode.CONNECTION_RESET, FailureCode.CONNECTION_CLOSED}
    else:
        doubtful = action.accepted is None
    if doubtful:
        await _offer(run, endpoint, READABLE, channel)


async def _put(run: Run, endpoint: Endpoint, action: TlsOffer, channel: Channel) -> None:
    """Make an offer on a connection of its own, on record.

    :raises StepFailed: there is no answer of TLS.
    """
    with run.network.record(action, endpoint.subject, channel.after), await _fresh(run, endpoint, channel) as stream:
        await ask_for_version(action, stream)


async def ask_for_version(action: TlsOffer, stream: Stream) -> None:
    """Send a ClientHello for one version and read whether the answer takes it."""
    random = secrets.token_bytes(32)
    greeting = hello.client_hello(action.version, action.server_name, random=random, protocols=action.protocols)
    await stream.write(greeting)
    data = b""
    answer = None
    while answer is None and len(data) < hello.LARGEST_ANSWER:
        data += await stream.read()
        answer = hello.read_answer(data)
    match answer:
        case hello.ServerHello():
            action.accepted = answer.version == action.version
            action.cipher, action.hello, action.alpn = answer.cipher, answer.shape, answer.protocol
        case hello.Alert():
            about_the_version = not action.protocols or answer.name == "protocol_version"
            action.accepted = False if about_the_version else None
            action.alert = answer.name
        case _:
            raise StepFailed(Failure.of(FailureCode.TLS_NOT_TLS, escape(data, 80)))


async def _test_names(run: Run, endpoint: Endpoint, channel: Channel) -> None:
    """Ask for a name that cannot exist (RFC 6761 section 6.4). Nothing is said inside."""
    from diag.wire import x509  # noqa: PLC0415  57 ms that only a handshake has to pay

    name = f"maildiag-{secrets.token_hex(5)}.invalid"
    action = NameTest(server_name=name, address=channel.address)
    with (
        contextlib.suppress(StepFailed),
        run.network.record(action, endpoint.subject, channel.after),
        await _fresh(run, endpoint, channel) as stream,
    ):
        with contextlib.suppress(ssl.SSLError):  # a server may well refuse a name that is not its own
            await stream.start_tls(run.network.settings.trust.unverified_context, name)
        chain = stream.peer_chain()
        if chain:
            leaf = x509.read_certificate(chain[0])
            action.names, action.issuer = leaf.names, leaf.issuer
            action.matches = x509.names_match(leaf, name)


async def _fresh(run: Run, endpoint: Endpoint, channel: Channel) -> Stream:
    """Open another connection to the same place, up to where TLS begins.

    :raises OSError: it could not be opened, or ended.
    :raises StepFailed: the server does not go as far as before.
    """
    stream = await run.network.open(
        channel.address, channel.port, subject=endpoint.subject, after=channel.after, name=channel.name
    )
    if endpoint.tls is Tls.STARTTLS:
        with closing_on_error(stream):
            await walk(stream, Upgrade(endpoint.protocol))
    return stream


@probe(
    "offers",
    asks="Which TLS versions are taken, and for whom does the other side vouch?",
    tls=(Tls.IMPLICIT, Tls.STARTTLS),
)
async def offers(run: Run, endpoint: Endpoint) -> None:
    """Put the questions that are beside the handshake."""
    await run.once(questions, endpoint)
