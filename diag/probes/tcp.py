"""Can each address of the endpoint be connected to? Every address and family is tried, all at once.

The first connection that opens is kept for the stages above; the others are closed at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from diag.model.actions import TcpConnect
from diag.model.failure import Failure, FailureCode
from diag.net.classify import StepFailed
from diag.probes.dns import Addresses, addresses
from diag.probes.probe import probe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.target import Endpoint
    from diag.net.stream import Stream
    from diag.probes.run import Run


@dataclass(frozen=True, slots=True)
class Channel:
    """An open connection, the address it leads to, and the observations that it rests upon."""

    stream: Stream
    address: str
    port: int
    after: tuple[int, ...]
    name: str | None = None
    """The host that a proxy was asked for, if one was."""
    took: float | None = None
    """Seconds of a round trip to whoever opened it; None where that was a proxy."""
    handshake: int | None = None
    """The observation of its TLS handshake, once there was one."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts in flight for one endpoint."""

    tasks: tuple[asyncio.Task[Channel], ...]


async def where(run: Run, endpoint: Endpoint) -> tuple[Addresses, int]:
    """Return the addresses and the port to dial, after ``--resolve`` and ``--connect-to``."""
    key = (endpoint.host, endpoint.port)
    host, port = run.choices.connect_to.get(key, key)
    given = run.choices.resolve.get((host, port))
    if given:
        return Addresses(given), port
    if run.network.settings.proxies.resolves(host, port):
        return Addresses((host,)), port
    return await run.once(addresses, host), port


async def attempts(run: Run, endpoint: Endpoint) -> Attempts:
    """Start a connection to every address."""
    found, port = await where(run, endpoint)

    async def attempt(address: str) -> Channel:
        return await dial(run, endpoint, address, port, found.after)

    return Attempts(tuple(run.spawn(attempt(address)) for address in found.found))


async def dial(
    run: Run,
    endpoint: Endpoint,
    address: str,
    port: int,
    after: tuple[int, ...] = (),
    *,
    role: Literal["endpoint", "control"] = "endpoint",
    segment: int | None = None,
) -> Channel:
    """Open one connection on record; it is closed with the run."""
    host, _ = run.choices.connect_to.get((endpoint.host, endpoint.port), (endpoint.host, 0))
    stream, step = await run.network.connect(
        address, port, subject=endpoint.subject, after=after, name=host, role=role, segment=segment
    )
    run.at_end(stream.close)
    took = step.action.round_trip if isinstance(step.action, TcpConnect) else None
    return Channel(stream, address, port, (step.number,), took=took, name=host)


async def connection(run: Run, endpoint: Endpoint) -> Channel:
    """Return the first connection that opens.

    :raises StepFailed: none did.
    """
    return await first_open((await run.once(attempts, endpoint)).tasks)


async def first_open(tasks: Iterable[asyncio.Task[Channel]]) -> Channel:
    """Return the first of several connections that opens; the others are closed at once.

    :raises StepFailed: none did.
    """
    pending = set(tasks)
    failures: list[StepFailed] = []
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            error = task.exception()
            if error is None:
                for other in pending:
                    other.add_done_callback(_close_unused)
                for other in done - {task}:
                    _close_unused(other)
                return task.result()
            if not isinstance(error, StepFailed):
                raise error
            failures.append(error)
    raise failures[0] if failures else StepFailed(Failure.of(FailureCode.ADDRESS_UNAVAILABLE, "no address to dial"))


def _close_unused(task: asyncio.Task[Channel]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().stream.close()


@probe("tcp", asks="Can the port be connected to at every address?")
async def tcp(run: Run, endpoint: Endpoint) -> None:
    """Wait until every attempt has ended, so that dead addresses are on record too."""
    started = await run.once(attempts, endpoint)
    await asyncio.gather(run.once(connection, endpoint), *started.tasks, return_exceptions=True)
