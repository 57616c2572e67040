"""The steps of a sign-in in words: the tenant, the grant, the claims."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

from diag.model.signin import TenantDiscovery, TokenClaims, TokenGrant

SignInStep: TypeAlias = TenantDiscovery | TokenGrant | TokenClaims
METHODS = {
    "cache": "the cache",
    "refresh": "silent refresh",
    "code": "authorization code",
    "device-code": "device code",
    "client-secret": "client secret",
    "client-certificate": "client certificate",
}


def what(action: SignInStep) -> str:
    """Say what was asked for."""
    match action:
        case TenantDiscovery():
            return f"Tenant of {action.domain} at {action.authority}"
        case TokenGrant():
            return f"Token by {METHODS[action.method]} for the application {action.client_id}"
        case TokenClaims():
            return "Access token, as it says of itself"


def seen(action: SignInStep) -> str:
    """Say what was learnt."""
    match action:
        case TenantDiscovery():
            tenant = f"{action.tenant}, cloud {action.cloud or 'unknown'}" if action.tenant else "no such tenant"
            return f"{tenant}, account {(action.account or 'unknown').lower()}"
        case TokenGrant():
            who = f" to {action.user}" if action.user else ""
            return f"granted{who}: {' '.join(action.granted) or 'what was asked for'}, for {action.lifetime} s"
        case TokenClaims():
            return _claims(action)


def _claims(action: TokenClaims) -> str:
    if action.form == "opaque":
        return "opaque, it says nothing"
    whom = f"of the application {action.app_name or action.app_id}" if action.by_app else f"of {action.user}"
    allowed = " ".join((*action.scopes, *action.roles)) or "nothing"
    until = f", until {moment(action.expires_at)}" if action.expires_at is not None else ""
    return f"for {action.audience}, {whom}, allows {allowed}{until}"


def moment(seconds: int) -> str:
    """Write a time as a date in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
