"""Checking again while a change settles, by a clock of our own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from diag.model.finding import Finding
from diag.model.measurement import Measurement, Vantage
from diag.model.target import Target
from diag.model.verdict import Verdict
from diag.net.clock import Clock
from diag.waiting import until, wait

BEGAN = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MEASUREMENT = Measurement(target=Target(address="u@d.example", user="u@d.example"), vantage=Vantage())


def settling(minutes: int, code: str = "tenant/change-is-settling") -> Finding:
    values = {"until_at": (BEGAN + timedelta(minutes=minutes)).isoformat()}
    return Finding(code=code, subject="u@d.example", evidence=(), values=values)


class Hours:
    """Time that passes only where somebody waits, and the verdicts that come out meanwhile."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.at = BEGAN
        self.waits: list[float] = []
        self.told: list[datetime] = []
        self._verdicts = list(verdicts)

    async def check(self) -> tuple[Verdict, Measurement]:
        return (self._verdicts.pop(0) if len(self._verdicts) > 1 else self._verdicts[0]), MEASUREMENT

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += timedelta(seconds=seconds)

    def wait(self, every: float = 30.0) -> Verdict:
        clock = Clock(now=lambda: self.at, sleep=self.sleep)
        verdict, _ = asyncio.run(wait(self.check, clock, self.told.append, every=every))
        return verdict


BROKEN = Verdict(state="broken", causes=(settling(2),))
WORKS = Verdict(state="works")


def test_it_checks_until_it_works() -> None:
    hours = Hours(BROKEN, BROKEN, WORKS)
    assert hours.wait() == WORKS
    assert hours.waits == [30.0, 30.0]
    assert hours.told == [BEGAN + timedelta(minutes=2)] * 2


def test_it_waits_no_longer_than_the_change_can_take() -> None:
    hours = Hours(BROKEN)
    assert hours.wait(every=50.0) == BROKEN
    assert hours.waits == [50.0, 50.0, 20.0]


def test_a_note_is_waited_for_too() -> None:
    note = Verdict(state="works", notes=(settling(1, "tenant/changed-recently"),))
    hours = Hours(note, WORKS)
    assert hours.wait() == WORKS


@pytest.mark.parametrize(
    "verdict",
    [
        WORKS,
        Verdict(state="broken", causes=(settling(5), Finding(code="tenant/imap-disabled", subject="u", evidence=()))),
    ],
)
def test_what_waiting_cannot_mend_is_not_waited_for(verdict: Verdict) -> None:
    hours = Hours(verdict)
    assert hours.wait() == verdict
    assert hours.waits == []
    assert until(verdict) is None


def test_who_does_not_want_to_wait_has_the_last_outcome() -> None:
    async def main() -> Verdict:
        async def check() -> tuple[Verdict, Measurement]:
            return BROKEN, MEASUREMENT

        waiting = asyncio.Event()
        clock = Clock(now=lambda: BEGAN, sleep=lambda _: asyncio.Event().wait())  # type: ignore[arg-type,return-value]
        task = asyncio.ensure_future(wait(check, clock, lambda _: waiting.set()))
        await waiting.wait()
        await asyncio.sleep(0)
        task.cancel()
        return (await task)[0]

    assert asyncio.run(main()) == BROKEN
