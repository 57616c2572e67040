"""HTTP for probes: the way that the options give, and addresses that are asked for once in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Endpoint, Protocol, Tls
from diag.net.web import Way, fetch
from diag.probes.tcp import where
from diag.wire.http import read_url

if TYPE_CHECKING:
    from diag.net.web import WebReply, WebRequest
    from diag.probes.run import Run


async def ask(run: Run, request: WebRequest, *, after: tuple[int, ...] = ()) -> WebReply:
    """Make one request within a run: ``--resolve``, ``--connect-to`` and ``--sign-in-anyway`` hold for it too.

    :raises StepFailed: no reply; the step that failed is on record.
    """
    url = read_url(request.url)
    endpoint = Endpoint(protocol=Protocol.HTTPS, host=url.host, port=url.port, tls=Tls.IMPLICIT)
    found, port = await where(run, endpoint)
    way = Way(addresses=found.found, port=port, insist=run.choices.sign_in_anyway)
    return await fetch(run.network, request, subject=url.subject, after=(*after, *found.after), way=way)
