"""When what was changed."""

from __future__ import annotations

from fakes.declare import Application, Mailbox, Tenant
from tests.fakes.graph.asking import ADDRESS, APP, Asking, declare

PATH = "/v1.0/auditLogs/directoryAudits"


def test_changes_come_with_the_newest_first() -> None:
    declared = declare(
        mailbox=Mailbox(address=ADDRESS, licensed_ago=1200, sessions_revoked_ago=300),
        tenant=Tenant(consent_changed_ago=120),
        application=Application(consented_ago=600, user_consent=()),
    )
    rows = Asking(declared).read(f"{PATH}?$top=4", "AuditLog.Read.All")["value"]
    assert [(row["activityDisplayName"], row["activityDateTime"]) for row in rows] == [
        ("Update authorization policy", "2027-01-15T07:58:00Z"),
        ("Update StsRefreshTokenValidFrom Timestamp", "2027-01-15T07:55:00Z"),
        ("Consent to application", "2027-01-15T07:50:00Z"),
        ("Change user license", "2027-01-15T07:40:00Z"),
    ]


def test_a_consent_says_whose_and_to_what() -> None:
    wanted = (
        f"{PATH}?$filter=activityDisplayName eq 'Consent to application' and activityDateTime ge 2027-01-14T00:00:00Z"
    )
    rows = Asking().read(wanted, "AuditLog.Read.All")["value"]
    told = [
        {item["displayName"]: item["newValue"] for item in row["targetResources"][0]["modifiedProperties"]}
        for row in rows
    ]
    assert [item["ConsentContext.IsAdminConsent"] for item in told] == ['"False"', '"True"']
    assert "IMAP.AccessAsUser.All" in told[0]["ConsentAction.Permissions"]
    assert {row["targetResources"][0]["id"] for row in rows} == {APP}
    assert len({row["id"] for row in rows}) == 2


def test_what_was_changed_for_others_names_nothing_of_ours() -> None:
    rows = Asking(declare(tenant=Tenant(others_changed_ago=60))).read(f"{PATH}?$top=6", "AuditLog.Read.All")["value"]
    assert {row["activityDateTime"] for row in rows} == {"2027-01-15T07:59:00Z"}
    targets = {target["id"] for row in rows for target in row["targetResources"]}
    assert len(targets) == 3
    assert APP not in targets
