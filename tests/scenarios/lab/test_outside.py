"""The lab as a stage: the whole catalogue plays on it as on loopback, by root and by anybody."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from scenarios.agree import disagreements
from scenarios.lab.outside import Lab, NoLabError
from scenarios.load import load, names
from scenarios.play import LoopbackForMany, Outcome, play, play_all

if TYPE_CHECKING:
    from scenarios.play import Stage

pytestmark = pytest.mark.netns
AT_ONCE = 4
"""Worlds at the same time: most of a case is waiting, and another process of these tests is at work beside."""
NOBODY = 65534


@pytest.mark.timeout(300)
@pytest.mark.parametrize("folder", sorted({name.partition("/")[0] for name in names()}))
def test_both_stages_say_the_same_of_every_scenario(lab: Lab, folder: str) -> None:
    cases = [load(name) for name in names() if name.partition("/")[0] == folder]

    async def on(stage: Stage) -> dict[str, Outcome]:
        return {played.case.name: played.outcome() async for played in play_all(cases, at_once=AT_ONCE, stage=stage)}

    on_loopback, in_namespaces = asyncio.run(on(LoopbackForMany())), asyncio.run(on(lab))
    assert sorted(in_namespaces) == sorted(case.name for case in cases)
    found = {
        name: [*played.differences, *disagreements(on_loopback[name], played)] for name, played in in_namespaces.items()
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("name", ["tcp/port-dropped", "tls/intercepted", "healthy/exchange-online"])
def test_an_ordinary_user_can_have_it(name: str) -> None:
    if os.getuid():
        pytest.skip("elsewhere: only root can be somebody else; all other tests of this file are an ordinary user's")

    async def main() -> tuple[str, ...]:
        async with Lab(user=NOBODY) as lab:
            return (await play(load(name), lab)).differences

    try:
        assert asyncio.run(main()) == ()
    except NoLabError as error:
        pytest.skip(str(error))
