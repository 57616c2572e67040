"""The first process inside: it has loaded everything, starts a process for each world, and does nothing else.

So a new world costs milliseconds and inherits nothing that could be half done. It ends with its socket: when whoever
started it is gone, it has nothing left to do, and the kernel ends the worlds with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fakes.stages.netns import enclosure, kernel
from scenarios.lab import frames
from scenarios.lab.checks import Check, Job, Outcome, Way

if TYPE_CHECKING:
    from scenarios.build import Emulated
    from scenarios.model import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A case to be measured in some way, and its steps with it where ``steps`` says so."""

    case: Case
    way: Way
    steps: bool = False


READY = "ready"
"""What comes first; anything else is a sentence that says why there is no lab here."""


def main(descriptor: int, user: int = 0) -> int:
    """Serve over the socket ``descriptor`` until it is closed; as ``user``, or as whoever has started this."""
    with socket.socket(fileno=descriptor) as sock:
        _rehearse()
        if user:
            kernel.become(user)
        try:
            return enclosure.inside(lambda: _serve(sock))
        except enclosure.NotAllowedError as error:
            sock.sendall(frames.packed(str(error)))
            return 1


def _serve(sock: socket.socket) -> int:
    """Start a world for each socket that is handed in, until the other end is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    with contextlib.suppress(ConnectionError):  # the other end can be closed before it has read this
        sock.sendall(frames.packed(READY))
        while (received := socket.recv_fds(sock, 1, 1))[0]:
            with socket.socket(fileno=received[1][0]) as connection:
                if os.fork() == 0:
                    sock.close()
                    try:
                        kernel.die_with_parent()
                        _world(connection)
                    finally:
                        os._exit(0)
    return 0


def _rehearse() -> None:
    """Play one healthy case without any stage, so that everything is loaded and what worlds share is made."""
    import fakes.stages.netns.stage
    from diag.model import document
    from scenarios.load import load
    from scenarios.play import LOOPBACK

    assert fakes.stages.netns.stage.__name__  # imported, and used by the worlds only
    document.dump(asyncio.run(LOOPBACK.measure(load("healthy/exchange-online"))))


def _world(connection: socket.socket) -> None:
    """Bring worlds up for the checks of one case, and send back what came out of each."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a world waits for its programs
    wanted: Wanted = frames.receive(connection)
    case = wanted.case if wanted.steps else replace(wanted.case, then=())
    checks = [Check() for _ in (case, *case.then)]
    try:
        outcomes = asyncio.run(_measured(case, wanted.way, checks))
    except Exception:  # noqa: BLE001  whatever it is, the one who waits must know
        outcomes = [Outcome(error=traceback.format_exc())]
    connection.sendall(frames.packed(outcomes))


async def _measured(case: Case, way: Way, checks: list[Check]) -> list[Outcome]:
    from fakes.stages.netns.stage import NetnsStage
    from scenarios.build import each_step

    async def make(world: Emulated, step: Case) -> Outcome:
        assert isinstance(world.stage, NetnsStage)
        return await checks.pop(0).make(Job(case=step, held=world.held, way=way), world.stage.client)

    return await each_step(case, "netns", make)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
