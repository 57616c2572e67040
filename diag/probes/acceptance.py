"""Who has accepted a connection over which nothing of the server comes, or only late: the server, or a device?

A device that answers SYNs in the name of servers does so for an address that nobody has as well, and from nearer than
packets to another port of the server travel. Nothing of this is asked while servers answer as they should.
"""  # noqa: D400  a probe is a question

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from diag.model.actions import TlsHandshake
from diag.model.target import Tls, subject_of
from diag.net.classify import StepFailed
from diag.probes.contrast import usual
from diag.probes.probe import probe
from diag.probes.starttls import encrypted
from diag.probes.tcp import connection
from diag.probes.trace import CONTROL_PORT, another_port, beside, name, note, unmeasured, why_not
from diag.wire.acceptance import late, wordless

if TYPE_CHECKING:
    from diag.model.hops import TraceRoute
    from diag.model.target import Endpoint
    from diag.probes.run import Run
    from diag.probes.tcp import Channel

LONGEST = 2.0
"""Seconds for all: who answers in the name of servers does so at once. Other ways are tried at the same time."""


@probe(
    "acceptance",
    asks="Where nothing of the server comes over a connection: who has accepted it?",
    tls=(Tls.IMPLICIT, Tls.STARTTLS),
)
async def acceptance(run: Run, endpoint: Endpoint) -> None:
    """Look who accepts connections to an endpoint that does not answer as its server would."""
    channel = await run.once(connection, endpoint)
    if run.network.settings.proxies.of(endpoint.host, channel.port) is not None:
        return
    began = await _begins(run, endpoint)
    place = (":" in channel.address, channel.port)
    if not began:
        await asyncio.gather(run.once(nowhere, place), hops(run, endpoint, channel))
    elif _late(run, endpoint) and await run.once(nowhere, place):
        await hops(run, endpoint, channel)


async def _begins(run: Run, endpoint: Endpoint) -> bool:
    """Wait for the first that is said, and tell whether the server said it."""
    try:
        await encrypted(run, endpoint)
    except StepFailed as failed:
        return not failed.number or not wordless(run.network.observations[failed.number - 1])
    return True


def _late(run: Run, endpoint: Endpoint) -> bool:
    steps = [item.action for item in run.network.observations if item.subject == endpoint.subject]
    return any(isinstance(step, TlsHandshake) and late(step.connect_took, step.hello_took) for step in steps)


async def nowhere(run: Run, place: tuple[bool, int]) -> bool:
    """Connect to an address that nobody has, at the port of ``place`` and by IPv6 where it says so."""
    if run.choices.controls is not None:
        return False  # the user has said what may be connected to
    ipv6, port = place
    address = str(usual()["nowhere"]["ipv6" if ipv6 else "ipv4"])
    timeout = min(LONGEST, run.network.settings.connect_timeout)
    try:
        stream, _ = await run.network.connect_straight(
            address, port, subject=subject_of(address, port), role="nowhere", timeout=timeout
        )
    except StepFailed:
        return False
    stream.close(reset=True)
    return True


async def hops(run: Run, endpoint: Endpoint, channel: Channel) -> None:
    """See from how far away connections are accepted, and how far packets to another port of the address travel."""
    own = (channel.address, channel.port)
    other = (channel.address, CONTROL_PORT) if channel.port != CONTROL_PORT else another_port(run, own)
    if why := await run.once(why_not, run.network.settings.trace_by):
        note(run, endpoint.subject, own, "control", why)
        if other:
            await run.once(unmeasured, (endpoint.host, *other, why))
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST):
            traces = [run.once(beside, (endpoint.host, *place)) for place in (own, other) if place]
            await _name(run, await asyncio.gather(*traces))


async def _name(run: Run, traces: list[TraceRoute]) -> None:
    """Ask what the devices around where connections are accepted call themselves."""
    end = next((hop.ttl for hop in traces[0].hops if hop.answer == "connected"), 0)
    devices = {hop.address for trace in traces for hop in trace.hops
               if hop.answer == "time-exceeded" and hop.address and hop.ttl in {end, end + 1}}  # fmt: skip
    await asyncio.gather(*(run.once(name, device) for device in devices), return_exceptions=True)
