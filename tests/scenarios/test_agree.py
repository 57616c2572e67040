"""Two plays of one case: where they part."""

from __future__ import annotations

import asyncio

from scenarios.agree import disagreements
from scenarios.load import load
from scenarios.play import Played, play


def played(name: str) -> Played:
    return asyncio.run(play(load(name)))


def test_two_plays_of_a_case_agree() -> None:
    assert list(disagreements(played("tcp/prohibited"), played("tcp/prohibited"))) == []


def test_state_causes_and_steps_are_compared() -> None:
    assert list(disagreements(played("tcp/prohibited"), played("tcp/address-dead"))) == [
        "broken on one stage, impaired on the other",
        "cause tcp/address-dead at outlook.office365.com:993 on one stage only",
        "cause tcp/address-dead at outlook.office365.com:995 on one stage only",
        "cause tcp/prohibited at outlook.office365.com:993 on one stage only",
    ]
