"""What steps of a sign-in intended and learnt: the tenant, the grant, and the claims of a token. Never the token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
"""How Entra ID writes identifiers (RFC 9562 section 4)."""
FORBID = {"extra": "forbid"}
Method = Literal["cache", "refresh", "code", "device-code", "client-secret", "client-certificate"]
"""How a token is obtained: the OAuth 2.0 grant, or ``cache`` where a good one was at hand."""


@dataclass(slots=True, kw_only=True)
class TenantDiscovery:
    """What a sign-in service says of the organisation behind an address: OpenID configuration and user realm."""

    __pydantic_config__ = FORBID

    kind: Literal["tenant-discovery"] = "tenant-discovery"
    domain: str
    authority: str
    """``https://host`` of the sign-in service that was asked."""
    tenant: str | None = None
    """The tenant's identifier, where there is one."""
    cloud: str | None = None
    """``cloud_instance_name``, such as ``microsoftonline.com``."""
    region: str | None = None
    account: str | None = None
    """``Managed``, ``Federated`` or ``Unknown``: who checks the password."""
    federation: str | None = None
    """The host of the organisation's own sign-in service."""
    error_codes: tuple[int, ...] = ()
    description: str | None = None
    correlation_id: str | None = None


@dataclass(slots=True, kw_only=True)
class TokenGrant:
    """One attempt to obtain an access token (RFC 6749), with the refusal as the service gave it."""

    __pydantic_config__ = FORBID

    kind: Literal["token-grant"] = "token-grant"
    method: Method
    authority: str
    client_id: str
    scopes: tuple[str, ...]
    """As asked for."""
    granted: tuple[str, ...] = ()
    lifetime: int | None = None
    """Seconds until the token expires."""
    user: str | None = None
    """Who signed in."""
    refreshable: bool | None = None
    """Whether a refresh token came with it."""
    error: str | None = None
    error_codes: tuple[int, ...] = ()
    """Entra ID's AADSTS numbers; they decide, since ``error`` differs between flows for one of them."""
    suberror: str | None = None
    policies: tuple[str, ...] = ()
    """Identifiers of the Conditional Access policies that refused, where the service names them (``capolids``)."""
    description: str | None = None
    correlation_id: str | None = None
    """By this the tenant's administrator finds the attempt in the sign-in log."""
    trace_id: str | None = None
    timestamp: str | None = None


@dataclass(slots=True, kw_only=True)
class TokenClaims:
    """What an access token says of itself, read without verifying it. Times are seconds since 1970."""

    __pydantic_config__ = FORBID

    kind: Literal["token-claims"] = "token-claims"
    source: Literal["given"] | Method = "given"
    """Where the token comes from: the user's option, or the grant by which it was obtained."""
    form: Literal["jwt", "opaque"] | None = None
    audience: str | None = None
    issuer: str | None = None
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    user: str | None = None
    app_id: str | None = None
    app_name: str | None = None
    tenant: str | None = None
    by_app: bool = False
    """The token is the application's own and speaks for no user."""
    issued_at: int | None = None
    not_before: int | None = None
    expires_at: int | None = None
