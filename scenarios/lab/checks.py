"""The check inside a world's client: in a process of its own, which has no rights there but an ordinary user's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fakes.stages.netns import kernel
from scenarios.lab import frames

if TYPE_CHECKING:
    from diag.net.network import TraceBy
    from fakes.stages.netns.kernel import Namespace
    from scenarios.build import Held
    from scenarios.model import Case


CAP_NET_RAW = 13
BEHIND = 5
"""By how much a check stands back behind the servers of all worlds. It allows for lateness of its own
(:mod:`diag.net.patience`); that of a server, to which another check has left no time, it would take for silence."""

RESENT = 1.3
"""Seconds for a connection over real packets: one SYN may get lost, and the next is sent after a second (RFC 6298)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a check is made; an ordinary user's is the default."""

    capabilities: frozenset[int] = frozenset()
    """Numbers of the capabilities that it keeps in its network."""
    trace_by: TraceBy = "auto"
    pcap: str | None = None
    """A file to which the packets of its flows are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A check to be made."""

    case: Case
    held: Held
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A measurement as a document, or what went wrong with the making of it."""

    document: str = ""
    error: str = ""


class Check:
    """The process that will make one check. To be made before anything else runs in its parent, since that forks."""

    def __init__(self) -> None:
        """Fork it; it waits."""
        self._sock, theirs = socket.socketpair()
        if os.fork() == 0:
            self._sock.close()
            try:
                kernel.die_with_parent()
                os.nice(BEHIND)
                _check(theirs)
            finally:
                os._exit(0)
        theirs.close()

    async def make(self, job: Job, network: Namespace) -> Outcome:
        """Make it in ``network``."""
        socket.send_fds(self._sock, [b"."], [network.descriptor])
        try:
            outcome: Outcome = await frames.ask(self._sock, job)
        except EOFError:
            return Outcome(error="the process of the check ended without a result")
        return outcome


def _check(sock: socket.socket) -> None:
    """Go inside, give up every right that is not asked for, and make the check."""
    try:
        _, (network,), _, _ = socket.recv_fds(sock, 1, 1)
        job: Job = frames.receive(sock)
        kernel.enter(network)
        os.close(network)
        kernel.drop_capabilities(job.way.capabilities)
        outcome = Outcome(document=asyncio.run(_measured(job)))
    except BaseException:  # noqa: BLE001  whatever it is, the one who waits must know
        outcome = Outcome(error=traceback.format_exc())
    sock.sendall(frames.packed(outcome))


async def _measured(job: Job) -> str:
    from diag.check import measure
    from diag.model import document
    from diag.net.packets import capturing
    from scenarios import signing_in
    from scenarios.build import prepare
    from scenarios.model import CONNECT_TIMEOUT

    prepared = prepare(job.case, job.held)
    settings = replace(prepared.settings, trace_by=job.way.trace_by)
    if settings.connect_timeout == CONNECT_TIMEOUT:
        settings = replace(settings, connect_timeout=RESENT)
    async with capturing(job.way.pcap) if job.way.pcap else contextlib.nullcontext():
        measurement = await measure(
            prepared.request,
            signing_in.within(prepared.sign_in, settings),
            settings=settings,
            choices=prepared.choices,
            max_time=job.case.parts.check.max_time,
        )
    return document.dump(measurement)
