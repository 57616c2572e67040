"""One verified TLS handshake on record, with all that the peer sent, also where it fails."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from diag.model.actions import TlsHandshake
from diag.wire import hello, interception
from diag.wire.lines import escape

if TYPE_CHECKING:
    from diag.net.network import Network, Step
    from diag.net.stream import Stream


async def handshake(  # noqa: PLR0913  where, with whom, and why
    network: Network,
    stream: Stream,
    *,
    server_name: str,
    address: str,
    subject: str,
    after: tuple[int, ...],
    after_starttls: bool = False,
    insist: bool = False,
    connect_took: float | None = None,
) -> Step[TlsHandshake]:
    """Encrypt ``stream`` for ``server_name``; with ``insist`` any certificate is accepted.

    :raises StepFailed: no handshake, or a certificate that does not verify.
    """
    trust = network.settings.trust
    action = TlsHandshake(
        server_name=server_name,
        address=address,
        after_starttls=after_starttls,
        verified_against=() if insist else trust.live,
        connect_took=connect_took,
        offered=trust.offered,
    )
    with network.record(action, subject, after) as step:
        try:
            await stream.start_tls(trust.unverified_context if insist else trust.context, server_name)
        except TimeoutError:
            action.stalled = stream.stalled()
            raise
        except ssl.SSLError as error:
            _note_failure(action, stream, error)
            await _read_chain(network, action, stream)
            raise
        finally:
            action.hello_took = stream.hello_took
            answer = hello.read_answer(stream.first_bytes)
            action.hello = answer.shape if isinstance(answer, hello.ServerHello) else None
        _note_success(action, stream)
        await _read_chain(network, action, stream)
    return step


def is_suspected(network: Network, number: int) -> bool:
    """Tell whether a handshake on record has signs of interception by now, so that no credential may follow it."""
    found = interception.weigh(network.observations, network.settings.clock.now()).get(number)
    return found is not None and found.suspected


def _note_failure(action: TlsHandshake, stream: Stream, error: ssl.SSLError) -> None:
    if isinstance(error, ssl.SSLCertVerificationError):
        action.verify_code = error.verify_code
    first = stream.first_bytes
    answer = hello.read_answer(first) if first else None
    if isinstance(answer, hello.NotTls):
        action.first_bytes = escape(first, 300)
    elif isinstance(answer, hello.Alert):
        action.alert = answer.name


def _note_success(action: TlsHandshake, stream: Stream) -> None:
    tls = stream.tls
    if tls is not None:
        cipher = tls.cipher()
        action.version = tls.version()
        action.cipher = cipher[0] if cipher else None


async def _read_chain(network: Network, action: TlsHandshake, stream: Stream) -> None:
    """Read the certificates as sent, and let each store judge them."""
    chain = stream.peer_chain()
    if not chain:
        return
    from diag.wire import x509  # noqa: PLC0415  57 ms that only a handshake has to pay

    action.chain = tuple(x509.read_certificate(der) for der in chain[: x509.LONGEST_CHAIN])
    action.name_matches = x509.names_match(action.chain[0], action.server_name)
    settings = network.settings
    action.timestamps, action.log_list = settings.trust.stamps(chain)
    judged, at = chain[: x509.LONGEST_CHAIN], settings.clock.now()
    known = settings.trust.judged(judged, at)
    action.stores = await asyncio.to_thread(settings.trust.judge, judged, at) if known is None else known
