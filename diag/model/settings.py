"""A mailbox definition as somebody typed it into an application, and what its words mean.

Reading a file of it is :mod:`diag.settings`; what is wrong with one is said by :mod:`diag.rules.settings` alone.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

from diag.model.target import Protocol, Tls

Section = Literal["receiving", "sending"]
Authentication = Literal["oauth2", "basic"]

_PROTOCOLS = {"imap": Protocol.IMAP, "imap4": Protocol.IMAP, "imap4rev1": Protocol.IMAP, "imaps": Protocol.IMAP,
              "pop": Protocol.POP3, "pop3": Protocol.POP3, "pop3s": Protocol.POP3,
              "smtp": Protocol.SMTP, "esmtp": Protocol.SMTP, "smtps": Protocol.SMTP}  # fmt: skip
_OAUTH2 = {"msoauth2", "oauth2", "oauth", "xoauth2", "oauthbearer", "modern", "modernauthentication"}
_BASIC = {"basic", "basicauthentication", "password", "normalpassword", "plain", "login", "user", "cleartext"}
_IMPLICIT = {"ssl", "ssltls", "tlsssl", "implicit", "implicittls", "tlsonconnect", "imaps", "pop3s", "smtps"}
_STARTTLS = {"starttls", "stls", "explicit", "explicittls"}
_NONE = {"none", "off", "plain", "unencrypted", "notls"}
_ANY_TLS = {"tls", "auto"}
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?\Z")
_VERSION = re.compile(r"(?P<name>ssl|tls)v?(?P<number>[0-9](?:\.[0-9])?)\+?")
OLDEST_RIGHT = (1, 2)
"""The lowest version of TLS that mail services still take (RFC 8996 retired the older ones)."""


@dataclass(slots=True, kw_only=True)
class Setting:
    """One line of a mailbox definition, as it was read and where it stands."""

    __pydantic_config__ = {"extra": "forbid"}

    kind: Literal["setting"] = "setting"
    section: Section
    name: str
    value: str
    place: str = ""
    """``file:line:column``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One half of a definition, in the words of whoever wrote it. ``port`` is a TCP port, 1 to 65535."""

    __pydantic_config__ = {"extra": "forbid"}

    protocol: str
    server: str
    port: int
    encryption: str
    authentication: str
    user: str
    sender: str | None = None
    """The address that mail is sent from, where it is not ``user``; for sending only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A mailbox definition; at least one half is there."""

    __pydantic_config__ = {"extra": "forbid"}

    receiving: Account | None = None
    sending: Account | None = None


def _bare(text: str) -> str:
    return re.sub(r"[\s/_-]+", "", text.casefold())


def protocol_of(text: str) -> Protocol | None:
    """Return the protocol that ``text`` names, such as ``IMAP4``."""
    return _PROTOCOLS.get(_bare(text))


def authentication_of(text: str) -> Authentication | None:
    """Return the kind of sign-in that ``text`` names, such as ``MS OAuth2``."""
    bare = _bare(text)
    return "oauth2" if bare in _OAUTH2 else "basic" if bare in _BASIC else None


@dataclass(frozen=True, slots=True)
class Encryption:
    """What an encryption setting asks for: when TLS begins (None: by the port) and its lowest version."""

    tls: Tls | None
    lowest: tuple[int, int] | None = None
    ssl: bool = False
    """Whether a version of SSL, the predecessor of TLS, is named by number."""

    @property
    def too_old(self) -> bool:
        """Whether it ends below TLS 1.2."""
        return self.ssl or (self.lowest is not None and self.lowest < OLDEST_RIGHT)


def encryption_of(text: str) -> Encryption | None:
    """Return what ``text`` asks for, such as ``TLS 1.2+``, ``STARTTLS`` or ``SSL/TLS``."""
    bare = _bare(text)
    for words, tls in ((_IMPLICIT, Tls.IMPLICIT), (_STARTTLS, Tls.STARTTLS), (_NONE, Tls.NONE), (_ANY_TLS, None)):
        if bare in words:
            return Encryption(tls)
    begins = next((tls for words, tls in ((_STARTTLS, Tls.STARTTLS), ({"implicit"}, Tls.IMPLICIT))
                   for word in words if word in bare), None)  # fmt: skip
    rest = bare
    for word in ("starttls", "stls", "implicit", "explicit"):
        rest = rest.replace(word, "")
    match = _VERSION.fullmatch(rest.strip("(),"))
    if match is None:
        return None
    major, _, minor = match["number"].partition(".")
    return Encryption(begins, (int(major), int(minor or 0)), ssl=match["name"] == "ssl")


def is_host(text: str) -> bool:
    """Tell whether ``text`` is a host name or an address literal."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return _HOST.match(text) is not None
    return True
