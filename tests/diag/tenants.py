"""A tenant's answers made by hand: a healthy one, and changes to it, as a measurement that rules can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from diag.model.failure import Failure, FailureCode
from diag.model.measurement import Measurement, Observation, Vantage
from diag.model.target import Protocol, Target
from diag.model.tenant import (
    EXCHANGE_RESOURCE,
    GRAPH_RESOURCE,
    PERMISSIONS,
    ClassifiedPermission,
    ConsentSetting,
    EnterpriseApplication,
    MailSwitches,
    PermissionGrant,
    Question,
    ServicePlan,
    TenantRead,
    UserAccount,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.tenant import Fact

ADDRESS = "helpdesk@contoso.example"
STARTED = "2026-11-25T09:00:00+00:00"
USER = UserAccount(id="u1", name=ADDRESS, enabled=True)
APPLICATION = EnterpriseApplication(
    id="a1",
    client_id="c1",
    name="Axence OAuth2 Authentication",
    enabled=True,
    assignment_required=False,
    publisher="Axence",
)
LOW = "ManagePermissionGrantsForSelf.microsoft-user-default-low"
ALL = tuple(PERMISSIONS)
Key = tuple[Question, str]


def classified(names: Iterable[str]) -> tuple[Fact, ...]:
    return tuple(ClassifiedPermission(name=name, classification="low") for name in names)


def granted(by: Literal["admin", "user"], *names: str) -> tuple[Fact, ...]:
    return (PermissionGrant(by=by, resource="r1", permissions=names),) if names else ()


HEALTHY: dict[Key, tuple[Fact, ...] | FailureCode | None] = {
    (Question.USER, ""): (USER,),
    (Question.MAILBOX_SWITCHES, ""): (MailSwitches(imap=True, pop=True, smtp_auth=None),),
    (Question.ORGANISATION_SWITCHES, ""): (MailSwitches(smtp_auth=True),),
    (Question.LICENCES, ""): (ServicePlan(name="EXCHANGE_S_STANDARD", status="Success", product="O365_BUSINESS"),),
    (Question.USER_CONSENT, ""): (ConsentSetting(policies=(LOW,)),),
    (Question.CLASSIFICATIONS, GRAPH_RESOURCE): classified(PERMISSIONS),
    (Question.CLASSIFICATIONS, EXCHANGE_RESOURCE): classified(
        ["IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send"]
    ),
    (Question.APPLICATION, "Axence OAuth2 Authentication"): (APPLICATION,),
    (Question.ADMIN_GRANTS, ""): granted("admin", *ALL),
    (Question.USER_GRANTS, ""): granted("user", *ALL),
    (Question.CHANGES, ""): (),
}
NO_CONSENT: dict[Key, Any] = {(Question.ADMIN_GRANTS, ""): (), (Question.USER_GRANTS, ""): ()}
NO_APPLICATION: dict[Key, Any] = {
    (Question.APPLICATION, "Axence OAuth2 Authentication"): (),
    (Question.ADMIN_GRANTS, ""): None,
    (Question.USER_GRANTS, ""): None,
}


def tenant(*changes: dict[Any, Any], protocols: tuple[Protocol, ...] = ()) -> Measurement:
    """Return a measurement of a tenant; a change is the facts of an answer, a failure, or None for not asked."""
    answers: dict[Any, Any] = dict(HEALTHY)
    for change in changes:
        answers.update(change)
    observations: list[Observation] = []
    for (asks, about), found in answers.items():
        if found is None:
            continue
        read = TenantRead(asks=asks, about=about, permissions=("A.Permission",), requests=1)
        if asks in {Question.MAILBOX_SWITCHES, Question.ORGANISATION_SWITCHES}:
            read.service = "exchange"
        failure = None
        if isinstance(found, FailureCode):
            failure, read.whole = Failure.of(found, "403 Authorization_RequestDenied"), False
        else:
            read.found, read.exists = found, bool(found)
        number = len(observations) + 1
        observations.append(
            Observation(number=number, subject=ADDRESS, began=0.0, took=0.1, action=read, failure=failure)
        )
    target = Target(address=ADDRESS, user=ADDRESS, provider="microsoft365", protocols=protocols)
    return Measurement(target=target, vantage=Vantage(started=STARTED), observations=observations)
