"""A tenant that was read, drawn again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import yaml

from scenarios.load import load
from scenarios.play import play
from scenarios.recording import record


def drawn(name: str) -> dict[str, dict[str, object]]:
    measurement = asyncio.run(play(replace(load(name), then=()))).measurement
    data = yaml.safe_load(record(measurement).text)
    return {**data["world"]["but"], "check": data["check"]}


@pytest.mark.parametrize(
    ("name", "part", "expected"),
    [
        ("tenant/imap-disabled--before-any-sign-in", "mailbox", {"imap": False, "pop": True}),
        ("tenant/no-exchange-licence", "mailbox", {"plans": ["EXCHANGE_S_FOUNDATION"]}),
        ("tenant/account-disabled", "mailbox", {"enabled": False}),
        ("tenant/user-consent-managed", "tenant", {"user_consent": "managed"}),
        ("tenant/user-consent-off", "tenant", {"user_consent": "none"}),
        ("tenant/low-impact-missing--at-exchange-only", "tenant", {"low_impact_exchange": []}),
        ("tenant/application-absent", "application", {"present": False}),
        ("tenant/application-disabled", "application", {"enabled": False}),
        ("tenant/user-not-assigned", "application", {"assignment_required": True}),
        ("tenant/admin-consent-missing", "application", {"verified_publisher": False, "admin_consent": []}),
        ("tenant/not-permitted", "check", {"tenant": "only", "reader": {"graph": ["LicenseAssignment.Read.All", "User.Read.All"], "exchange": ["Exchange.Manage"]}}),
        ("healthy/tenant-shared-mailbox", "mailbox", {"shared": True, "plans": []}),
        ("healthy/tenant-shared-mailbox-opened", "mailbox", {"enabled": False, "full_access": ["anna@contoso.example"]}),
        ("healthy/tenant-shared-mailbox-opened", "application", {"consented_by": "anna@contoso.example"}),
        ("healthy/tenant-shared-mailbox-authorized", "check", {"signing_in": {"name": "anna@contoso.example"}}),
        ("healthy/tenant-other-sign-in-name", "mailbox", {"upn": "hd01@contoso.example"}),
    ],
)  # fmt: skip
def test_what_was_found_is_drawn(name: str, part: str, expected: dict[str, object]) -> None:
    found = drawn(name)[part]
    assert {key: found.get(key) for key in expected} == expected
