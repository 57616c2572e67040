"""Successful answers of the token endpoint: the access token, and the refresh and identity tokens that come with it."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING, Any

from fakes import tokens
from fakes.entra import aadsts, journal
from fakes.entra.scopes import consented
from fakes.organisation import Token
from fakes.web import Reply

if TYPE_CHECKING:
    from fakes.directory import Directory
    from fakes.entra.scopes import Wanted
    from fakes.grants import Grant

LIFETIME = 4500
"""Seconds; Entra draws 60 to 90 minutes."""
APP_LIFETIME = 3599


def for_user(
    directory: Directory, wanted: Wanted, grant: Grant, *, proof: str, form: dict[str, str], nonce: str | None = None
) -> Reply:
    """Answer with the tokens of a user.

    :raises Refused: what was asked for is not consented to.
    """
    granted = consented(wanted, directory, grant.user)
    declared = Token(user=grant.user, audience=wanted.audience, scopes=granted, issued_ago=0, lifetime=LIFETIME)
    data = _body(directory.issue(declared, proof=proof), LIFETIME)
    said = [f"{wanted.audience}/{name}" for name in granted]
    data["scope"] = " ".join([*said, *sorted(wanted.sign_in - {"offline_access"})])
    if "offline_access" in wanted.sign_in:
        data["refresh_token"] = directory.grants.issue_refresh(grant)
    if "openid" in wanted.sign_in:
        data["id_token"] = tokens.sign(_identity(directory, wanted, grant, nonce))
        directory.grants.proofs.append(data["id_token"])
    journal.succeeded(directory, grant.user, resource=wanted.resource.key, by_device=grant.by_device)
    if form.get("client_info") == "1":
        ids = {"uid": tokens.identifier(grant.user), "utid": tokens.identifier(directory.tenant.name)}
        data["client_info"] = base64.urlsafe_b64encode(json.dumps(ids).encode()).rstrip(b"=").decode()
    return reply(data)


def for_application(directory: Directory, wanted: Wanted, *, proof: str) -> Reply:
    """Answer with a token of the application's own. One to which nothing was granted is issued all the same."""
    roles = tuple(name for name in directory.application.roles if name in wanted.resource.application)
    declared = Token(
        audience=wanted.audience, scopes=(), roles=roles, app_only=True, issued_ago=0, lifetime=APP_LIFETIME
    )
    return reply(_body(directory.issue(declared, proof=proof), APP_LIFETIME))


def reply(data: dict[str, Any]) -> Reply:
    """Answer with ``data`` and the headers of the endpoint."""
    return Reply.json(data, 200, *aadsts.headers(str(uuid.uuid4())))


def _body(access_token: str, lifetime: int) -> dict[str, Any]:
    return {
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": access_token,
    }


def _identity(directory: Directory, wanted: Wanted, grant: Grant, nonce: str | None) -> dict[str, object]:
    """Make the claims of an identity token, in the v2.0 format."""
    tenant, now = tokens.identifier(directory.tenant.name), int(directory.now())
    made: dict[str, object] = {
        "aud": grant.client_id,
        "iss": f"https://login.microsoftonline.com/{tenant}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3900,
        "name": grant.user.partition("@")[0].title(),
        "oid": tokens.identifier(grant.user),
        "preferred_username": grant.user,
        "sub": tokens.identifier(f"{grant.user} at {grant.client_id}"),
        "tid": tenant,
        "ver": "2.0",
    }
    if "email" in wanted.sign_in:
        made["email"] = grant.user
    if nonce is not None:
        made["nonce"] = nonce
    return made
