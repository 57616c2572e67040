"""Where on the way do packets to a blocked port get lost? The hops to it, beside those to a port that answers."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from typing import TYPE_CHECKING

from diag.model.actions import TcpConnect
from diag.model.failure import FailureCode
from diag.model.hops import Hop, TraceRoute
from diag.model.target import subject_of
from diag.net import path
from diag.net.classify import StepFailed
from diag.net.packets import NoPacketsError, Packets, open_packets
from diag.net.resolver import system_name_servers
from diag.probes.contrast import hunch
from diag.probes.probe import probe
from diag.probes.tcp import attempts, where

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    from diag.model.target import Endpoint
    from diag.net.network import TraceBy
    from diag.probes.run import Run

    Place = tuple[str, int]

CONTROL_PORT = 443
"""Where no other port of the address is known to answer: a refusal by the host counts its distance as well."""
SECOND_PORT = 80
"""Where a firewall that lets only a proxy out drops that one too. It is traced for one address of each family, since
routers do not send many messages in a second."""
SHARE, LONGEST = 0.35, 1.25
"""How long one hop is waited for: a share of the time for a connection, or seconds. After one the kernel asks again."""
WORTH_TRACING = {FailureCode.CONNECT_TIMEOUT, FailureCode.CONNECTION_REFUSED}


async def suspects(run: Run, endpoint: Endpoint) -> list[Place]:
    """Return the addresses that are refused or have not answered for a while; at most one of each family."""
    found, port = await where(run, endpoint)
    started = (await run.once(attempts, endpoint)).tasks
    if not started or run.network.settings.proxies.of(endpoint.host, port) is not None:
        return []
    await asyncio.wait(started, timeout=hunch(run))
    by_family: dict[bool, Place] = {}
    for address, task in zip(found.found, started, strict=True):
        error = task.exception() if task.done() and not task.cancelled() else None
        blocked = isinstance(error, StepFailed) and error.failure.code in WORTH_TRACING
        if not task.done() or blocked:
            by_family.setdefault(":" in address, (address, port))
    return list(by_family.values())


async def locate(run: Run, endpoint: Endpoint, place: Place) -> None:
    """Trace to a blocked place and, at the same time, to another port of the same address."""
    settings = run.network.settings
    why = await run.once(why_not, settings.trace_by)
    if why:
        note(run, endpoint.subject, place, "blocked", why)
        if other := another_port(run, place):
            await run.once(unmeasured, (endpoint.host, *other, why))
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(settings.connect_timeout):
            blocked, compared = await asyncio.gather(
                trace(run, endpoint.subject, place, "blocked"),
                control(run, endpoint, place),
            )
            if not _arrived(compared):
                compared = await run.once(reference, ":" in place[0])
            await _name(run, _around(blocked, compared))


def note(run: Run, subject: str, place: Place, role: Literal["blocked", "control"], why: str) -> int | None:
    """Put on record why there are no hops, with the distance where it is known nevertheless."""
    distance = run.network.settings.distance(*place)
    action = TraceRoute(address=place[0], port=place[1], role=role, not_measured=why, distance=distance)
    with run.network.record(action, subject):
        return distance


async def unmeasured(run: Run, about: tuple[str, str, int, str]) -> None:
    """Do the same for what a blocked port is compared with, where there is a distance to compare."""
    host, address, port, why = about
    if run.network.settings.distance(address, port) is not None:
        note(run, subject_of(host, port), (address, port), "control", why)


async def why_not(run: Run, by: TraceBy) -> str | None:
    """Say why no hops can be measured, or None where they can."""
    if run.network.settings.no_hops or by == "off":
        return run.network.settings.no_hops or "it was not asked for (--trace off)"
    ordinary = path.why_not()
    if _method(by) == "connect":
        return ordinary
    try:
        await run.once(raw, None)
    except NoPacketsError as error:
        return f"{ordinary}; {error}" if ordinary else str(error)
    return None


def _method(by: TraceBy) -> Literal["connect", "packets"]:
    """Choose ordinary connections wherever they tell enough."""
    return "connect" if by == "connect" or (by == "auto" and path.why_not() is None) else "packets"


async def raw(run: Run, _: None) -> Packets:
    """Start the process for raw packets, one for the whole check.

    :raises NoPacketsError: it cannot be had.
    """
    packets = await open_packets()
    run.at_end(packets.close)
    return packets


async def trace(run: Run, subject: str, place: Place, role: Literal["blocked", "control"]) -> TraceRoute:
    """Trace to one place, on record."""
    address, port = place
    timeout = min(SHARE * run.network.settings.connect_timeout, LONGEST)
    action = TraceRoute(address=address, port=port, role=role, method=_method(run.network.settings.trace_by))

    async def ask(ttl: int) -> Hop:
        return await path.by_connecting(address, port, ttl, timeout)

    patient = role == "control"
    with run.network.record(action, subject):
        if action.method == "connect":
            await path.trace(action.hops, ask, patient=patient)
        else:
            packets = await run.once(raw, None)
            action.hops += await packets.trace(address, port, timeout=timeout, patient=patient)
    return action


async def control(run: Run, endpoint: Endpoint, blocked: Place) -> TraceRoute | None:
    """Trace to a port of the same address that is open, or at least to some that are not the one that is blocked."""
    place = another_port(run, blocked)
    if place is None:
        return None
    tracing = run.once(beside, (endpoint.host, *place))
    if place in _open(run):
        return await tracing
    found, other = await asyncio.gather(tracing, run.once(second, ":" in place[0]))
    return found if _arrived(found) or other is None else other


async def second(run: Run, ipv6: bool) -> TraceRoute | None:  # noqa: FBT001  a key of run.once
    """Trace to one more port of an address that is checked, the first of its family."""
    for seen in run.network.observations:
        action = seen.action
        if isinstance(action, TcpConnect) and action.role == "endpoint" and (":" in action.address) is ipv6:
            host = seen.subject.rpartition(":")[0].strip("[]")
            return await run.once(beside, (host, action.address, SECOND_PORT))
    return None


def another_port(run: Run, blocked: Place) -> Place | None:
    """Choose another port of the same address: one that is open, where one is known."""
    address, closed = blocked
    known = [port for seen, port in _open(run) if seen == address and port != closed]
    port = known[0] if known else CONTROL_PORT
    return (address, port) if port != closed else None


async def reference(run: Run, ipv6: bool) -> TraceRoute | None:  # noqa: FBT001  a key of run.once
    """Trace to any other place that is open: the first hops are common to all ways out."""
    known = [place for place in _open(run) if (":" in place[0]) is ipv6]
    return await run.once(beside, (known[0][0], *known[0])) if known else None


async def beside(run: Run, about: tuple[str, str, int]) -> TraceRoute:
    """Trace to what a blocked port is compared with."""
    host, address, port = about
    return await trace(run, subject_of(host, port), (address, port), "control")


def _open(run: Run) -> Iterable[Place]:
    """Yield the places that have been connected to so far."""
    for seen in run.network.observations:
        if not isinstance(seen.action, TcpConnect) or seen.action.role == "nowhere":
            continue
        if seen.took is not None and seen.failure is None:
            yield seen.action.address, seen.action.port


def _arrived(seen: TraceRoute | None) -> bool:
    return seen is not None and any(hop.answer in path.FINAL for hop in seen.hops)


def _around(blocked: TraceRoute, compared: TraceRoute | None) -> set[str]:
    """Return the addresses of the devices between which packets get lost."""
    last = max((hop.ttl for hop in blocked.hops if hop.answer == "time-exceeded"), default=0)
    hops = [*blocked.hops, *(compared.hops if compared else ())]
    return {
        hop.address for hop in hops if hop.address and hop.answer == "time-exceeded" and hop.ttl in {last, last + 1}
    }


async def _name(run: Run, addresses: Iterable[str]) -> None:
    await asyncio.gather(*(run.once(name, address) for address in addresses), return_exceptions=True)


async def name(run: Run, address: str) -> None:
    """Ask what a device calls itself: often that tells whose it is."""
    servers = run.network.settings.name_servers
    asked = servers if servers is not None else await asyncio.to_thread(system_name_servers)
    for server in asked[:1]:
        with contextlib.suppress(StepFailed):
            await run.network.query(ipaddress.ip_address(address).reverse_pointer, "PTR", server)


@probe("trace", asks="Where on the way do packets to a blocked port get lost?")
async def hops(run: Run, endpoint: Endpoint) -> None:
    """Look for the hop that stops the connections of an endpoint, while they are still waited for."""
    places = await suspects(run, endpoint)
    await asyncio.gather(*(locate(run, endpoint, place) for place in places))
