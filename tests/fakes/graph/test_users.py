"""Requests about users."""

from __future__ import annotations

import pytest

from fakes.declare import Application, Mailbox, Token
from tests.fakes.graph.asking import ADDRESS, APP, AUDIENCE, HELPDESK, READER, Asking, declare, refusal

PATH = f"/v1.0/users/{ADDRESS}"


@pytest.mark.parametrize(
    ("box", "plans"),
    [
        (Mailbox(address=ADDRESS, plans=("EXCHANGE_S_FOUNDATION",)), [("EXCHANGE_S_FOUNDATION", "Success"), ("FLOW_P2_VIRAL", "Success")]),
        (Mailbox(address=ADDRESS, plans=("TEAMS1",)), [("EXCHANGE_S_STANDARD", "Disabled"), ("TEAMS1", "Success")]),
        (Mailbox(address=ADDRESS, plan_status="PendingProvisioning"), [("EXCHANGE_S_STANDARD", "PendingProvisioning"), ("TEAMS1", "Success")]),
        (Mailbox(address=ADDRESS, plans=()), []),
    ],
)  # fmt: skip
def test_a_licence_says_how_far_its_plans_are(box: Mailbox, plans: list[tuple[str, str]]) -> None:
    found = Asking(declare(mailbox=box)).read(f"{PATH}/licenseDetails", "User.Read.All")["value"]
    assert [(p["servicePlanName"], p["provisioningStatus"]) for row in found for p in row["servicePlans"]] == plans


def test_the_mailbox_of_another_is_read_by_applications_alone() -> None:
    here = Asking()
    reply = here.get(f"{PATH}/mailboxSettings", "MailboxSettings.Read")
    assert refusal(reply) == (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    token = here.directory.issue(Token(audience=AUDIENCE, roles=("MailboxSettings.Read",)))
    assert here.ask(f"{PATH}/mailboxSettings", f"Bearer {token}").status == 200


def test_the_own_mailbox_has_settings_and_a_purpose() -> None:
    found = Asking().read("/v1.0/me/mailboxSettings", "MailboxSettings.Read", user=ADDRESS)
    assert found["@odata.context"].endswith(f"#users('{HELPDESK}')/mailboxSettings")
    assert found["userPurpose"] == "user"


def test_without_a_mailbox_there_are_no_settings() -> None:
    reply = Asking().get("/v1.0/me/mailboxSettings", "MailboxSettings.Read", user=READER)
    message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
    assert refusal(reply) == (404, "MailboxNotEnabledForRESTAPI", message)


def test_nobody_is_not_found() -> None:
    status, code, _ = refusal(Asking().get("/v1.0/users/x@contoso.example", "User.Read.All"))
    assert (status, code) == (404, "Request_ResourceNotFound")


def test_assignments_of_a_user() -> None:
    here = Asking(declare(application=Application(assigned=(ADDRESS,))))
    found = here.read(f"{PATH}/appRoleAssignments?$filter=resourceId eq '{APP}'", "Directory.Read.All")["value"]
    assert [(row["principalId"], row["resourceId"], row["principalType"]) for row in found] == [(HELPDESK, APP, "User")]
    assert here.read(f"/v1.0/users/{READER}/appRoleAssignments", "Directory.Read.All")["value"] == []


def test_all_users_can_be_counted() -> None:
    declared = declare()
    declared.tenant.users = 500
    found = Asking(declared).read("/v1.0/users?$count=true&$top=1", "User.Read.All", ConsistencyLevel="eventual")
    assert found["@odata.count"] == 502
