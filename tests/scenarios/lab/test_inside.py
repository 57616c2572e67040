"""The processes inside: each case has its own, and none outlives the one that asked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scenarios.lab.checks import BEHIND
from scenarios.lab.outside import LabError
from scenarios.load import load

if TYPE_CHECKING:
    from scenarios.lab.outside import Lab

pytestmark = pytest.mark.netns
RUNNER = """
import asyncio
from scenarios.lab.outside import Lab, NoLabError
from scenarios.load import load

async def main():
    async with Lab() as lab:
        case = load("tcp/port-dropped")
        case.parts.check.connect_timeout = 300.0
        measuring = asyncio.ensure_future(lab.measure(case))
        await asyncio.sleep(0)
        print("measuring", flush=True)
        await measuring

try:
    asyncio.run(main())
except NoLabError as error:
    print("not allowed:", error, flush=True)
"""


def test_a_world_that_cannot_be_built_does_not_take_the_others_with_it(lab: Lab) -> None:
    case = load("healthy/dovecot")
    case.declaration.dead_addresses = ("no address",)

    async def main() -> None:
        bad, good = await asyncio.gather(
            lab.measure(case), lab.measure(load("healthy/dovecot")), return_exceptions=True
        )
        assert isinstance(bad, LabError)
        assert "no address" in str(bad)
        assert not isinstance(good, BaseException)
        assert good.complete

    asyncio.run(main())


def test_a_lab_that_is_left_before_it_is_ready_says_nothing() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "scenarios.lab.inside", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=subprocess.PIPE,
            text=True,
        )
    with process:
        with ours:
            said = ours.recv(1, socket.MSG_PEEK)
        assert said
        _, errors = process.communicate()
        assert errors == ""


def of_the_lab(session: int) -> list[str]:
    """Return the processes of a session: the lab has one of its own."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[3]) == session:
                found.append(status.parent.name)
    return found


def niceness(processes: list[str]) -> set[int]:
    """Return by how much processes stand back behind this one."""
    found = set()
    for process in processes:
        with contextlib.suppress(OSError):
            found.add(os.getpriority(os.PRIO_PROCESS, int(process)) - os.nice(0))
    return found


def children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_outlives_a_runner_that_is_killed(end: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", RUNNER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, env=environment) as runner:  # fmt: skip
        assert runner.stdout is not None
        said = runner.stdout.readline()
        if said.startswith("not allowed"):
            pytest.skip(said)
        (session,) = children(runner.pid)
        deadline = time.monotonic() + 20
        while niceness(of_the_lab(session)) != {0, BEHIND} and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(of_the_lab(session)) >= 4, "outer, first inside, world and check"
        assert niceness(of_the_lab(session)) == {0, BEHIND}, "the check stands back behind the rest"
        runner.send_signal(end)
        while of_the_lab(session) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert of_the_lab(session) == []
