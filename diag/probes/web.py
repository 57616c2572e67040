"""HTTP for probes: the way that the options give, and addresses that are asked for once in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Endpoint, Protocol, Tls
from diag.net.web import Way, connect, fetch
from diag.probes.tcp import where
from diag.wire.http import read_url

if TYPE_CHECKING:
    from diag.net.web import Channel, WebReply, WebRequest
    from diag.probes.run import Run
    from diag.wire.http import Url


async def ask(run: Run, request: WebRequest, *, after: tuple[int, ...] = ()) -> WebReply:
    """Make one request within a run: ``--resolve``, ``--connect-to`` and ``--sign-in-anyway`` hold for it too.

    :raises StepFailed: no reply; the step that failed is on record.
    """
    url, way, after = await _way(run, request.url, after)
    return await fetch(run.network, request, subject=url.subject, after=after, way=way)


async def channel(run: Run, address: str) -> Channel:
    """Open a connection within a run, for several requests to the server of a URL; the caller closes it.

    :raises StepFailed: none can be opened; the step that failed is on record.
    """
    url, way, after = await _way(run, address, ())
    return await connect(run.network, address, subject=url.subject, after=after, way=way)


class Session:
    """Requests one after the other, on the connection of another probe as long as the server leaves it open."""

    def __init__(self, run: Run, channel: Channel) -> None:
        """Speak over ``channel``."""
        self._run = run
        self._channel = channel
        self._over = False

    async def ask(self, request: WebRequest) -> WebReply:
        """Make one request.

        :raises StepFailed: no reply; the step that failed is on record.
        """
        if self._over:
            return await ask(self._run, request)
        reply = await self._channel.exchange(request)
        self._over = (reply.header("connection") or "").lower() == "close"
        return reply


async def _way(run: Run, address: str, after: tuple[int, ...]) -> tuple[Url, Way, tuple[int, ...]]:
    url = read_url(address)
    endpoint = Endpoint(protocol=Protocol.HTTPS, host=url.host, port=url.port, tls=Tls.IMPLICIT)
    found, port = await where(run, endpoint)
    way = Way(addresses=found.found, port=port, insist=run.choices.sign_in_anyway)
    return url, way, (*after, *found.after)
