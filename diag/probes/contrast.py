"""Where an endpoint does not open: what else does? The same host on another port, the same port elsewhere, a proxy.

A single refusal says little; beside a connection that opens it says whether the port, the host or the whole way out
is at fault. Nothing is compared while all goes well, and a comparison is made while the endpoint is still waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import cache
from typing import TYPE_CHECKING, Any

from diag.model.actions import SystemLookup
from diag.model.failure import FailureCode
from diag.model.target import Protocol
from diag.net.classify import StepFailed
from diag.probes.dns import literal
from diag.probes.probe import probe
from diag.probes.tcp import attempts, connection, where

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.net.proxy import Proxy
    from diag.probes.run import Run

HUNCH = 0.25
"""Share of the time for a connection after which it is worth to look elsewhere, since most open in less."""
LONGEST_HUNCH = 0.5
REFUSALS = 3
"""How often a refused port is tried again, to know how long a refusal takes at least."""
OPENINGS = 3
"""How many round trips to the host itself are measured beside it."""

Place = tuple[str, int]


@cache
def usual() -> dict[str, dict[str, Any]]:
    """Return the places of ``diag/data/controls.toml``."""
    import tomllib  # noqa: PLC0415  only where something is blocked
    from importlib.resources import files  # noqa: PLC0415

    return tomllib.loads(files("diag.data").joinpath("controls.toml").read_text("utf-8"))


def controls(run: Run, endpoint: Endpoint) -> list[Place]:
    """Choose what ``endpoint`` is compared with: what the user names, or a few places of the list."""
    own = [(endpoint.host, int(port)) for port in usual()["same_host"]["ports"]]
    chosen = run.choices.controls
    if chosen is None:
        hosts = {item.host for item in run.target.endpoints}
        other = [str(host) for host in usual()["ports"].get(str(endpoint.port), []) if host not in hosts]
        chosen = tuple((host, endpoint.port) for host in other[:1])
    known = {(item.host, item.port) for item in run.target.endpoints}
    return [place for place in dict.fromkeys((*own, *chosen)) if place not in known]


async def control(run: Run, place: Place) -> None:
    """Open one connection to a place that the endpoint is compared with."""
    host, port = place
    try:
        addresses: tuple[str, ...] = (host,)
        after: tuple[int, ...] = ()
        if not literal(host):
            known = run.choices.resolve.get(place)
            addresses, after = (known, ()) if known else await look_up(run, host)
        wanted = [item for item in addresses if run.network.settings.uses(item)]
        wanted.sort(key=lambda address: ":" in address)
        for address in wanted[:1]:
            await _dial(run, address, port, f"{host}:{port}", after)
    except StepFailed:
        return


async def look_up(run: Run, host: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Resolve a host that is no endpoint, as this computer's applications do.

    :raises StepFailed: it has no address.
    """
    with run.network.record(SystemLookup(name=host, role="control"), host) as step:
        try:
            step.action.addresses = await run.network.settings.lookup(host)
        except OSError as error:
            raise step.fail(FailureCode.DNS_NXDOMAIN, error.strerror or str(error), error.errno) from error
    return step.action.addresses, (step.number,)


async def _dial(run: Run, address: str, port: int, subject: str, after: tuple[int, ...] = ()) -> None:
    stream, _ = await run.network.connect_straight(address, port, subject=subject, after=after, role="control")
    stream.close(reset=True)


async def by_proxy(run: Run, endpoint: Endpoint, proxy: Proxy) -> None:
    """See whether a proxy that is not used for mail would let the endpoint through."""
    try:
        stream, _ = await run.network.connect_through(
            proxy, endpoint.host, endpoint.port, subject=endpoint.subject, role="control"
        )
    except StepFailed:
        return
    stream.close()


async def straight(run: Run, endpoint: Endpoint) -> None:
    """See whether the endpoint could be reached without the proxy that does not let it through."""
    try:
        addresses, after = await look_up(run, endpoint.host)
        for address in sorted(addresses, key=lambda address: ":" in address)[:1]:
            await _dial(run, address, endpoint.port, endpoint.subject, after)
    except StepFailed:
        return


async def _again(run: Run, endpoint: Endpoint) -> None:
    """Time refusals, and round trips to the same address beside them: who refuses may stand nearer than the host."""
    try:
        await run.once(connection, endpoint)
    except StepFailed as failed:
        if failed.failure.code is not FailureCode.CONNECTION_REFUSED:
            return
    else:
        return
    found, port = await where(run, endpoint)
    address = next((item for item in found.found if ":" not in item), found.found[0])
    others = [item.port for item in run.target.endpoints if item.host == endpoint.host and item.port != port]
    beside = [*others, *(int(number) for number in usual()["same_host"]["ports"])]

    async def attempts_at(ports: list[int]) -> None:
        for at in ports:  # one after the other: what makes one of them late may be over for the next
            with contextlib.suppress(StepFailed):
                await _dial(run, address, at, f"{endpoint.host}:{at}", found.after)

    await asyncio.gather(attempts_at([port] * REFUSALS), *(attempts_at([at] * OPENINGS) for at in beside))


def hunch(run: Run) -> float:
    """Return the seconds after which a connection that has not opened is worth a look elsewhere."""
    return min(HUNCH * run.network.settings.connect_timeout, LONGEST_HUNCH)


async def blocked(run: Run, endpoint: Endpoint) -> bool:
    """Tell whether the endpoint does not open; where it has not answered for a while it is taken for silent."""
    limit = hunch(run)
    waiting = asyncio.ensure_future(run.once(connection, endpoint))
    try:
        await asyncio.wait_for(asyncio.shield(waiting), limit)
    except TimeoutError:
        waiting.add_done_callback(lambda task: task.cancelled() or task.exception())
        return True
    except StepFailed:
        return True
    return False


@probe("contrast", asks="Where the endpoint does not open: what else does?")
async def contrast(run: Run, endpoint: Endpoint) -> None:
    """Compare an endpoint that does not open with what should open as well."""
    if not await blocked(run, endpoint) or await _no_address(run, endpoint):
        return
    proxies = run.network.settings.proxies
    if proxies.of(endpoint.host, endpoint.port) is not None:
        await straight(run, endpoint)
        return
    work = [run.once(control, place) for place in controls(run, endpoint)]
    if endpoint.protocol is not Protocol.HTTPS:
        work += [by_proxy(run, endpoint, proxy) for proxy in proxies.known_to(endpoint.host)]
    await asyncio.gather(*work, _again(run, endpoint))


async def _no_address(run: Run, endpoint: Endpoint) -> bool:
    """Tell whether there was nothing to dial, so that nothing is to be compared."""
    try:
        return not (await run.once(attempts, endpoint)).tasks
    except StepFailed:
        return True
