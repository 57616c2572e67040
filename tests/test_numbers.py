"""Every AADSTS number that the emulated sign-in service says is understood by the tool: each of them over the wire."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from diag.rules import entra
from fakes.declare import Entra
from fakes.entra import aadsts
from scenarios.load import load
from scenarios.play import play

UNKNOWN = {50199}
"""Numbers that are left out of the tool's table, since one that it does not know must be told, too."""


@pytest.mark.parametrize("number", sorted(aadsts.table()))
def test_a_number_gives_its_finding(number: int) -> None:
    case = load("healthy/signed-in-silently")
    world = replace(case.declaration, entra=Entra(answers=number, answers_at="token"))
    verdict = asyncio.run(play(replace(case, declaration=world))).verdict
    row = entra.table().get(number, {"finding": "entra/error-unknown"})
    assert [finding.code for finding in verdict.causes] == [row["finding"]]
    assert verdict.causes[0].values["number"] == number


def test_both_sides_know_the_same_numbers() -> None:
    assert set(aadsts.table()) - set(entra.table()) == UNKNOWN
    assert set(entra.table()) <= set(aadsts.table())
