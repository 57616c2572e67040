"""Cases on several processes: the same comes out, and what goes wrong there is told here."""

from __future__ import annotations

import asyncio
import dataclasses
import multiprocessing
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from scenarios import workers
from scenarios.load import load
from scenarios.play import Outcome, play_all
from scenarios.workers import FEW, WorkerDied, play_on_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.model import Case


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
