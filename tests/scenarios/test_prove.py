"""The proofs themselves: whole over the catalogue, and not whole where a rule is wrong."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from diag.rules import all_rules
from scenarios import prove
from scenarios.load import load, names

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scenarios.model import Case

PARTS = 4
"""Of the catalogue, so that no test plays all of it twice."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [load(name) for name in names()]


@pytest.mark.parametrize("proof", [prove.removals, prove.replacements])
def test_without_its_difference_a_case_works_and_with_another_it_has_the_causes_of_that(
    cases: list[Case], proof: Callable[[list[Case]], Coroutine[None, None, prove.Score]]
) -> None:
    """Every third case; `maildiag scenario prove` tries all of them."""
    chosen = cases[::3]
    score = asyncio.run(proof(chosen))
    assert score.wrong == []
    assert score.tried + sum(score.impossible.values()) == len(prove.faulty(chosen))
    assert score.tried > len(chosen) * 0.8


@pytest.mark.timeout(240)  # it plays the whole catalogue
def test_every_rule_speaks_in_a_case_that_needs_it(cases: list[Case]) -> None:
    score = asyncio.run(prove.needed(cases))
    assert score.wrong == []
    assert score.tried == len(all_rules()) - len(prove.OUTSIDE)


def test_where_nothing_can_be_tried_no_share_is_told() -> None:
    score = asyncio.run(prove.removals([load("healthy/dovecot")]))
    assert str(score).split(maxsplit=1)[1] == "nothing to try"


@pytest.mark.timeout(240)  # some hundred worlds, and those that they are made of
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
    [said] = score.wrong
    assert said.startswith("imap/server-unavailable in place of imap/throttled: causes: tls/intercepted is missing")
    assert said.endswith("causes: imap/server-unavailable was not expected")


PLANT = {
    "always": """
def always(facts):
    yield Finding(code="tls/self-signed", subject=facts.endpoints[0].subject, evidence=())
rules.RULES = (*rules.RULES, always)
""",
    "with-two": """
def with_two(facts):
    items = facts.measurement.observations
    if len({item.subject for item in items if item.failure and item.failure.code == "reply-refused"}) > 1:
        yield Finding(code="tls/self-signed", subject=facts.endpoints[0].subject, evidence=())
rules.RULES = (*rules.RULES, with_two)
""",
    "silent": """
conclude = judge.conclude
def silent(measurement, without=None):
    found = conclude(measurement, without=without)
    both = {"imap/throttled", "smtp/throttled"} <= {finding.code for finding in found}
    return [finding for finding in found if not (both and finding.code == "imap/throttled")]
judge.conclude = silent
""",
    "missing": """
rules.RULES = tuple(rule for rule in rules.RULES if rule.__name__ != "refusals")
""",
}
"""Defects, planted into a process of its own before the proofs begin."""


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        ("always", {"removal", "replacement", "round-trip", "remedy"}),
        ("with-two", {"pairs"}),
        ("silent", {"pairs"}),
        ("missing", {"replacement", "pairs", "round-trip"}),
    ],
)
def test_a_wrong_rule_and_a_missing_one_are_found(plant: str, found: set[str]) -> None:
    """One that always fires (each of two has it too), two that err only where two faults meet, one that is gone."""
    begin = f"from diag import judge, rules\nfrom diag.model.finding import Finding\n{PLANT[plant]}\n"
    command = ["scenario", "prove", "smtp/throttled", "imap/throttled", "imap/server-unavailable"]
    done = subprocess.run(
        [sys.executable, "-c", f"{begin}from diag.cli import main; main()", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    wrong = {line.split()[0] for line in done.stdout.splitlines() if " hold, " in line and " 100.0 %" not in line}
    assert wrong == found


def test_a_wrong_remedy_is_found() -> None:
    case = load("smtp/auth-disabled-for-mailbox")
    (step,) = case.then
    assert asyncio.run(prove.remedies([case])).wrong == []
    useless = replace(case, then=(replace(step, declaration=case.declaration),))
    score = asyncio.run(prove.remedies([useless]))
    assert score.wrong[0] == f"{case.name}: then 1: state: expected works, found broken"
