"""Who on the way stops a ClientHello? It is sent over connections that stand, in packets that may go ever farther.

Where it dies of its hop limit, it had not come to the filter; from the filter on it is reset, or nothing comes back.
Beside it goes one that passes, which shows how far away the host is, and a trace by connections, which names the
devices: of those the kernel tells nothing once a connection stands.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from diag.model.hops import TraceRoute
from diag.net import path
from diag.net.classify import StepFailed
from diag.probes.trace import beside, name, why_not

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Literal

    from diag.model.hops import Hop
    from diag.model.target import Endpoint
    from diag.net.stream import Stream
    from diag.probes.run import Run
    from diag.probes.tcp import Channel

LONGEST = 1.0
"""Seconds for what a ClientHello meets. The kernel tells of a router's message at the latest when it sends it again."""
PATIENCE = 3.0
"""Seconds for all: other ways are tried for as long at the same time."""

FIRST_PACKET = 1200
"""Bytes sent of a ClientHello that takes more than one packet. Where only the first is lost, the next one would go on
until its own hop limit, and look like it."""

Hello = tuple[str, bytes]
"""The name in it, and its bytes."""


async def locate(
    run: Run,
    endpoint: Endpoint,
    channel: Channel,
    hellos: tuple[Hello, Hello],
    prepare: Callable[[Stream], Awaitable[None]],
) -> None:
    """Trace the first of ``hellos``, which is stopped, and at the same time the second, which may pass."""
    settings = run.network.settings
    if settings.proxies.of(endpoint.host, endpoint.port) is not None:
        return
    why = settings.no_hops or path.why_not() or await run.once(why_not, settings.trace_by)
    stopped, other = hellos
    if why:
        action = TraceRoute(
            address=channel.address, port=channel.port, role="hello", server_name=stopped[0], not_measured=why
        )
        with run.network.record(action, endpoint.subject):
            return
    limit = min(PATIENCE, settings.read_timeout)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit):
            found, _, named = await asyncio.gather(
                _trace(run, endpoint, channel, stopped, "hello", prepare),
                _trace(run, endpoint, channel, other, "hello-control", prepare),
                run.once(beside, (endpoint.host, channel.address, channel.port)),
            )
            await _name(run, found, named)


async def _trace(
    run: Run,
    endpoint: Endpoint,
    channel: Channel,
    hello: Hello,
    role: Literal["hello", "hello-control"],
    prepare: Callable[[Stream], Awaitable[None]],
) -> TraceRoute:
    server_name, sent = hello
    address, port = channel.address, channel.port
    timeout = min(LONGEST, run.network.settings.read_timeout)
    action = TraceRoute(address=address, port=port, role=role, method="connect", server_name=server_name)
    action.size = len(sent)
    if action.size > FIRST_PACKET:
        sent, action.part = sent[:FIRST_PACKET], FIRST_PACKET

    async def ready(stream: Stream) -> None:
        try:
            await prepare(stream)
        except StepFailed as failed:
            raise OSError(str(failed)) from failed

    async def ask(ttl: int) -> Hop:
        return await path.by_hello(address, port, ttl, timeout, hello=sent, prepare=ready)

    with run.network.record(action, endpoint.subject, channel.after):
        await path.trace(action.hops, ask, patient=False)
    return action


async def _name(run: Run, found: TraceRoute, named: TraceRoute) -> None:
    """Ask what the devices on both sides of where it ends call themselves."""
    last = max((hop.ttl for hop in found.hops if hop.answer == "time-exceeded"), default=0)
    devices = [hop.address for hop in named.hops if hop.answer == "time-exceeded" and hop.ttl in {last, last + 1}]
    await asyncio.gather(*(run.once(name, device) for device in devices if device), return_exceptions=True)
