"""Playing a case: build its world, check in it, judge, and compare with what is expected."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from diag.check import measure
from diag.judge import judge
from scenarios.build import each_step, emulate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict
    from scenarios.build import Emulated
    from scenarios.model import Case

AT_ONCE = 16
"""Worlds that run at the same time: most of a case is waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came out of a case. ``differences`` is empty where it is what was expected."""

    case: Case
    verdict: Verdict
    took: float
    """Seconds until the last step of the check had ended."""
    differences: tuple[str, ...]
    then: tuple[Outcome, ...] = ()
    """The steps after it. What differs in them is in ``differences`` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(Outcome):
    """What came out of a case, with all that was measured."""

    measurement: Measurement
    then: tuple[Played, ...] = ()

    def outcome(self) -> Outcome:
        """Return what came out alone, which is a small part."""
        then = tuple(step.outcome() for step in self.then)
        return Outcome(case=self.case, verdict=self.verdict, took=self.took, differences=self.differences, then=then)


class Stage(Protocol):
    """Where cases are played."""

    async def measure_steps(self, case: Case) -> list[Measurement]:
        """Make the checks of ``case`` and of its steps, in as few worlds as they can be made in."""


class Loopback:
    """The stage that needs nothing: this process."""

    async def measure(self, case: Case) -> Measurement:
        """Bring the world of ``case`` up, and make its check in it."""
        async with emulate(case) as world:
            return await _measured(world, case)

    async def measure_steps(self, case: Case) -> list[Measurement]:
        """Make the checks of ``case`` and of its steps, in as few worlds as they can be made in."""
        return await each_step(case, "loopback", _measured)


class LoopbackForMany(Loopback):
    """The same for many cases, of whose remedies half lead back to one of a few healthy worlds.

    The last step of a case, where it needs a world of its own, gets what was measured in an equal one before.
    """

    def __init__(self) -> None:
        """Have measured nothing yet."""
        self._last: dict[str, asyncio.Future[Measurement]] = {}

    async def measure_steps(self, case: Case) -> list[Measurement]:
        """Make the checks of ``case`` and of its steps, in as few worlds as they can be made in."""
        return await each_step(case, "loopback", _measured, anew=self._anew)

    async def _anew(self, case: Case) -> Measurement:
        key = repr((case.declaration, case.parts.check))
        if key not in self._last:
            self._last[key] = asyncio.ensure_future(self.measure(case))
        return await asyncio.shield(self._last[key])

    async def close(self) -> None:
        """Give up what is still being measured."""
        for made in self._last.values():
            made.cancel()
        await asyncio.gather(*self._last.values(), return_exceptions=True)


async def _measured(world: Emulated, case: Case) -> Measurement:
    return await measure(
        world.request,
        world.sign_in,
        settings=world.settings,
        choices=world.choices,
        max_time=case.parts.check.max_time,
    )


LOOPBACK = Loopback()


async def play(case: Case, stage: Stage = LOOPBACK) -> Played:
    """Play one case and then its steps."""
    measurements = await stage.measure_steps(case)
    first, *steps = map(_judged, [case, *case.then], measurements)
    differences = list(first.differences)
    for number, step in enumerate(steps, 1):
        differences += [f"then {number}: {difference}" for difference in step.differences]
    return replace(first, differences=tuple(differences), then=tuple(steps))


def _judged(case: Case, measurement: Measurement) -> Played:
    verdict = judge(measurement)
    return Played(
        case=case,
        verdict=verdict,
        took=max(seen.began + (seen.took or 0) for seen in measurement.observations),
        measurement=measurement,
        differences=tuple(compare(case, verdict)),
    )


async def play_all(
    cases: Iterable[Case], *, at_once: int = AT_ONCE, stage: Stage | None = None
) -> AsyncIterator[Played]:
    """Play many cases, several at once, and yield each as it ends; ``cases`` is asked for one when there is room."""
    own = LoopbackForMany()
    left = iter(cases)
    running: set[asyncio.Future[Played]] = set()
    try:
        while True:
            while len(running) < at_once and (case := next(left, None)) is not None:
                running.add(asyncio.ensure_future(play(case, stage or own)))
            if not running:
                return
            ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for each in ended:
                yield each.result()
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await own.close()


def compare(case: Case, verdict: Verdict) -> list[str]:
    """Say in what a verdict on the world of ``case`` differs from what the case expects."""
    expect = case.parts.expect
    found = []
    if verdict.state != expect.state:
        found.append(f"state: expected {expect.state}, found {verdict.state}")
    pairs = [("causes", expect.causes, [finding.code for finding in verdict.causes])]
    if expect.symptoms is not None:
        pairs.append(("symptoms", expect.symptoms, [symptom.finding.code for symptom in verdict.symptoms]))
    if expect.notes is not None:
        pairs.append(("notes", expect.notes, [finding.code for finding in verdict.notes]))
    for name, wanted, seen in pairs:
        if set(wanted) != set(seen):
            missing, blamed = sorted(set(wanted) - set(seen)), sorted(set(seen) - set(wanted))
            found += [f"{name}: {code} is missing" for code in missing]
            found += [f"{name}: {code} was not expected" for code in blamed]
    for finding in verdict.causes:
        for key, value in expect.values.get(finding.code, {}).items():
            seen_value = str(finding.values.get(key, "nothing"))
            if seen_value != value:
                found.append(f"values: {finding.code} has {key} {seen_value!r}, expected {value!r}")
    if verdict.unexplained and expect.state != "unclear":
        found.append(f"unexplained: observations {', '.join(map(str, verdict.unexplained))}")
    return found
