"""What a tenant answered, in words: one short phrase for each fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.tenant import (
    ClassifiedPermission,
    ConsentCondition,
    ConsentSetting,
    DirectoryChange,
    EnterpriseApplication,
    MailSwitches,
    PermissionGrant,
    RoleAssignment,
    ServicePlan,
    UserAccount,
)

if TYPE_CHECKING:
    from diag.model.tenant import Fact, TenantRead

MOST = 12
"""Facts of one answer that are shown."""


def answer(read: TenantRead) -> str:
    """Say what came back, also where it is nothing."""
    if read.exists is False:
        return "there is none"
    shown = "; ".join(told(fact) for fact in read.found[:MOST])
    more = f"; and {len(read.found) - MOST} more" if len(read.found) > MOST else ""
    cut = "" if read.whole else " (cut short)"
    return (shown or "nothing") + more + cut


def told(fact: Fact) -> str:
    """Say one fact."""
    match fact:
        case UserAccount():
            return f"{fact.name}, sign-in {_on(fact.enabled, 'allowed', 'blocked')}"
        case ServicePlan():
            return f"{fact.name} {fact.status}".strip()
        case ConsentSetting():
            return ", ".join(fact.policies) or "no policy: users may not consent"
        case ConsentCondition():
            what = ", ".join(fact.permissions) or fact.classification or "all permissions"
            return f"{'excludes' if fact.excludes else 'includes'} {what}"
        case ClassifiedPermission():
            return f"{fact.name} {fact.classification}"
        case EnterpriseApplication():
            publisher = f"publisher {fact.publisher}" if fact.publisher else "no verified publisher"
            return f"{fact.name} ({fact.client_id}), sign-in {_on(fact.enabled, 'allowed', 'blocked')}, {publisher}"
        case PermissionGrant():
            return f"{' '.join(fact.permissions) or 'nothing'} by {fact.by}"
        case RoleAssignment():
            return f"assigned: {fact.to}"
        case MailSwitches():
            return f"IMAP {_on(fact.imap)}, POP {_on(fact.pop)}, authenticated SMTP {_on(fact.smtp_auth)}"
        case DirectoryChange():
            return f"{fact.activity} at {fact.at}"


def _on(value: bool | None, yes: str = "on", no: str = "off") -> str:  # noqa: FBT001  a flag is what it is about
    return "not set" if value is None else yes if value else no
