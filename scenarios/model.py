"""What a case says: its story, its world as a difference to a healthy one, the check, and what must come out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from fakes.declare import Declaration

FORBID = {"extra": "forbid"}
CONNECT_TIMEOUT = 0.6
"""Seconds that a check waits for a connection where its case does not care."""


@dataclass(slots=True, kw_only=True)
class WorldPart:
    """A healthy world by the name of its file in ``worlds/``, and the named differences."""

    __pydantic_config__ = FORBID

    like: str
    but: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ReaderPart:
    """Who lets the tenant be read, and what this account may read with the permissions that it was granted."""

    __pydantic_config__ = FORBID

    user: str = "admin@contoso.example"
    graph: tuple[str, ...] = (
        "Directory.Read.All", "Policy.Read.All", "Policy.Read.PermissionGrant", "AuditLog.Read.All",
    )  # fmt: skip
    """Delegated permissions at Microsoft Graph; empty: no token for it."""
    exchange: tuple[str, ...] = ("Exchange.Manage",)
    """The same for the administration of Exchange."""
    expired: bool = False


@dataclass(slots=True, kw_only=True)
class SigningIn:
    """What the person at the sign-in page does, and what the application asks for, where it is not the usual."""

    __pydantic_config__ = FORBID

    name: str | None = None
    """Who signs in. None: the mailbox's own user."""
    password: str | None = None
    declines: bool = False
    """True: selects Cancel where permissions are asked for."""
    closes_the_window: bool = False
    """True: leaves at the first page and does not come back."""
    waits: float = 20.0
    """Seconds for which the check waits for the person."""
    client_id: str | None = None
    authority: str | None = None
    """None: that of the mailbox's domain."""
    scopes: tuple[str, ...] = ()
    """Empty: those of the protocols that are checked."""
    secret: str | None = None
    """None: the application's right one."""


@dataclass(slots=True, kw_only=True)
class CheckPart:
    """The check: what the user would type. Times are seconds, and short, because the world is near."""

    __pydantic_config__ = FORBID

    address: str | None = None
    """None: the address of the world's mailbox."""
    user: str | None = None
    """The sign-in name, where it is not the address."""
    provider: Literal["microsoft365", "gmail"] | None = None
    """None: found by DNS, unless endpoints are given."""
    protocols: tuple[Literal["imap", "pop3", "smtp"], ...] = ()
    imap: tuple[str, ...] = ()
    """``host:port``, as of the option of this name."""
    pop3: tuple[str, ...] = ()
    smtp: tuple[str, ...] = ()
    tls: Literal["implicit", "starttls", "none"] | None = None
    settings: dict[str, dict[str, str | int]] | None = None
    """A mailbox definition, as ``check --settings FILE`` reads it, that says where the mail is."""
    tenant: Literal[True, False, "only"] = False
    """True: the tenant is read too, as by ``check --tenant``; ``only``: nothing else is done, as by ``tenant``."""
    reader: ReaderPart = field(default_factory=ReaderPart)
    application: str | None = None
    """The enterprise application by its name, where it is not the usual one."""
    credential: Literal["token", "password", "none"] = "token"
    authorize: Literal["code", "device-code", "refresh", "client-secret", "client-certificate"] | None = None
    """Obtain the token by signing in at the world's Entra ID; None: the world's ready token."""
    signing_in: SigningIn = field(default_factory=SigningIn)
    """How that is done."""
    password: str | None = None
    """None: the right one."""
    sign_in_anyway: bool = False
    cacert: tuple[str, ...] = ()
    """CAs of the world that the user names by --cacert, such as ``private``."""
    environment: dict[Literal["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"], str] = field(default_factory=dict)
    """Variables of the client's environment that name proxies."""
    controls: tuple[str, ...] | None = None
    """``host:port``, as of the option --control; None: those of the tool's own list."""
    proxy: str | None = None
    """``[scheme://][user:password@]host[:port]``, as of the option."""
    families: tuple[Literal["ipv4", "ipv6"], ...] = ("ipv4", "ipv6")
    """As by the options -4 and -6."""
    connect_timeout: float = CONNECT_TIMEOUT
    read_timeout: float = 1.5
    second_name_server: bool = False
    """Whether a name server outside of the client's network is asked too, by the option of this name."""
    grace: float = 0.15
    dns_timeout: float = 0.3
    max_time: float | None = None


@dataclass(slots=True, kw_only=True)
class ExpectPart:
    """The verdict. ``causes`` is the complete list; ``symptoms`` and ``notes`` are compared where they are given."""

    __pydantic_config__ = FORBID

    state: Literal["works", "impaired", "broken", "unclear"]
    causes: tuple[str, ...] = ()
    symptoms: tuple[str, ...] | None = None
    notes: tuple[str, ...] | None = None
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the code of a cause, values that it must have, such as the product that intercepts."""


@dataclass(slots=True, kw_only=True)
class ThenPart:
    """What somebody changes next, such as the remedy, and what comes out then. Changes add up from step to step."""

    __pydantic_config__ = FORBID

    change: str
    """What is done, in the words of who does it."""
    but: dict[str, Any] = field(default_factory=dict)
    """Laid over the world as it is so far, in the way of ``world.but``."""
    check: CheckPart | None = None
    """None: the same check again."""
    expect: ExpectPart


@dataclass(slots=True, kw_only=True)
class CaseFile:
    """A scenario file."""

    __pydantic_config__ = FORBID

    story: str
    """One or two sentences that a support engineer recognises."""
    world: WorldPart
    expect: ExpectPart
    article: tuple[int, ...] = ()
    """Steps of the set-up guide that the case belongs to."""
    check: CheckPart = field(default_factory=CheckPart)
    then: tuple[ThenPart, ...] = ()
    """What is changed afterwards, step by step."""


@dataclass(slots=True, kw_only=True)
class WorldFile:
    """A healthy world."""

    __pydantic_config__ = FORBID

    about: str
    world: Declaration


@dataclass(slots=True, kw_only=True)
class Case:
    """A scenario that was read and found right."""

    name: str
    """Its path below ``cases``, without the ending; or the path of a file elsewhere."""
    file: str
    parts: CaseFile
    declaration: Declaration
    line: int = 1
    """Line of ``expect``, to which a failure points."""
    then: tuple[Case, ...] = ()
    """The steps after it, each as a case of its own whose story is the change."""
