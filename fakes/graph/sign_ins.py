"""Sign-ins (auditLogs/signIns): the log of the sign-in service in the form in which Graph shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.graph.people import display_name, user_id
from fakes.graph.times import iso
from fakes.permissions import resources
from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.directory import Directory
    from fakes.graph.odata import Row
    from fakes.sign_ins import Attempt

FILTERABLE = (
    "appDisplayName", "appId", "clientAppUsed", "conditionalAccessStatus", "correlationId", "createdDateTime", "id",
    "resourceId", "status/errorCode", "userDisplayName", "userId", "userPrincipalName",
)  # fmt: skip
BY_POLICY = frozenset({53000, 53001, 53002, 53003, 53009, 530032, 530036})
"""Errors in which a Conditional Access policy had the last word."""


def rows(directory: Directory) -> Iterator[Row]:
    """Yield the attempts, the newest first."""
    for number, attempt in enumerate(directory.sign_ins.newest_first()):
        yield _row(number, attempt, directory)


def _row(number: int, attempt: Attempt, directory: Directory) -> Row:
    app, box, resource = directory.application, directory.find(attempt.user), resources()[attempt.resource]
    key = identifier(f"{attempt.at} {attempt.user} {attempt.error} {number}")
    policy = "failure" if attempt.error in BY_POLICY else "notApplied" if attempt.error else "success"
    return {
        "id": key,
        "createdDateTime": iso(attempt.at),
        "userDisplayName": display_name(box) if box else attempt.user,
        "userPrincipalName": attempt.user.lower(),
        "userId": user_id(box) if box else "00000000-0000-0000-0000-000000000000",
        "appId": app.client_id,
        "appDisplayName": app.name,
        "ipAddress": "203.0.113.7",
        "clientAppUsed": attempt.client,
        "correlationId": identifier(f"correlation {key}"),
        "conditionalAccessStatus": policy,
        "isInteractive": attempt.client != "IMAP4",
        "originalTransferMethod": attempt.transfer,
        "riskDetail": "none",
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "riskEventTypes_v2": [],
        "resourceDisplayName": resource.name,
        "resourceId": resource.app_id,
        "status": {
            "errorCode": attempt.error,
            "failureReason": attempt.reason or ("Other." if attempt.error else None),
            "additionalDetails": None,
        },
        "deviceDetail": {"deviceId": "", "displayName": "", "operatingSystem": "Windows10", "browser": ""},
        "location": {"city": "Wroclaw", "state": "Dolnoslaskie", "countryOrRegion": "PL"},
        "appliedConditionalAccessPolicies": [],
    }
