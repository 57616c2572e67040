"""The lab as the one sees it who plays cases: a stage that takes a case and gives its measurement."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Self

from scenarios.lab import frames
from scenarios.lab.checks import Way
from scenarios.lab.inside import READY, Wanted

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from scenarios.lab.checks import Outcome
    from scenarios.model import Case


ORDINARY = Way()


class NoLabError(Exception):
    """There can be no lab here; the text says why, and which setting would have to change."""


class LabError(Exception):
    """A world could not be built, or its check could not be made; the text says why."""


class Lab:
    """Measures cases in namespaces. Use as an asynchronous context manager; nothing of it outlives the block."""

    def __init__(self, user: int = 0) -> None:
        """Start nothing yet; ``user`` is the number of an ordinary user to become, which only root can."""
        self._user = user

    async def __aenter__(self) -> Self:
        """Start the first process inside.

        :raises NoLabError: no namespaces can be made here.
        """
        self._sock, theirs = socket.socketpair()
        with theirs:
            # A session of its own: Ctrl-C is for whoever plays, and ends the lab by closing the socket.
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603  this program; it takes no time to start it
                [sys.executable, "-m", "scenarios.lab.inside", str(theirs.fileno()), str(self._user)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                start_new_session=True,
            )
        try:
            first = await asyncio.to_thread(frames.receive, self._sock)
        except EOFError:
            first = "it ended before it was ready"
        except BaseException:
            await self.__aexit__()
            raise
        if first != READY:
            await self.__aexit__()
            raise NoLabError(first)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it, and wait until it is gone."""
        self._sock.close()
        await asyncio.to_thread(self._process.wait)

    async def measure(self, case: Case, way: Way = ORDINARY) -> Measurement:
        """Bring the world of ``case`` up, make its check in it, and return the measurement.

        :raises LabError: the world could not be built.
        """
        return (await self._ask(Wanted(case=case, way=way)))[0]

    async def measure_steps(self, case: Case) -> list[Measurement]:
        """Make the checks of ``case`` and of its steps, in as few worlds as they can be made in.

        :raises LabError: a world could not be built.
        """
        return await self._ask(Wanted(case=case, way=ORDINARY, steps=True))

    async def _ask(self, wanted: Wanted) -> list[Measurement]:
        from diag.model import document

        ours, theirs = socket.socketpair()
        name = wanted.case.name
        with theirs:
            socket.send_fds(self._sock, [b"."], [theirs.fileno()])
        try:
            outcomes: list[Outcome] = await frames.ask(ours, wanted)
        except EOFError:
            raise LabError(f"{name}: the process of the world ended without a result") from None
        for outcome in outcomes:
            if outcome.error:
                raise LabError(f"{name}: {outcome.error}")
        return [document.load(outcome.document, name=name) for outcome in outcomes]
