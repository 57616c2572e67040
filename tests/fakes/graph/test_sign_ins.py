"""The log of sign-ins as Graph shows it."""

from __future__ import annotations

from fakes.declare import Tenant
from fakes.sign_ins import Attempt
from tests.fakes.graph.asking import ADDRESS, HELPDESK, NOW, Asking, declare, refusal

PATH = "/v1.0/auditLogs/signIns"


def test_attempts_are_told_with_their_errors() -> None:
    here = Asking()
    here.directory.sign_ins.add(Attempt(at=NOW - 60, user=ADDRESS))
    here.directory.sign_ins.add(Attempt(at=NOW, user="x@y", error=53003, transfer="deviceCodeFlow"))
    newest, oldest = here.read(PATH, "AuditLog.Read.All")["value"]
    assert newest["status"]["errorCode"] == 53003
    assert (newest["conditionalAccessStatus"], newest["originalTransferMethod"]) == ("failure", "deviceCodeFlow")
    assert (oldest["userId"], oldest["createdDateTime"]) == (HELPDESK, "2027-01-15T07:59:00Z")
    assert oldest["resourceDisplayName"] == "Office 365 Exchange Online"


def test_failures_of_one_user_can_be_asked_for() -> None:
    here = Asking()
    for error in (0, 65001):
        here.directory.sign_ins.add(Attempt(at=NOW, user=ADDRESS, error=error))
    wanted = f"{PATH}?$filter=userPrincipalName eq '{ADDRESS}' and status/errorCode eq 65001"
    assert len(here.read(wanted, "AuditLog.Read.All")["value"]) == 1


def test_free_editions_have_no_log() -> None:
    reply = Asking(declare(tenant=Tenant(premium=False))).get(PATH, "AuditLog.Read.All")
    code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
    assert refusal(reply) == (403, code, "Neither tenant is B2C or tenant doesn't have premium license")
