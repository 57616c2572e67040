"""The words in which a scenario describes an organisation: its accounts, its policies, its application, a token.

They are a part of :mod:`fakes.declare`. A default is the healthy value: everything that a set-up guide for a mailbox
with OAuth2 asks for has been done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FORBID = {"extra": "forbid"}

MAIL_PERMISSIONS = ("IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send")
"""The delegated permissions without which Exchange Online opens no mailbox by its three protocols."""
PERMISSIONS = (
    "offline_access", *MAIL_PERMISSIONS, "Mail.Read", "User.Read", "email", "openid", "profile",
)  # fmt: skip
"""The nine permissions of the application that the guide is about, as they are called at Microsoft Graph."""
CLIENT_ID = "2f8a7c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b"
"""The application that the client in a world is registered as, unless a scenario says otherwise."""


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """One account with its mailbox and the switches an administrator has for it."""

    __pydantic_config__ = FORBID

    address: str
    upn: str | None = None
    """The name by which the account signs in, where it is not the mailbox's address."""
    password: str = "correct horse"  # noqa: S105  a made-up account's
    exists: bool = True
    """False: no licence with an Exchange plan, so the account has no mailbox."""
    plans: tuple[str, ...] = ("EXCHANGE_S_STANDARD",)
    """Service plans of its licences. Without one that has a mailbox, and not ``shared``, it has none."""
    plan_status: Literal["Success", "PendingProvisioning", "PendingActivation", "Disabled"] = "Success"
    """How far those of its plans are that bring a mailbox. Until one is there, so is no mailbox."""
    licensed_ago: int = 2592000
    """Seconds since its licences were last changed."""
    apps_changed_ago: int = 2592000
    """Seconds since one of its e-mail apps (IMAP, POP, Authenticated SMTP) was switched."""
    shared: bool = False
    """A shared mailbox needs no licence."""
    imap: bool = True
    pop: bool = True
    smtp_auth: bool | None = None
    """None inherits the tenant's setting; the mailbox's own value wins (Set-CASMailbox)."""
    enabled: bool = True
    """False: sign-in is blocked for the account."""
    locked: bool = False
    mfa: Literal["none", "required", "enrolment"] = "none"
    """Whether a second factor is asked for at sign-in, and ``enrolment``: none was registered yet."""
    password_expired: bool = False
    sessions_revoked_ago: int | None = None
    """Seconds since its sessions were revoked or its password changed: what was granted before is worth nothing."""
    roles: tuple[str, ...] = ()
    """Directory roles, such as ``Global Reader``."""
    send_as: tuple[str, ...] = ()
    """Other addresses it may send as."""
    full_access: tuple[str, ...] = ()
    """Users who may open this (shared) mailbox with their own token."""
    messages: int = 3


@dataclass(slots=True, kw_only=True)
class Tenant:
    """What holds for the whole organisation."""

    __pydantic_config__ = FORBID

    name: str = "contoso.example"
    smtp_auth: bool = True
    basic_auth: bool = False
    basic_auth_retired: bool = False
    """True: the final retirement, answered with 550 5.7.30."""
    security_defaults: bool = False
    conditional_access: bool = False
    """True: a policy refuses password sign-ins."""
    access_policy: Literal[
        "none", "blocked", "compliant-device", "joined-device", "approved-app", "registered-device", "sign-in-frequency"
    ] = "none"
    """What a Conditional Access policy demands of every sign-in to every application."""
    device_code_blocked: bool = False
    """True: a Conditional Access policy for authentication flows refuses the device code."""
    cloud: Literal["microsoftonline.com", "microsoftonline.us", "partner.microsoftonline.cn"] = "microsoftonline.com"
    """The cloud it is in, which every cloud's sign-in service tells."""
    federated: bool = False
    """True: passwords are checked by the organisation's own federation service."""
    user_consent: Literal["none", "low", "legacy", "managed"] = "low"
    """The four choices for user consent. ``low``: verified publishers, for permissions classified as low impact."""
    low_impact_graph: tuple[str, ...] = PERMISSIONS
    """Permissions of Microsoft Graph that are classified as low impact."""
    low_impact_exchange: tuple[str, ...] = MAIL_PERMISSIONS
    """The same for Office 365 Exchange Online, which the portal keeps apart."""
    low_impact_graph_suffices: bool = True
    """Whether a mail permission asked of Exchange counts as low where it is so at Graph only. Not documented."""
    consent_requests: bool = False
    """True: who may not consent can ask an administrator to (the admin consent workflow)."""
    consent_changed_ago: int | None = None
    """Seconds since the choice or the classification was changed. Until it settles, no user may consent."""
    consent_settles: int = 600
    others_changed_ago: int | None = None
    """Seconds since an administrator set up another application, and another user for it."""
    premium: bool = True
    """False: an edition without Entra ID P1, which keeps no log of sign-ins for its administrators."""
    users: int = 0
    """Ordinary users beside the declared ones: user00001@, user00002@ and so on, each licensed and consenting."""


