"""The guide as a table: what is fulfilled, what is missing, and what nobody may call fulfilled."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from diag.catalogue import codes, page
from diag.guide import commands, home, table
from diag.judge import judge
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.model.target import Protocol
from diag.model.tenant import EXCHANGE_RESOURCE, GRAPH_RESOURCE, ConsentSetting, MailSwitches, Question, ServicePlan
from tests.diag.tenants import (
    ADDRESS,
    ALL,
    APPLICATION,
    HEALTHY,
    NO_APPLICATION,
    NO_CONSENT,
    USER,
    classified,
    granted,
    tenant,
)

if TYPE_CHECKING:
    from tests.diag.tenants import Key

OFF: dict[Any, Any] = {(Question.USER_CONSENT, ""): (ConsentSetting(policies=()),)}

ENTERPRISE = "Microsoft Entra admin center > Entra ID > Enterprise applications"


def states(*changes: dict[Any, Any], **how: tuple[Protocol, ...]) -> dict[int, str]:
    return {step.number: step.state for step in judge(tenant(*changes, **how)).guide}


def test_the_steps_are_the_guides() -> None:
    """What they are is held against the article in tests/whole/test_guide_steps.py."""
    assert [row["number"] for row in table()] == [step.number for step in judge(tenant()).guide]


def test_a_healthy_tenant_fulfils_every_step_that_can_be_read() -> None:
    verdict = judge(tenant())
    assert (verdict.state, verdict.causes) == ("works", ())
    assert states() == {0: "fulfilled", 1: "fulfilled", 2: "fulfilled", 3: "fulfilled", 4: "fulfilled", 5: "not-tested",
                        6: "fulfilled", 7: "fulfilled", 8: "not-tested", 9: "not-tested", 10: "not-tested"}  # fmt: skip


@pytest.mark.parametrize("question", [key for key in HEALTHY if key[0] is not Question.CHANGES])
@pytest.mark.parametrize("way", [FailureCode.FORBIDDEN, FailureCode.UNAVAILABLE, None])
def test_what_may_not_be_read_is_never_fulfilled(question: Key, way: FailureCode | None) -> None:
    """Nor is it blamed: without its answer no step turns from missing to fulfilled or the reverse."""
    verdict = judge(tenant({question: way}))
    assert not verdict.causes
    before = states()
    for step in verdict.guide:
        assert step.state in {before[step.number], "unknown", "not-needed"}, step
    hidden = {Question.APPLICATION, Question.USER_GRANTS, Question.ORGANISATION_SWITCHES}
    if question[0] in hidden | {Question.MAILBOX_SWITCHES}:
        assert verdict.state == "unclear"
    if way is not None:
        codes_told = {finding.code for finding in verdict.notes}
        assert codes_told & {"tenant/not-permitted", "tenant/exchange-not-permitted", "tenant/unanswered"}


def test_settings_for_new_consent_do_not_matter_once_consent_was_given() -> None:
    low = {(Question.CLASSIFICATIONS, GRAPH_RESOURCE): ()}
    found = states(OFF, low)
    assert (found[3], found[4]) == ("not-needed", "not-needed")
    assert judge(tenant(OFF, low)).state == "works"


UNCLASSIFIED: dict[Any, Any] = {(Question.CLASSIFICATIONS, at): () for at in (GRAPH_RESOURCE, EXCHANGE_RESOURCE)}
LEGACY: dict[Any, Any] = {
    (Question.USER_CONSENT, ""): (
        ConsentSetting(policies=("ManagePermissionGrantsForSelf.microsoft-user-default-legacy",)),
    )
}


def test_a_choice_that_lets_users_consent_as_well_needs_neither_the_other_nor_a_classification() -> None:
    found = states(NO_CONSENT, LEGACY, UNCLASSIFIED)
    assert (found[3], found[4], found[7]) == ("not-needed", "not-needed", "not-needed")


def test_whether_an_administrator_must_consent_is_not_told_where_the_grants_are_not_read() -> None:
    unread: dict[Any, Any] = {(Question.ADMIN_GRANTS, ""): FailureCode.FORBIDDEN}
    assert states(NO_CONSENT, LEGACY, unread)[7] == "unknown"


def test_a_missing_step_has_the_finding_as_found_and_its_remedy_as_command() -> None:
    (step,) = [step for step in judge(tenant({(Question.MAILBOX_SWITCHES, ""): (MailSwitches(imap=False, pop=True),)})).guide
               if step.state == "missing"]  # fmt: skip
    assert (step.number, step.found) == (1, f"IMAP is switched off for the mailbox {ADDRESS}.")
    assert step.command == f"Set-CASMailbox {ADDRESS} -ImapEnabled $true"
    assert step.evidence


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ([{(Question.LICENCES, ""): (ServicePlan(name="EXCHANGE_S_FOUNDATION", status="Success"),),
           (Question.MAILBOX_SWITCHES, ""): ()}], {2}),
        ([NO_CONSENT, OFF], {3}),
        ([NO_CONSENT, OFF, {(Question.CLASSIFICATIONS, GRAPH_RESOURCE): classified(ALL[:4])}], {3, 4}),
        ([NO_CONSENT, {(Question.CLASSIFICATIONS, GRAPH_RESOURCE): classified(ALL[:4])}], {4}),
        ([NO_CONSENT, {(Question.CLASSIFICATIONS, EXCHANGE_RESOURCE): ()}], {4}),
        ([NO_CONSENT], {5}),
        ([NO_APPLICATION], {0}),
        ([NO_APPLICATION, OFF], {3}),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_and_nothing_else(changes: list[Any], missing: set[int]) -> None:
    assert {number for number, state in states(*changes).items() if state == "missing"} == missing


def test_only_the_protocols_in_use_count() -> None:
    off: dict[Any, Any] = {(Question.MAILBOX_SWITCHES, ""): (MailSwitches(imap=True, pop=False, smtp_auth=False),)}
    assert states(off, protocols=(Protocol.IMAP,))[1] == "fulfilled"
    assert states(off, protocols=(Protocol.POP3,))[1] == "missing"
    only_imap: dict[Any, Any] = {
        **NO_CONSENT, (Question.USER_GRANTS, ""): granted("user", "IMAP.AccessAsUser.All", "offline_access")
    }  # fmt: skip
    assert judge(tenant(only_imap, protocols=(Protocol.IMAP,))).state == "works"
    assert states(only_imap, protocols=(Protocol.IMAP, Protocol.SMTP))[5] == "missing"


def test_a_mailbox_that_exchange_knows_needs_no_licence() -> None:
    """A shared mailbox has none."""
    assert states({(Question.LICENCES, ""): ()})[2] == "fulfilled"


@pytest.mark.parametrize("code", sorted(code for code in codes() if code.startswith("tenant/")))
def test_a_page_of_the_tenant_has_a_step_or_says_what_could_not_be_told(code: str) -> None:
    finding = Finding(code=code, subject=ADDRESS, evidence=())
    assert home(finding) is not None or page(code).severity == "note"
    assert page(code).severity == "note" or code == "tenant/licence-pending" or page(code).sections["What to do"]


@pytest.mark.parametrize(
    ("changes", "number", "where"),
    [
        ([{(Question.APPLICATION, APPLICATION.name): (replace(APPLICATION, enabled=False),)}], 6, f"{ENTERPRISE} > All applications > {APPLICATION.name} > Properties > Enabled for users to sign-in"),
        ([{(Question.APPLICATION, APPLICATION.name): (replace(APPLICATION, assignment_required=True),), (Question.ASSIGNMENT, ""): ()}], 6,
         f"{ENTERPRISE} > All applications > {APPLICATION.name} > Users and groups > Add user/group"),
        ([{(Question.USER, ""): (replace(USER, enabled=False),)}], 0, f"Microsoft 365 admin center > Users > Active users > {ADDRESS} > Unblock sign-in"),
        ([NO_CONSENT, OFF], 3, f"{ENTERPRISE} > Consent and permissions > User consent settings"),
    ],
)  # fmt: skip
def test_a_missing_step_shows_where_its_remedy_is_carried_out(changes: list[Any], number: int, where: str) -> None:
    """Not where the step as a whole is: several switches belong to one step."""
    (step,) = [step for step in judge(tenant(*changes)).guide if step.state == "missing"]
    assert (step.number, step.portal) == (number, where)


def test_a_missing_step_has_each_command_whole_though_lines_of_it_recur() -> None:
    nothing: dict[Any, Any] = {
        (Question.CLASSIFICATIONS, resource): () for resource in (GRAPH_RESOURCE, EXCHANGE_RESOURCE)
    }
    (step,) = [step for step in judge(tenant(NO_CONSENT, nothing)).guide if step.state == "missing"]
    assert step.command.count("ForEach-Object {") == step.command.count("\n}") == 2
    assert all(resource in step.command for resource in (GRAPH_RESOURCE, EXCHANGE_RESOURCE))
    assert "at Microsoft Graph: " in step.found
    assert "; at Office 365 Exchange Online: IMAP.AccessAsUser.All" in step.found


CENTRE = re.compile(r"(Microsoft 365|Microsoft Entra|Exchange) admin center > ")


@pytest.mark.parametrize("code", sorted(codes()))
def test_a_page_that_leads_through_a_portal_says_where_to(code: str) -> None:
    """The table of the guide takes the path from there; both are one and the same."""
    found = page(code)
    remedy = found.sections["What to do"]
    due = code.startswith("tenant/") and found.severity != "note"
    if due or (found.article and CENTRE.search(remedy)):
        assert found.portal
    if CENTRE.match(found.portal):
        assert found.portal in remedy
    elif found.portal:
        assert found.portal.startswith("the application's mailbox settings > ")
        assert found.portal.rpartition(" > ")[2] in remedy or "authorize the mailbox again" in remedy


def test_portals_are_spelt_in_one_way() -> None:
    """As the guide does: Entra ID > Enterprise applications."""
    texts = {code: "\n".join((page(code).portal, *page(code).sections.values())) for code in codes()}
    texts |= {f"step {row['number']}": row["portal"] for row in table()}
    for name, text in texts.items():
        assert "Enterprise apps" not in text, name
        every = re.findall(r"(.{0,60})Enterprise applications >", text)
        assert all(before.endswith("Microsoft Entra admin center > Entra ID > ") for before in every), name
        assert not re.search(r"Entra admin center > (?!Entra ID)|(?<!Microsoft )Entra admin center", text), name


def test_commands_are_the_code_of_the_remedy() -> None:
    finding = Finding(code="tenant/imap-disabled", subject=ADDRESS, evidence=(), values={"address": "a@b", "user": "u"})
    assert commands(page(finding.code), finding) == ("Set-CASMailbox a@b -ImapEnabled $true",)
