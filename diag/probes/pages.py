"""Can the other hosts be reached without which nobody can sign in?

The sign-in page is loaded from more hosts than the one that it is at: where one of them is blocked, the page stays
white although the sign-in service itself is open. They are dialled beside everything else, and once each.
"""  # noqa: D400  a probe is a question

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from diag import clouds
from diag.model.actions import TlsOffer
from diag.model.failure import FailureCode
from diag.model.target import Endpoint, Protocol, Tls
from diag.net.classify import StepFailed
from diag.probes.contrast import look_up
from diag.probes.offers import ask_for_version
from diag.probes.probe import probe
from diag.probes.tcp import connection, dial, first_open

if TYPE_CHECKING:
    from diag.probes.run import Run

PORT = 443
SLOW = {FailureCode.CONNECT_TIMEOUT, FailureCode.READ_TIMEOUT}
"""Ends that may be those of a busy moment; they are tried once more where the sign-in service itself opens."""
MOST_ADDRESSES = 4
"""Addresses of one host that are dialled; these hosts stand behind networks with many."""


async def page_host(run: Run, host: str) -> None:
    """Open a connection to a host of the sign-in page, and see whether TLS begins.

    The certificate is not judged: nothing is sent there, and Microsoft lets these hosts be inspected.

    :raises StepFailed: it has no address, does not open, or TLS is cut off; which is on record.
    """
    endpoint = Endpoint(protocol=Protocol.HTTPS, host=host, port=PORT, tls=Tls.IMPLICIT)
    place = run.choices.connect_to.get((host, PORT), (host, PORT))
    addresses, after = await _addresses(run, *place)
    wanted = [item for item in addresses if item == place[0] or run.network.settings.uses(item)]
    opening = [
        run.spawn(dial(run, endpoint, address, place[1], after, role="control")) for address in wanted[:MOST_ADDRESSES]
    ]
    channel = await first_open(opening)
    offer = TlsOffer(server_name=host, address=channel.address, version="TLSv1.2")
    with run.network.record(offer, endpoint.subject, channel.after), channel.stream as stream:
        await ask_for_version(offer, stream)


async def _addresses(run: Run, host: str, port: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Resolve ``host``, unless the user gave its addresses or a proxy looks them up."""
    given = run.choices.resolve.get((host, port))
    if given or run.network.settings.proxies.resolves(host, port):
        return given or (host,), ()
    return await look_up(run, host)


async def _opens(run: Run, endpoint: Endpoint) -> bool:
    try:
        await run.once(connection, endpoint)
    except StepFailed:
        return False
    return True


@probe("pages", asks="Can the other hosts be reached without which nobody can sign in?", protocols=(Protocol.HTTPS,))
async def pages(run: Run, endpoint: Endpoint) -> None:
    """Dial the hosts of the sign-in page, unless an application signs in by itself, which sees no page."""
    cloud = clouds.of_sign_in(endpoint.host)
    grant = run.sign_in.grant
    if cloud is None or (grant is not None and grant.method.startswith("client-")):
        return

    async def reach(host: str) -> None:
        try:
            await run.once(page_host, host)
        except StepFailed as failed:
            if failed.failure.code in SLOW and await _opens(run, endpoint):
                with contextlib.suppress(StepFailed):  # on record, as the first time
                    await page_host(run, host)

    known = {item.host for item in run.target.endpoints}
    await asyncio.gather(*(reach(host) for host in cloud.page if host not in known))
