"""Findings about the account, its licence and its protocols, from answers made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diag.catalogue import fill, page
from diag.judge import judge
from diag.model.actions import Dialogue
from diag.model.failure import FailureCode
from diag.model.measurement import Measurement, Observation
from diag.model.signin import TokenClaims
from diag.model.target import Credential, Endpoint, Protocol, Tls
from diag.model.tenant import (
    GRAPH_RESOURCE,
    ConsentSetting,
    EnterpriseApplication,
    MailSwitches,
    Question,
    RoleAssignment,
    ServicePlan,
)
from tests.diag.tenants import ADDRESS, ALL, APPLICATION, NO_CONSENT, USER, classified, granted, tenant

APP_KEY = (Question.APPLICATION, APPLICATION.name)
NO_MAILBOX: dict[Any, Any] = {(Question.MAILBOX_SWITCHES, ""): ()}


def application(**changes: object) -> dict[Any, Any]:
    found: EnterpriseApplication = replace(APPLICATION, **changes)  # type: ignore[arg-type]
    return {APP_KEY: (found,)}


def plan(name: str, status: str = "Success") -> dict[Any, Any]:
    return {(Question.LICENCES, ""): (ServicePlan(name=name, status=status, product="SPB"),)}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ([{(Question.USER, ""): ()}], ["tenant/user-not-found"]),
        ([{(Question.USER, ""): (replace(USER, enabled=False),)}], ["tenant/account-disabled"]),
        ([{(Question.USER, ""): (replace(USER, enabled=None),)}], []),
        ([NO_MAILBOX, plan("EXCHANGE_S_FOUNDATION")], ["tenant/no-exchange-licence"]),
        ([NO_MAILBOX, plan("EXCHANGE_S_STANDARD", "Disabled")], ["tenant/no-exchange-licence"]),
        ([NO_MAILBOX, plan("EXCHANGE_S_STANDARD", "PendingProvisioning")], ["tenant/licence-pending"]),
        ([NO_MAILBOX, plan("EXCHANGE_S_DESKLESS")], []),
        ([NO_MAILBOX, {(Question.LICENCES, ""): None}], []),
        ([{(Question.MAILBOX_SWITCHES, ""): (MailSwitches(imap=False, pop=False, smtp_auth=False),)}],
         ["tenant/imap-disabled", "tenant/pop-disabled", "tenant/smtp-auth-disabled"]),
        ([{(Question.ORGANISATION_SWITCHES, ""): (MailSwitches(smtp_auth=False),)}], ["tenant/smtp-auth-disabled-in-organisation"]),
        ([{(Question.ORGANISATION_SWITCHES, ""): (MailSwitches(smtp_auth=False),),
           (Question.MAILBOX_SWITCHES, ""): (MailSwitches(imap=True, pop=True, smtp_auth=True),)}], []),
        ([application(enabled=False)], ["tenant/application-disabled"]),
        ([application(disabled_by_microsoft=True)], ["tenant/application-disabled"]),
        ([application(assignment_required=True), {(Question.ASSIGNMENT, ""): ()}], ["tenant/user-not-assigned"]),
        ([application(assignment_required=True), {(Question.ASSIGNMENT, ""): (RoleAssignment(to="helpdesk"),)}], []),
        ([application(assignment_required=True)], []),
        ([NO_CONSENT], ["tenant/user-consent-missing"]),
        ([NO_CONSENT, application(publisher=None)], ["tenant/admin-consent-missing"]),
        ([NO_CONSENT, {(Question.USER_CONSENT, ""): None}], ["tenant/admin-consent-missing"]),
        ([NO_CONSENT, {(Question.USER_CONSENT, ""): (ConsentSetting(policies=("ManagePermissionGrantsForSelf.microsoft-user-default-recommended",)),)}],
         ["tenant/user-consent-managed"]),
        ([NO_CONSENT, {(Question.ADMIN_GRANTS, ""): FailureCode.FORBIDDEN}], []),
    ],
)  # fmt: skip
def test_findings(changes: list[Any], codes: list[str]) -> None:
    assert sorted(finding.code for finding in judge(tenant(*changes)).causes) == sorted(codes)


def test_every_placeholder_of_a_remedy_is_filled() -> None:
    low = {(Question.CLASSIFICATIONS, GRAPH_RESOURCE): classified(ALL[:4])}
    (finding,) = judge(tenant(NO_CONSENT, low)).causes
    text = fill(page(finding.code).sections["What to do"], finding.values)
    assert "'Mail.Read', 'User.Read', 'email', 'openid', 'profile' | ForEach-Object {" in text
    assert GRAPH_RESOURCE in text


def test_the_two_tabs_are_told_apart() -> None:
    some: dict[Any, Any] = {
        (Question.ADMIN_GRANTS, ""): granted("admin", "SMTP.Send"), (Question.USER_GRANTS, ""): granted("user", "openid")
    }  # fmt: skip
    (finding,) = judge(tenant(some)).causes
    assert finding.values["user_tab"] == "openid"
    assert finding.values["admin_tab"] == "SMTP.Send"
    assert finding.values["missing"] == "IMAP.AccessAsUser.All, POP.AccessAsUser.All, offline_access"


def test_what_could_not_be_told_says_of_what_and_with_which_permission() -> None:
    verdict = judge(tenant({(Question.USER, ""): FailureCode.FORBIDDEN, (Question.MAILBOX_SWITCHES, ""): FailureCode.FORBIDDEN,
                            (Question.LICENCES, ""): FailureCode.UNAVAILABLE}))  # fmt: skip
    by_code = {finding.code: finding.values for finding in verdict.notes}
    assert by_code["tenant/not-permitted"]["checks"] == "the account"
    assert by_code["tenant/not-permitted"]["permissions"] == "A.Permission"
    assert by_code["tenant/exchange-not-permitted"]["address"] == ADDRESS
    assert by_code["tenant/unanswered"]["checks"] == "the licence"
    assert verdict.unexplained == ()


def signed_in(app_id: str | None) -> Measurement:
    """Return a tenant without consent in which IMAP was signed in to, with a token of an application."""
    measurement = tenant(NO_CONSENT)
    endpoint = Endpoint(protocol=Protocol.IMAP, host="outlook.office365.com", port=993, tls=Tls.IMPLICIT)
    measurement.target = replace(measurement.target, endpoints=(endpoint,), credential=Credential.TOKEN)
    seen = Dialogue(protocol=Protocol.IMAP, tls=Tls.IMPLICIT, purpose="sign-in", encrypted=True, status="OK")
    for action, subject in ((seen, endpoint.subject), (TokenClaims(form="jwt", app_id=app_id), ADDRESS)):
        number = len(measurement.observations) + 1
        measurement.observations.append(Observation(number=number, subject=subject, began=0, took=0, action=action))
    return measurement


@pytest.mark.parametrize(
    ("app_id", "code"),
    [("c1", "tenant/consent-gone"), (None, "tenant/consent-gone"), ("other", "tenant/user-consent-missing")],
)
def test_a_consent_that_was_withdrawn_is_told_from_one_that_was_never_given(app_id: str | None, code: str) -> None:
    assert [finding.code for finding in judge(signed_in(app_id)).causes if finding.code.startswith("tenant/")] == [code]


BLOCKED: dict[Any, Any] = {(Question.USER, ""): (replace(USER, enabled=False),)}
UNLICENSED: dict[Any, Any] = {(Question.LICENCES, ""): ()}
ANNA = "anna@contoso.example"
ANNAS: dict[Any, Any] = {(Question.SIGNER, ANNA): (replace(USER, id="u2", name=ANNA),)}


def with_token(measurement: Measurement, **claims: Any) -> Measurement:  # noqa: ANN401  fields of one action
    number = len(measurement.observations) + 1
    action = TokenClaims(form="jwt", **claims)
    measurement.observations.append(Observation(number=number, subject=ADDRESS, began=0.0, took=0.0, action=action))
    return measurement


@pytest.mark.parametrize(
    ("measurement", "blamed"),
    [
        (tenant(BLOCKED), True),
        (tenant(BLOCKED, UNLICENSED), False),
        (tenant(BLOCKED, ANNAS), False),
        (with_token(tenant(BLOCKED), user=ANNA), False),
        (with_token(tenant(BLOCKED), by_app=True, app_id="c1"), False),
        (with_token(tenant(BLOCKED, UNLICENSED), user=ADDRESS.upper()), True),
    ],
    ids=["own", "shared", "somebody else was asked for", "somebody else's token", "the application", "own token"],
)
def test_a_blocked_account_is_a_fault_where_it_has_to_sign_in(measurement: Measurement, *, blamed: bool) -> None:
    codes = [finding.code for finding in judge(measurement).causes]
    assert codes == (["tenant/account-disabled"] if blamed else [])


def test_what_is_missing_is_missing_for_who_signs_in() -> None:
    (finding,) = judge(tenant(ANNAS, NO_CONSENT)).causes
    assert (finding.code, finding.values["person"], finding.values["user"]) == (
        "tenant/user-consent-missing", ANNA, ADDRESS,
    )  # fmt: skip
