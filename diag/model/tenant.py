"""What a tenant's directory and Exchange say about a mailbox: one kind of fact for each kind of answer.

They are facts as found, without opinion: what a set-up guide asks for, and whether it is fulfilled, is for the rules.
Times are ISO 8601 in UTC, as sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

FORBID = {"extra": "forbid"}

GRAPH_RESOURCE = "00000003-0000-0000-c000-000000000000"
EXCHANGE_RESOURCE = "00000002-0000-0ff1-ce00-000000000000"
"""The two applications of Microsoft at which the same mail permissions exist, each with identifiers of its own."""
RESOURCES = {GRAPH_RESOURCE: "Microsoft Graph", EXCHANGE_RESOURCE: "Office 365 Exchange Online"}
PERMISSIONS: dict[str, dict[str, str]] = {
    "offline_access": {GRAPH_RESOURCE: "7427e0e9-2fba-42fe-b0c0-848c9e6a8182"},
    "IMAP.AccessAsUser.All": {
        GRAPH_RESOURCE: "652390e4-393a-48de-9484-05f9b1212954",
        EXCHANGE_RESOURCE: "195adc35-e27b-454b-a7ed-1ecdffa1c09f",
    },
    "POP.AccessAsUser.All": {
        GRAPH_RESOURCE: "d7b7f2d9-0f45-4ea1-9d42-e50810c06991",
        EXCHANGE_RESOURCE: "fb698133-92fa-453e-a9ed-688e10f2e5ac",
    },
    "SMTP.Send": {
        GRAPH_RESOURCE: "258f6531-6087-4cc4-bb90-092c5fb3ed3f",
        EXCHANGE_RESOURCE: "76faac2a-0f20-42f1-928a-50de5b9dbe52",
    },
    "Mail.Read": {GRAPH_RESOURCE: "570282fd-fa5c-430d-a7fd-fc8dc98a9dca"},
    "User.Read": {GRAPH_RESOURCE: "e1fe6dd8-ba31-4d61-89e7-88639da4683d"},
    "email": {GRAPH_RESOURCE: "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0"},
    "openid": {GRAPH_RESOURCE: "37f7f235-527c-4136-accd-4a02d197296e"},
    "profile": {GRAPH_RESOURCE: "14dad69e-099b-42c9-810b-d002981feec1"},
}
"""The nine permissions of the guide, with their identifiers at each resource that a mail client asks them of."""
APPLICATION = "Axence OAuth2 Authentication"
"""The enterprise application that the set-up guide is about."""


class Question(StrEnum):
    """The closed list of what a tenant is asked, in the order of the guide."""

    USER = "user"
    SIGNER = "signing-in-user"
    MAILBOX_SWITCHES = "mailbox-switches"
    ORGANISATION_SWITCHES = "organisation-switches"
    LICENCES = "licences"
    USER_CONSENT = "user-consent-setting"
    CONSENT_POLICY = "consent-policy"
    CLASSIFICATIONS = "classifications"
    APPLICATION = "application"
    RESOURCE = "resource"
    ASSIGNMENT = "assignment"
    ADMIN_GRANTS = "admin-consent"
    USER_GRANTS = "user-consent"
    CHANGES = "changes"


ABOUT: dict[Question, str] = {
    Question.USER: "the account",
    Question.SIGNER: "the account that signs in",
    Question.MAILBOX_SWITCHES: "IMAP, POP and authenticated SMTP of the mailbox",
    Question.ORGANISATION_SWITCHES: "authenticated SMTP of the organisation",
    Question.LICENCES: "the licence",
    Question.USER_CONSENT: "the user-consent setting",
    Question.CONSENT_POLICY: "the content of the consent policy",
    Question.CLASSIFICATIONS: "the classification of permissions",
    Question.APPLICATION: "the enterprise application",
    Question.RESOURCE: "the resources of the permissions",
    Question.ASSIGNMENT: "the assignment to the application",
    Question.ADMIN_GRANTS: "admin consent",
    Question.USER_GRANTS: "user consent",
    Question.CHANGES: "the time of the last changes",
}
"""What each question is about, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAccount:
    """The account behind a mailbox. ``enabled`` is whether it may sign in."""

    __pydantic_config__ = FORBID

    kind: Literal["user-account"] = "user-account"
    id: str
    name: str
    """The user principal name, by which it signs in."""
    enabled: bool | None = None
    mail_plan_since: str | None = None
    """When it was last given a plan of Exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """One service plan of a licence, such as ``EXCHANGE_S_STANDARD``."""

    __pydantic_config__ = FORBID

    kind: Literal["service-plan"] = "service-plan"
    name: str
    status: str
    """``Success``, ``Disabled``, ``PendingInput``, ``PendingActivation``, ``PendingProvisioning``..."""
    product: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSetting:
    """What users may consent to: the policies that hold for every user's own consent."""

    __pydantic_config__ = FORBID

    kind: Literal["consent-setting"] = "consent-setting"
    policies: tuple[str, ...]
    """Such as ``ManagePermissionGrantsForSelf.microsoft-user-default-low``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCondition:
    """One condition set of a consent policy: it includes or excludes what fits all of it. Empty means any."""

    __pydantic_config__ = FORBID

    kind: Literal["consent-condition"] = "consent-condition"
    excludes: bool
    permission_type: str = ""
    classification: str = ""
    resource: str = ""
    """The application at which the permissions are."""
    permissions: tuple[str, ...] = ()
    """Identifiers of permissions."""
    clients: tuple[str, ...] = ()
    """Identifiers of applications."""
    verified_publisher: bool = False
    """True: only applications of verified publishers fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifiedPermission:
    """A delegated permission of one resource, and how an administrator classified it."""

    __pydantic_config__ = FORBID

    kind: Literal["classified-permission"] = "classified-permission"
    name: str
    classification: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseApplication:
    """The service principal of an application in the tenant."""

    __pydantic_config__ = FORBID

    kind: Literal["enterprise-application"] = "enterprise-application"
    id: str
    client_id: str
    name: str
    enabled: bool | None = None
    assignment_required: bool | None = None
    publisher: str | None = None
    """The verified publisher; None where there is none."""
    owner: str | None = None
    """The tenant in which it is registered."""
    disabled_by_microsoft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionGrant:
    """Delegated permissions that an application was granted, at one resource."""

    __pydantic_config__ = FORBID

    kind: Literal["permission-grant"] = "permission-grant"
    by: Literal["admin", "user"]
    """``admin``: for everybody in the tenant; ``user``: by one user for itself."""
    resource: str
    """The object that has the permissions."""
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """The user, or a group of the user's, is assigned to the application."""

    __pydantic_config__ = FORBID

    kind: Literal["role-assignment"] = "role-assignment"
    to: str
    since: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSwitches:
    """Which mail protocols are on. None is what the interface left out; for SMTP at a mailbox, also "inherited"."""

    __pydantic_config__ = FORBID

    kind: Literal["mail-switches"] = "mail-switches"
    imap: bool | None = None
    pop: bool | None = None
    smtp_auth: bool | None = None
    changed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryChange:
    """One entry of the directory's audit log."""

    __pydantic_config__ = FORBID

    kind: Literal["directory-change"] = "directory-change"
    activity: str
    at: str
    targets: tuple[str, ...] = ()
    """Identifiers of the objects that were changed."""


