"""The proofs themselves: whole over the catalogue, and not whole where a rule is wrong."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scenarios import prove
from scenarios.load import load, names

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.model import Case

PARTS = 4
"""Of the catalogue, so that no test plays all of it twice."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [load(name) for name in names()]


def test_without_its_difference_every_case_works(cases: list[Case]) -> None:
    score = asyncio.run(prove.removals(cases))
    assert score.wrong == []
    assert score.tried == len(prove.faulty(cases))


def test_with_another_difference_every_case_has_the_others_causes(cases: list[Case]) -> None:
    score = asyncio.run(prove.replacements(cases))
    assert score.wrong == []
    assert score.tried > len(cases) / 2


def test_two_differences_give_the_causes_of_both_or_documented_dominance(cases: list[Case]) -> None:
    """A sample; `maildiag scenario prove` joins all of them."""
    score = asyncio.run(prove.pairs(cases, every=29))
    assert score.wrong == []
    assert score.tried > len(cases) / 8


@pytest.mark.parametrize("part", range(PARTS))
def test_every_case_can_be_recorded_and_played_again(cases: list[Case], part: int) -> None:
    chosen = cases[part::PARTS]
    score = asyncio.run(prove.round_trips(chosen))
    assert score.wrong == []
    assert score.tried == len(chosen)


def test_a_case_whose_cause_does_not_come_out_is_told() -> None:
    told, donor = load("imap/throttled"), load("imap/server-unavailable")
    wrong = replace(donor, parts=replace(donor.parts, expect=load("tls/intercepted").parts.expect))
    score = asyncio.run(prove.replacements([told, wrong]))
    assert "with imap/server-unavailable in place of its difference: broken imap/server-unavailable" in score.wrong[0]


RULE = """
from diag.model.finding import Finding

def always(facts):
    yield Finding(code="tls/self-signed", subject=facts.endpoints[0].subject, evidence=())

def with_two(facts):
    dialogues = [item for item in facts.measurement.observations if item.failure and item.failure.code == "reply-refused"]
    if len({item.subject for item in dialogues}) > 1:
        yield from always(facts)
"""


@pytest.mark.parametrize(("rule", "broken"), [("always", {"removal", "replacement"}), ("with_two", {"pairs"})])
def test_a_wrong_rule_is_found(tmp_path: Path, rule: str, broken: set[str]) -> None:
    """One that always fires (each of two has it too), and one that fires only where two faults meet; planted as another package would do it."""
    (tmp_path / "planted.py").write_text(RULE)
    info = tmp_path / "planted-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[maildiag.rules]\nplanted = planted:{rule}\n")
    command = ["scenario", "prove", "smtp/throttled", "imap/throttled", "imap/server-unavailable"]
    done = subprocess.run(
        [sys.executable, "-c", "from diag.cli import main; main()", *command],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    lines = [line.split() for line in done.stdout.splitlines() if " hold, " in line]
    assert {words[0] for words in lines if words[1] != words[3]} == broken