@dataclass(slots=True, kw_only=True)
class Application:
    """The registered application that signs in to mailboxes, and its service principal in the tenant."""

    __pydantic_config__ = FORBID

    name: str = "Axence OAuth2 Authentication"
    client_id: str = CLIENT_ID
    present: bool = True
    """False: the tenant has no enterprise application for it yet. The first consent makes one."""
    known: bool = True
    """False: no application is registered under this identifier anywhere."""
    enabled: bool = True
    assignment_required: bool = False
    assigned: tuple[str, ...] = ()
    """Users who are assigned to it."""
    verified_publisher: bool = True
    public_client: bool = True
    """False: the registration does not allow public client flows, so a secret or a certificate must be sent."""
    redirect_uris: tuple[str, ...] = (
        "http://localhost",
        "https://login.microsoftonline.com/common/oauth2/nativeclient",
    )
    """Where a sign-in may lead back to. The port of ``http://localhost`` and ``http://127.0.0.1`` does not matter."""
    tenants: Literal["any", "own"] = "any"
    """``own``: registered for the accounts of one organisation, so it cannot use /common."""
    secret: str | None = None
    secret_expired: bool = False
    certificate: Literal["none", "own", "other"] = "none"
    """Whether fakes/data/client-certificate.pem is registered for it, or another one whose key nobody here has."""
    permissions: tuple[str, ...] = PERMISSIONS
    """What the registration asks for (requiredResourceAccess)."""
    user_consent: tuple[str, ...] | None = None
    """Permissions that a user has consented to. None: all that the registration asks for."""
    consented_by: str | None = None
    """Who has given that user consent. None: the mailbox's own user."""
    admin_consent: tuple[str, ...] = PERMISSIONS
    """Permissions consented to for the whole tenant."""
    consented_ago: int = 86400
    """Seconds since these consents were given."""
    roles: tuple[str, ...] = ()
    """Application permissions that an administrator has granted, such as ``IMAP.AccessAsApp``."""
    directory_roles: tuple[str, ...] = ()
    """Directory roles of its service principal, such as ``Exchange Administrator``."""
    in_exchange: Literal["registered", "absent", "wrong-object"] = "registered"
    """Whether Exchange knows its service principal (New-ServicePrincipal), and by the enterprise app's object id."""
    full_access: tuple[str, ...] | None = None
    """Mailboxes that its service principal may open. None: every one."""


@dataclass(slots=True, kw_only=True)
class Entra:
    """What Entra ID itself answers, where no state of the directory leads to it."""

    __pydantic_config__ = FORBID

    answers: int | None = None
    """An AADSTS number of fakes/data/aadsts.toml with which every grant ends."""
    answers_at: Literal["everywhere", "pages", "token"] = "everywhere"
    """Where that number is said: on the pages that a person sees, or by the token endpoint."""
    device_code_lifetime: int = 900
    """Seconds for which a device code is good. 0: it has expired when it is first asked for."""
    interval: int = 5
    """Seconds that a client has to wait between two questions whether a device code was entered."""


@dataclass(slots=True, kw_only=True)
class Token:
    """The access token that the client in this world holds; its default is the right one for the mailbox."""

    __pydantic_config__ = FORBID

    user: str | None = None
    """None: the mailbox's own address."""
    tenant: str | None = None
    """The organisation that issued it, by its domain; None: the mailbox's own. One of another opens nothing here."""
    audience: str = "https://outlook.office.com"
    scopes: tuple[str, ...] = MAIL_PERMISSIONS
    roles: tuple[str, ...] = ()
    """Application permissions. With any, the token is the application's own and speaks for no user."""
    app_only: bool = False
    """True: it is the application's own although nothing was granted to it."""
    issued_ago: int = 300
    """Seconds since it was issued."""
    lifetime: int = 4500
    """Seconds from issue to expiry."""
    revoked: bool = False
    opaque: bool = False
    """True: a text that only its issuer can read, as tokens of personal accounts are."""


@dataclass(slots=True, kw_only=True)
class Session:
    """An earlier sign-in of the client in this world, of which it still holds the refresh token."""

    __pydantic_config__ = FORBID

    user: str | None = None
    """None: the mailbox's own user."""
    scopes: tuple[str, ...] = (*(f"https://outlook.office.com/{name}" for name in MAIL_PERMISSIONS), "offline_access")
    granted_ago: int = 86400
    """Seconds since the person signed in."""
    issued_ago: int | None = None
    """Seconds since the refresh token was last renewed. None: it never was."""
    strong: bool = True
    """Whether a second factor was shown."""
    by_device: bool = False
    """Whether it was done with a device code."""
