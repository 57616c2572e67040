"""What an access token says of itself. It is read, not verified: only the service it is for can do that.

Exchange's tokens are JWTs (RFC 7519) in Entra ID's v1.0 form; those of personal accounts are opaque, and so are those
of other providers. A token comes from a server or a file, so nothing in it is believed to have the type it should.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diag.wire.lines import escape

if TYPE_CHECKING:
    from diag.model.secret import Secret

LARGEST_TOKEN = 65536
LONGEST_CLAIM = 200
MOST_ENTRIES = 60
"""Scopes or roles that are read."""
LATEST = 253402300799
"""The end of the year 9999, in seconds since 1970: the last date that can be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The claims that decide whether a mail server takes a token. Times are seconds since 1970."""

    audience: str | None = None
    issuer: str | None = None
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    user: str | None = None
    """``upn``, or the next best claim that names the person."""
    app_id: str | None = None
    app_name: str | None = None
    tenant: str | None = None
    by_app: bool = False
    """Whether the token is the application's own and speaks for no user."""
    issued_at: int | None = None
    not_before: int | None = None
    expires_at: int | None = None


def read(token: Secret) -> Claims | None:
    """Read the claims of a JWT; None for what is opaque."""
    text = token.reveal()
    parts = text.split(".")
    if len(text) > LARGEST_TOKEN or len(parts) != 3:  # noqa: PLR2004  RFC 7515 section 7.1
        return None
    header, payload = (_part(part) for part in parts[:2])
    return _claims(payload) if header and payload else None


def _part(part: str) -> dict[str, Any]:
    """Decode one part (RFC 7515 section 2: base64url without padding), empty where it is none."""
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        found = json.loads(data)
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _claims(payload: dict[str, Any]) -> Claims:
    roles = _words(payload.get("roles"))
    scopes = _words(payload.get("scp"))
    return Claims(
        audience=_text(payload, "aud"),
        issuer=_text(payload, "iss"),
        scopes=scopes,
        roles=roles,
        user=_text(payload, "upn", "unique_name", "preferred_username", "email"),
        app_id=_text(payload, "appid", "azp"),
        app_name=_text(payload, "app_displayname"),
        tenant=_text(payload, "tid"),
        by_app=payload.get("idtyp") == "app" or bool(roles and not scopes),
        issued_at=_time(payload.get("iat")),
        not_before=_time(payload.get("nbf")),
        expires_at=_time(payload.get("exp")),
    )


def _text(payload: dict[str, Any], *names: str) -> str | None:
    found = (payload.get(name) for name in names)
    return next((escape(value, LONGEST_CLAIM) for value in found if isinstance(value, str) and value), None)


def _words(value: object) -> tuple[str, ...]:
    """Read ``scp``, which is a text with spaces, or ``roles``, which is a list."""
    words = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(escape(word, LONGEST_CLAIM) for word in words[:MOST_ENTRIES] if isinstance(word, str))


def _time(value: object) -> int | None:
    """Read a NumericDate (RFC 7519 section 2) that lies within the calendar."""
    right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST
    return int(value) if right else None  # type: ignore[call-overload]