Fact = (
    UserAccount
    | ServicePlan
    | ConsentSetting
    | ConsentCondition
    | ClassifiedPermission
    | EnterpriseApplication
    | PermissionGrant
    | RoleAssignment
    | MailSwitches
    | DirectoryChange
)


@dataclass(slots=True, kw_only=True)
class TenantRead:
    """One question to Microsoft Graph or to the administration of Exchange, over as many requests as its answer needs.

    The requests themselves are exchanges on record of their own.
    """

    __pydantic_config__ = FORBID

    kind: Literal["tenant-read"] = "tenant-read"
    asks: Question
    about: str = ""
    """What the question is about, where there are several: a resource, an application."""
    service: Literal["graph", "exchange"] = "graph"
    permissions: tuple[str, ...] = ()
    """Any one of them lets the question be asked, the least first."""
    requests: int = 0
    waited: float = 0.0
    """Seconds that were waited because the service said so (Retry-After)."""
    status: int | None = None
    """Of the last reply."""
    error: str | None = None
    """The error code of the last reply, such as ``Authorization_RequestDenied``."""
    whole: bool = True
    """False: there is more, which was not had."""
    exists: bool | None = None
    """Whether the thing that was asked for is there; None where it is not known."""
    found: tuple[Fact, ...] = field(default=())
