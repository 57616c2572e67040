"""A long wire: everything arrives, in order, and in its time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from fakes.declare import Hop, Router
from fakes.stages.netns.stage import NetnsStage
from tests.fakes.stages.netns.enclosed import enclosed
from tests.fakes.stages.netns.test_stage import V4, V6, WORLD, met

pytestmark = pytest.mark.netns


def greeted() -> list[tuple[str, float]]:
    """Connect and wait for the greeting over two slow links: two round trips."""
    path = (Hop(router=Router(delay_ms=40)), Hop(router=Router(delay_ms=20, jitter_ms=10)))

    async def main() -> list[tuple[str, float]]:
        found = []
        async with NetnsStage(replace(WORLD, path=path)) as stage:
            for address in (V4, V6, V4):
                began = time.monotonic()
                found.append((await asyncio.to_thread(met, stage, address, 143), time.monotonic() - began))
        return found

    return asyncio.run(main())


def test_a_round_trip_takes_the_time_of_its_links() -> None:
    found = enclosed(greeted)
    assert [said for said, _ in found] == ["* OK"] * 3
    # The greeting comes after one round trip for the connection, and half of one more; the first looks neighbours up.
    assert all(seconds >= 0.09 for _, seconds in found)
