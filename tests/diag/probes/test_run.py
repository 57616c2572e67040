"""Sharing, ending and surviving each other's defects."""

from __future__ import annotations

import asyncio

import pytest

from diag.model.actions import ProbeRun
from diag.model.failure import FailureCode
from diag.model.target import Target
from diag.net.classify import StepFailed
from diag.net.network import Network
from diag.probes.run import Run, SignIn


def new_run() -> Run:
    return Run(Network(), Target(address="me@example", user="me"), SignIn(user="me"))


def test_a_question_is_asked_once_however_many_wait() -> None:
    asked = []

    async def question(run: Run, about: str) -> str:
        asked.append(about)
        await asyncio.sleep(0)
        return about.upper()

    async def main() -> list[str]:
        run = new_run()
        found = await asyncio.gather(*(run.once(question, about) for about in ("a", "a", "b")))
        await run.close()
        return found

    assert asyncio.run(main()) == ["A", "A", "B"]
    assert sorted(asked) == ["a", "b"]


def test_a_failed_step_is_shared_too_and_a_defect_gets_a_record() -> None:
    async def fails(run: Run, about: str) -> None:
        with run.network.record(ProbeRun(probe="inner"), about) as step:
            raise step.fail(FailureCode.READ_TIMEOUT)

    async def broken(run: Run, about: str) -> None:
        raise KeyError(about)

    async def main() -> Run:
        run = new_run()
        await run.perform("fails", fails, "h", "h")
        with pytest.raises(StepFailed):
            await run.once(fails, "h")
        await run.perform("broken", broken, "h", "h")
        await run.close()
        return run

    seen = [(item.action.probe, item.failure.code) for item in asyncio.run(main()).network.observations  # type: ignore[union-attr]
            if item.failure]  # fmt: skip
    assert seen == [("inner", FailureCode.READ_TIMEOUT), ("broken", FailureCode.UNCLASSIFIED)]


def test_closing_ends_what_is_under_way_and_cleans_up_in_reverse() -> None:
    async def main() -> list[str]:
        run, done = new_run(), []

        async def endless() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                done.append("ended")

        run.spawn(endless())
        run.at_end(lambda: done.append("first"))
        run.at_end(lambda: done.append("second"))
        await asyncio.sleep(0)
        await run.close()
        return done

    assert asyncio.run(main()) == ["ended", "second", "first"]
