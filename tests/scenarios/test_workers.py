"""Cases on several processes: the same comes out, and what goes wrong there is told here."""

from __future__ import annotations

import asyncio
import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from scenarios import workers
from scenarios.load import load
from scenarios.play import Outcome, play_all
from scenarios.workers import FEW, WorkerDied, play_on_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.model import Case

UNTIL_KILLED = """
import asyncio
from tests.scenarios.test_workers import cases
from scenarios.workers import FEW, play_on_all

async def main():
    async for _ in play_on_all(cases(20 * FEW), workers=2):
        print("at work", flush=True)
        input()

asyncio.run(main())
"""


def cases(count: int = FEW) -> list[Case]:
    known = [load(name) for name in ("healthy/dovecot", "smtp/auth-disabled-for-mailbox", "tcp/port-refused")]
    return [dataclasses.replace(known[at % len(known)], name=f"case {at}", then=()) for at in range(count)]


async def played(chosen: list[Case], count: int) -> list[Outcome]:
    return [item async for item in play_on_all(chosen, workers=count)]


def told(items: Sequence[Outcome]) -> dict[str, tuple[str, list[str], tuple[str, ...]]]:
    return {
        item.case.name: (item.verdict.state, [cause.code for cause in item.verdict.causes], item.differences)
        for item in items
    }


def test_the_same_comes_out_of_two_processes_as_of_one() -> None:
    chosen = cases(2 * FEW)

    async def alone() -> list[Outcome]:
        return [item async for item in play_all(chosen)]

    assert told(asyncio.run(played(chosen, 2))) == told(asyncio.run(alone()))
    assert multiprocessing.active_children() == []


def test_for_a_few_cases_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        pytest.fail("a process was started")

    monkeypatch.setattr(workers, "_start", never)
    assert len(asyncio.run(played(cases(3), 2))) == 3


def test_a_defect_in_a_process_is_raised_here() -> None:
    chosen = cases(2 * FEW)
    wrong = dataclasses.replace(
        chosen[3].declaration, services={"no port": next(iter(chosen[3].declaration.services.values()))}
    )
    chosen[3] = dataclasses.replace(chosen[3], declaration=wrong)
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(played(chosen, 2))
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(sys.platform == "win32", reason="elsewhere: needs signals as POSIX has them")
def test_a_process_that_is_killed_is_missed() -> None:
    async def main() -> None:
        async for _ in play_on_all(cases(2 * FEW), workers=2):
            for child in multiprocessing.active_children():
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(WorkerDied):
        asyncio.run(main())


def test_who_looks_away_leaves_nothing_running() -> None:
    async def main() -> None:
        playing = play_on_all(cases(2 * FEW), workers=2)
        await anext(playing)
        await playing.aclose()  # type: ignore[attr-defined]

    asyncio.run(main())
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(sys.platform == "win32", reason="elsewhere: needs signals as POSIX has them")
def test_the_processes_end_with_whoever_started_them() -> None:
    # What it prints goes to a pipe that its processes have too, so its end comes when the last of them is gone.
    with subprocess.Popen(
        [sys.executable, "-c", UNTIL_KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"at work\n"
        running.kill()
        assert running.stdout.read() == b""


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_each_way_to_start_a_process_brings_the_same(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way not in multiprocessing.get_all_start_methods():
        pytest.skip(f"elsewhere: this system does not {way}")
    monkeypatch.setattr(workers, "_context", lambda: multiprocessing.get_context(way))
    chosen = cases(2 * FEW)
    assert {item.case.name for item in asyncio.run(played(chosen, 2))} == {case.name for case in chosen}


def test_a_process_with_threads_is_not_copied() -> None:
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()
    try:
        assert workers._context().get_start_method() == "spawn"
    finally:
        ended.set()
        other.join()
