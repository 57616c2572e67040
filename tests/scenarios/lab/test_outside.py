"""The lab as a stage: the catalogue plays on it, by root and by anybody."""

from __future__ import annotations

import asyncio
import os

import pytest

from scenarios.lab.outside import Lab, NoLabError
from scenarios.load import load, names
from scenarios.play import play

pytestmark = pytest.mark.netns
NOBODY = 65534


@pytest.mark.parametrize("name", names())
def test_a_scenario_ends_as_on_loopback(lab: Lab, name: str) -> None:
    assert asyncio.run(play(load(name), lab)).differences == ()


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
