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
ARTICLE = {
    0: ("add the mailbox in the application, and authorize it once", "mailbox"),
    1: ("check which protocols the mailbox may be used by", "e-mail apps"),
    2: ("check that the account has Exchange Online", "licence"),
    3: ("choose what users may consent to", "user consent"),
    4: ("classify the nine permissions, and wait", "low impact"),
    5: ("authorize the receiving of mail again", "reauthorize receiving"),
    6: ("look at the application and its two tabs of permissions", "enterprise application"),
    7: ("consent for the whole directory", "admin consent"),
    8: ("authorize the mailbox once more", "again"),
    9: ("set up the sending of mail", "outgoing"),
    10: ("look at the network, and ask for support", "network"),
}
"""The numbered steps of the set-up article, in our own words, each with what the title in the table has to name."""
NOT_FULFILLED = {"missing", "waiting"}
ALL = [(step, name) for step, found in CASES.items() for name in found]


@cache
def loaded(name: str) -> Case:
    return load(name)


def unfulfilled(verdict: Verdict) -> set[int]:
    return {step.number for step in verdict.guide if step.state in NOT_FULFILLED}


def test_the_list_of_steps_is_complete() -> None:
    """The article's own steps, each told of by its title, and nothing else."""
    assert list(CASES) == [row["number"] for row in table()] == list(ARTICLE)
    assert all(CASES.values())
    for row in table():
        assert ARTICLE[row["number"]][1] in row["title"].lower()


@pytest.mark.parametrize(("step", "name"), ALL)
def test_only_this_step_is_not_fulfilled_and_its_remedy_makes_it_work(step: int, name: str) -> None:
    case = loaded(name)
    played = asyncio.run(play(case))
    assert played.differences == ()
    assert unfulfilled(played.verdict) == {step}
    assert {home(finding) for finding in played.verdict.causes} == {step}
    assert {finding.code for finding in played.verdict.notes} == set(case.parts.expect.notes or ())
    last = played.then[-1].verdict
    assert last.notes == ()
    assert (last.state, last.causes, unfulfilled(last)) == ("works", (), set())


@pytest.mark.parametrize(("step", "name"), ALL)
def test_the_case_says_which_step_it_is_about(step: int, name: str) -> None:
    assert loaded(name).parts.article[0] == step


def test_there_are_enough_cases_of_settings_and_tenant_alone_and_combined() -> None:
    found = [name for name in names() if name.startswith(("settings/", "tenant/"))]
    combined = [name for name in found if len(load(name).parts.article) > 1]
    assert len(found) >= 30
    assert len(combined) >= 10
