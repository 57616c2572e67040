"""What a tenant answered, in words."""

from __future__ import annotations

import pytest

from diag.model.tenant import (
    ClassifiedPermission,
    ConsentCondition,
    ConsentSetting,
    DirectoryChange,
    EnterpriseApplication,
    MailSwitches,
    PermissionGrant,
    Question,
    RoleAssignment,
    ServicePlan,
    TenantRead,
    UserAccount,
)
from diag.report.answers import answer, told


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (UserAccount(id="1", name="u@d", enabled=False), "u@d, sign-in blocked"),
        (ServicePlan(name="EXCHANGE_S_STANDARD", status="Success"), "EXCHANGE_S_STANDARD Success"),
        (ConsentSetting(policies=()), "no policy: users may not consent"),
        (ConsentCondition(excludes=True, permissions=("p",)), "excludes p"),
        (ConsentCondition(excludes=False, classification="low"), "includes low"),
        (ClassifiedPermission(name="SMTP.Send", classification="low"), "SMTP.Send low"),
        (EnterpriseApplication(id="1", client_id="c", name="A", enabled=True), "A (c), sign-in allowed, no verified publisher"),
        (PermissionGrant(by="admin", resource="r", permissions=("a", "b")), "a b by admin"),
        (RoleAssignment(to="Helpdesk"), "assigned: Helpdesk"),
        (MailSwitches(imap=True, pop=False), "IMAP on, POP off, authenticated SMTP not set"),
        (DirectoryChange(activity="A", at="t"), "A at t"),
    ],
)  # fmt: skip
def test_facts(fact: object, words: str) -> None:
    assert told(fact) == words  # type: ignore[arg-type]


def test_answers() -> None:
    read = TenantRead(asks=Question.LICENCES)
    assert answer(read) == "nothing"
    read.exists = False
    assert answer(read) == "there is none"
    read.exists, read.whole = True, False
    read.found = tuple(ServicePlan(name=f"P{number}", status="") for number in range(14))
    assert answer(read).endswith("P11; and 2 more (cut short)")
