"""What was changed minutes ago: a time to wait for, and only where waiting could help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from diag.judge import judge
from diag.model.actions import Dialogue
from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Observation
from diag.model.target import Credential, Endpoint, Protocol, Tls
from diag.model.tenant import ConsentSetting, DirectoryChange, MailSwitches, Question
from tests.diag.tenants import NO_CONSENT, tenant

if TYPE_CHECKING:
    from diag.model.finding import Finding
    from diag.model.measurement import Measurement


def changed(activity: str, at: str, *targets: str) -> dict[Any, Any]:
    return {(Question.CHANGES, ""): (DirectoryChange(activity=activity, at=at, targets=targets),)}


def with_sign_in(measurement: Measurement, *, good: bool, text: str = "AUTHENTICATE failed.") -> Measurement:
    action = Dialogue(
        protocol=Protocol.IMAP,
        tls=Tls.IMPLICIT,
        purpose="sign-in",
        encrypted=True,
        status="NO",
        text=text,
    )
    failure = None if good else Failure.of(FailureCode.REPLY_REFUSED)
    number = len(measurement.observations) + 1
    measurement.observations.append(
        Observation(number=number, subject="outlook.office365.com:993", began=0, took=0, action=action, failure=failure)
    )
    endpoint = Endpoint(protocol=Protocol.IMAP, host="outlook.office365.com", port=993, tls=Tls.IMPLICIT)
    target = measurement.target
    measurement.target = type(target)(
        address=target.address, user=target.user, endpoints=(endpoint,), credential=Credential.TOKEN
    )
    return measurement


def found(measurement: Measurement) -> list[Finding]:
    verdict = judge(measurement)
    return [item for item in (*verdict.causes, *verdict.notes) if item.code.startswith("tenant/change")]


POLICY = "Update authorization policy"


def test_a_sign_in_that_fails_after_a_recent_change_is_to_wait() -> None:
    (finding,) = found(with_sign_in(tenant(changed(POLICY, "2026-11-25T08:57:30Z")), good=False))
    assert finding.code == "tenant/change-is-settling"
    assert (finding.values["minutes"], finding.values["until"]) == (2, "09:07 UTC")


@pytest.mark.parametrize("text", ["User is authenticated but not connected.", "User not enabled for IMAP use."])
def test_a_switch_may_not_have_arrived(text: str) -> None:
    (finding,) = found(with_sign_in(tenant(changed(POLICY, "2026-11-25T08:57:30Z")), good=False, text=text))
    assert finding.code == "tenant/change-is-settling"


@pytest.mark.parametrize(
    "text",
    ["Basic authentication is disabled.", "Request is throttled.", "Server Unavailable. 15", "AccessTokenExpired"],
)
def test_a_reply_that_names_its_own_reason_is_not_to_wait(text: str) -> None:
    measurement = with_sign_in(tenant(changed(POLICY, "2026-11-25T08:57:30Z")), good=False, text=text)
    assert found(measurement) == []
    assert judge(measurement).causes


def test_without_a_sign_in_it_is_a_note() -> None:
    verdict = judge(tenant(changed(POLICY, "2026-11-25T08:57:30Z")))
    assert [finding.code for finding in verdict.notes] == ["tenant/changed-recently"]
    assert verdict.state == "works"


@pytest.mark.parametrize(
    "measurement",
    [
        with_sign_in(tenant(changed(POLICY, "2026-11-25T08:57:30Z")), good=True),
        tenant(changed(POLICY, "2026-11-25T08:49:59Z")),
        tenant(changed(POLICY, "2026-11-25T09:30:00Z")),
        tenant(changed(POLICY, "yesterday")),
        tenant(changed("Update user", "2026-11-25T08:59:59Z")),
        tenant(
            changed(POLICY, "2026-11-25T08:57:30Z"),
            NO_CONSENT,
            {(Question.USER_CONSENT, ""): (ConsentSetting(policies=()),)},
        ),
    ],
    ids=["signed in", "too long ago", "in the future", "no time", "does not matter", "something is to be mended"],
)
def test_nothing_is_to_be_waited_for(measurement: Measurement) -> None:
    assert found(measurement) == []


def test_the_last_to_settle_decides() -> None:
    switched: dict[Any, Any] = {
        (Question.MAILBOX_SWITCHES, ""): (MailSwitches(imap=True, pop=True, changed="2026-11-25T08:55:00"),)
    }
    (finding,) = found(tenant(changed(POLICY, "2026-11-25T08:57:30Z"), switched))
    assert (finding.values["what"], finding.values["until"]) == ("the protocols of the mailbox", "09:55 UTC")


AT = "2026-11-25T08:58:00Z"


@pytest.mark.parametrize(
    ("activity", "targets"),
    [
        ("Change user license", ("u1",)),
        ("Update service principal", ("a1",)),
        ("Add delegated permission grant", ("r1", "a1")),
        ("Add app role assignment grant to user", ("a1", "u1")),
        (POLICY, ("whatever the policy is called",)),
    ],
)
def test_a_change_to_what_the_mailbox_rests_upon_counts(activity: str, targets: tuple[str, ...]) -> None:
    (finding,) = found(tenant(changed(activity, AT, *targets)))
    assert finding.confidence == "likely"


@pytest.mark.parametrize(
    ("activity", "targets"),
    [
        ("Change user license", ("u2",)),
        ("Update service principal", ("a2",)),
        ("Add delegated permission grant", ("r1", "a2")),
        ("Add app role assignment grant to user", ("a1", "u2")),
    ],
)
def test_a_change_for_somebody_else_does_not(activity: str, targets: tuple[str, ...]) -> None:
    assert found(tenant(changed(activity, AT, *targets))) == []


def test_a_change_to_nobody_knows_what_is_possible_and_no_more() -> None:
    (finding,) = found(tenant(changed("Change user license", AT)))
    assert finding.confidence == "possible"


def test_of_two_changes_the_surer_decides() -> None:
    unsure: dict[Any, Any] = {
        (Question.CHANGES, ""): (
            DirectoryChange(activity="Change user license", at=AT),
            DirectoryChange(activity=POLICY, at=AT),
        )
    }
    (finding,) = found(tenant(unsure))
    assert finding.values["what"] == "the user-consent setting"
