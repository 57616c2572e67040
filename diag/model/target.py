"""What is to be checked: a mailbox and the endpoints at which its mail is fetched and sent.

How an endpoint is found (preset, options, DNS) is the business of :mod:`diag.plan` and the discovery probe.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Protocol(StrEnum):
    """The mail protocols, and HTTPS for the sign-in host."""

    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"
    HTTPS = "https"


class Tls(StrEnum):
    """When TLS begins on a connection (RFC 8314 section 3)."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


DEFAULT_TLS: dict[tuple[Protocol, int], Tls] = {
    (Protocol.IMAP, 993): Tls.IMPLICIT,
    (Protocol.IMAP, 143): Tls.STARTTLS,
    (Protocol.POP3, 995): Tls.IMPLICIT,
    (Protocol.POP3, 110): Tls.STARTTLS,
    (Protocol.SMTP, 465): Tls.IMPLICIT,
    (Protocol.SMTP, 587): Tls.STARTTLS,
    (Protocol.SMTP, 25): Tls.STARTTLS,
    (Protocol.HTTPS, 443): Tls.IMPLICIT,
}


def subject_of(host: str, port: int) -> str:
    """Name a place as observations and findings do: ``host:port``, an IPv6 literal in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One place to connect to: a host name or address literal, a TCP port (1 to 65535), and what is spoken there."""

    __pydantic_config__ = {"extra": "forbid"}

    protocol: Protocol
    host: str
    port: int
    tls: Tls
    source: str = "option"
    """Where the endpoint comes from: ``preset microsoft365``, ``option``, ``SRV _imaps._tcp``, ``autodiscover``..."""

    @property
    def subject(self) -> str:
        """Name the endpoint."""
        return subject_of(self.host, self.port)


class Credential(StrEnum):
    """Which kind of proof of identity the check was given; the proof itself is never part of a document."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105  a kind, not a token
    PASSWORD = "password"  # noqa: S105  a kind, not a password


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The mailbox under test, what was asked for, and with which kind of credential.

    ``provider`` names the preset in force (``microsoft365``, ``gmail``, ``custom``); ``endpoints`` is filled by the
    plan, or by discovery while measuring.
    """

    __pydantic_config__ = {"extra": "forbid"}

    address: str
    user: str
    provider: str = "custom"
    endpoints: tuple[Endpoint, ...] = ()
    credential: Credential = Credential.NONE
    sign_in_anyway: bool = False
    protocols: tuple[Protocol, ...] = ()
    """What the mailbox is to be used by, where nothing is dialled and no endpoint says it."""
    notes: tuple[str, ...] = field(default=())
    """What the plan decided and a reader should know, such as ``--resolve`` overrides in force."""
