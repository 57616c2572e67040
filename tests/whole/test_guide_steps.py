"""Every step of the set-up guide: a case in which it alone is not fulfilled, and the remedy that makes it work."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import pytest

from diag.guide import home, table
from scenarios.load import load, names
from scenarios.play import play

if TYPE_CHECKING:
    from diag.model.verdict import Verdict
    from scenarios.model import Case

CASES = {
    0: ("settings/receiving-port--all-else-fulfilled", "tenant/application-absent"),
    1: ("tenant/imap-disabled", "tenant/pop-disabled", "tenant/smtp-auth-disabled", "tenant/smtp-auth-disabled-in-organisation"),
    2: ("tenant/no-exchange-licence", "tenant/licence-pending"),
    3: ("tenant/user-consent-off", "tenant/user-consent-off--at-the-sign-in", "tenant/user-consent-managed--at-the-sign-in"),
    4: ("tenant/low-impact-missing", "tenant/low-impact-missing--at-the-sign-in", "tenant/change-is-settling--at-the-sign-in"),
    5: ("tenant/reauthorize", "tenant/user-consent-missing"),
    6: ("tenant/application-disabled--at-the-sign-in", "tenant/user-not-assigned--at-the-sign-in"),
    7: ("tenant/admin-consent-missing", "tenant/admin-consent-missing--at-the-sign-in"),
    8: ("tenant/reauthorize-after-admin-consent",),
    9: ("settings/submission-port--all-else-fulfilled",),
    10: ("tcp/port-dropped--all-else-fulfilled",),
}  # fmt: skip
"""By the number of the step: cases in which it alone is not fulfilled."""
NOT_FULFILLED = {"missing", "waiting"}
ALL = [(step, name) for step, found in CASES.items() for name in found]


@cache
def loaded(name: str) -> Case:
    return load(name)


def unfulfilled(verdict: Verdict) -> set[int]:
    return {step.number for step in verdict.guide if step.state in NOT_FULFILLED}


def test_the_list_of_steps_is_complete() -> None:
    """The guide's own numbers, 0 to 10, and nothing else."""
    assert list(CASES) == [row["number"] for row in table()] == list(range(11))
    assert all(CASES.values())


@pytest.mark.parametrize(("step", "name"), ALL)
def test_only_this_step_is_not_fulfilled_and_its_remedy_makes_it_work(step: int, name: str) -> None:
    case = loaded(name)
    played = asyncio.run(play(case))
    assert played.differences == ()
    assert unfulfilled(played.verdict) == {step}
    assert {home(finding) for finding in played.verdict.causes} == {step}
    last = played.then[-1].verdict
    assert (last.state, last.causes, unfulfilled(last)) == ("works", (), set())


@pytest.mark.parametrize(("step", "name"), ALL)
def test_the_case_says_which_step_it_is_about(step: int, name: str) -> None:
    assert loaded(name).parts.article[0] == step


def test_there_are_enough_cases_of_settings_and_tenant_alone_and_combined() -> None:
    found = [name for name in names() if name.startswith(("settings/", "tenant/"))]
    combined = [name for name in found if len(load(name).parts.article) > 1]
    assert len(found) >= 30
    assert len(combined) >= 10
