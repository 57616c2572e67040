"""The access token, by what it said of itself; never the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diag.model.signin import TokenClaims
from diag.rules.belonging import elsewhere
from fakes.organisation import MAIL_PERMISSIONS, Token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scenarios.recording.sketch import Sketch

ELSEWHERE = "elsewhere.example"
"""The organisation of a token that is not the mailbox's."""
MINUTE = 60
"""Times before the check are rounded to it: how long the check took until then is no part of the case."""


def draw(sketch: Sketch) -> None:
    """Draw the token of the check, by its difference from a right one."""
    seen = next(iter(sketch.facts.of(TokenClaims)), None)
    if seen is None or seen.code is not None or seen.action.source != "given":
        return
    claims = seen.action
    token: dict[str, Any] = {}
    if claims.form == "opaque":
        token["opaque"] = True
    if claims.by_app:
        token["app_only"] = True
    elif claims.user:
        _owner(sketch, sketch.pseudonyms.person(claims.user), token)
    if elsewhere(sketch.facts):
        token["tenant"] = ELSEWHERE
    if claims.audience and claims.audience != Token().audience:
        token["audience"] = sketch.pseudonyms.resource(claims.audience)
    if claims.form == "jwt" and set(claims.scopes) != set(MAIL_PERMISSIONS):
        token["scopes"] = permissions(sketch, claims.scopes)
    if claims.roles:
        token["roles"] = permissions(sketch, claims.roles)
    token.update(_times(sketch, claims))
    sketch.world["token"] = token


def permissions(sketch: Sketch, names: Iterable[str]) -> list[str]:
    """Return the names of permissions, those of Microsoft's as they are."""
    return list(dict.fromkeys(map(sketch.pseudonyms.permission, names)))


def _owner(sketch: Sketch, owner: str, token: dict[str, Any]) -> None:
    """Draw a token of somebody else, whom what was accepted in the recorded check shows to be allowed."""
    box = sketch.world["mailbox"]
    if owner != box["address"]:
        token["user"] = owner
        let_open(sketch, owner)


def let_open(sketch: Sketch, owner: str) -> None:
    """Let somebody else open the mailbox."""
    box = sketch.world["mailbox"]
    box["full_access"] = sorted({*box.get("full_access", ()), owner})
    sketch.world.setdefault("mailboxes", {})["owner"] = {"address": owner}


def _times(sketch: Sketch, claims: TokenClaims) -> dict[str, int]:
    found: dict[str, int] = {}
    if claims.issued_at is None:
        return found
    ago = round((sketch.now.timestamp() - claims.issued_at) / MINUTE) * MINUTE
    if ago != Token().issued_ago:
        found["issued_ago"] = ago
    if claims.expires_at is not None and claims.expires_at - claims.issued_at != Token().lifetime:
        found["lifetime"] = claims.expires_at - claims.issued_at
    return found
