"""What the kernel has not got round to is told, and a world stands only when there is no more of it."""

from __future__ import annotations

import asyncio
import time

import pytest

from fakes.stages.netns import enclosure
from fakes.stages.netns.kernel import Namespace
from fakes.stages.netns.settling import settled, unready
from fakes.stages.netns.stage import NetnsStage
from tests.fakes.stages.netns.enclosed import enclosed
from tests.fakes.stages.netns.test_stage import WORLD

pytestmark = pytest.mark.netns
ASKED_FOR, AT_ONCE = "20010db8000000000000000000000001", "20010db8000000000000000000000002"


def do(network: Namespace, lines: str, *others: Namespace) -> None:
    with network.entered():
        enclosure.run(["ip", "-batch", "-"], lines, tuple(other.descriptor for other in others))


def told() -> list[list[str]]:
    """Build a link from one end: before the other is up, after it, and with addresses."""
    near, far = Namespace(), Namespace()
    do(near, f"link add right type veth peer name left netns {far.path}\n", far)
    do(near, "link set right addrgenmode none up\n")
    found = [unready(near), unready(far)]

    async def main() -> bool:
        waiting = asyncio.ensure_future(settled(near, far))
        await asyncio.sleep(0)
        early = waiting.done()
        do(far, "link set left addrgenmode none up\n")
        await waiting
        return early

    assert not asyncio.run(main())
    found += [unready(near), unready(far)]
    do(near, "addr add 2001:db8::1/128 dev right\naddr add 2001:db8::2/128 dev right nodad\n")
    deadline = time.monotonic() + 20
    while AT_ONCE in unready(near) and time.monotonic() < deadline:
        time.sleep(0.001)
    return [sorted(names) for names in (*found, unready(near))]


def standing() -> list[str]:
    async def main() -> list[str]:
        async with NetnsStage(WORLD) as stage:
            return sorted(unready(stage.client))

    return asyncio.run(main())


def test_links_and_addresses_that_are_not_in_use_are_told() -> None:
    assert enclosed(told) == [["right"], ["left"], [], [], [ASKED_FOR]]


def test_a_world_that_stands_has_none() -> None:
    assert enclosed(standing) == []
