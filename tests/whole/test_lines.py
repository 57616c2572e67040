"""Bad lines and silent ports over real packets: no cause without a fault, and no wait beyond what was allowed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from diag.judge import judge
from fakes.declare import Firewall, Hop, Router
from scenarios.load import load

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from scenarios.lab.outside import Lab
    from scenarios.model import Case

pytestmark = pytest.mark.netns
RUNS = 50
AT_ONCE = 25
MOST_OF_ALL = 1.0
"""Seconds beyond one connect timeout in which the verdict must stand."""


def with_path(*path: Hop) -> Case:
    """Return the healthy world with another way to it, and the limits of a real check."""
    case = load("healthy/exchange-online")
    case.declaration.path = path
    case.parts.check.connect_timeout = 5.0
    case.parts.check.dns_timeout = 2.0
    case.parts.check.read_timeout = 30.0
    return case


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "router",
    [Router(loss_percent=1), Router(delay_ms=300), Router(delay_ms=60, jitter_ms=120)],
    ids=["1 % loss", "300 ms delay", "jitter"],
)
def test_a_bad_line_is_no_cause(lab: Lab, router: Router) -> None:
    case = with_path(Hop(router=Router()), Hop(router=router))
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> Measurement:
        async with gate:
            return await lab.measure(case)

    async def main() -> list[Measurement]:
        return await asyncio.gather(*(one() for _ in range(RUNS)))

    verdicts = [judge(measurement) for measurement in asyncio.run(main())]
    assert [(verdict.state, [cause.code for cause in verdict.causes]) for verdict in verdicts] == [("works", [])] * RUNS


def test_silent_ports_are_waited_for_once_and_traced_meanwhile(lab: Lab) -> None:
    case = with_path(Hop(router=Router()), Hop(firewall=Firewall(drop=(993, 995, 587))), Hop(router=Router()))
    measurement = asyncio.run(lab.measure(case))
    verdict = judge(measurement)
    assert [(cause.code, cause.values["before"], cause.values["after"]) for cause in verdict.causes] == [
        ("tcp/port-dropped", "198.51.100.2", "198.51.100.3")
    ] * 3
    ended = max(seen.began + (seen.took or 0.0) for seen in measurement.observations)
    assert ended < case.parts.check.connect_timeout + MOST_OF_ALL
