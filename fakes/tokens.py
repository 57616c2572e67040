"""Tokens as Entra ID issues them: signed JWTs, for Exchange Online and Graph in the v1.0 format.

The key is shipped, so that no run pays for generating one. It signs tokens that only fakes accept.
"""

from __future__ import annotations

import secrets
import uuid
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from fakes.organisation import CLIENT_ID, Application

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from fakes.declare import Token

__all__ = ["CLIENT_ID", "claims", "identifier", "key_name", "sign", "signing_key"]
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def identifier(name: str) -> str:
    """Return the GUID that stands for ``name`` in every world: tenant, user or application."""
    return str(uuid.uuid5(NAMESPACE, name))


@cache
def signing_key() -> RSAPrivateKey:
    """Return the key that signs every token; its check is skipped, since it costs 30 ms and the file is ours."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = files("fakes.data").joinpath("token-signing-key.pem").read_bytes()
    return cast("RSAPrivateKey", load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True))


def key_name() -> str:
    """Return the name by which the header of a token points to its key."""
    return uuid.uuid5(NAMESPACE, "kid").hex


def claims(
    token: Token, *, user: str, tenant: str, now: float, application: Application | None = None, proof: str = "0"
) -> dict[str, object]:
    """Make the claims of an access token: delegated, or the application's own where it has roles.

    ``proof`` is how the application showed who it is: 0 not at all, 1 by a secret, 2 by a certificate.
    """
    issued = int(now) - token.issued_ago
    app = application or Application()
    common: dict[str, object] = {
        "aud": token.audience,
        "iss": f"https://sts.windows.net/{identifier(tenant)}/",
        "iat": issued,
        "nbf": issued,
        "exp": issued + token.lifetime,
        "appid": app.client_id,
        "appidacr": proof,
        "app_displayname": app.name,
        "tid": identifier(tenant),
        "uti": secrets.token_urlsafe(16),
        "ver": "1.0",
    }
    if token.roles or token.app_only:
        principal = identifier(f"principal {app.client_id}")
        roles = {"roles": list(token.roles)} if token.roles else {}
        return {**common, "idtyp": "app", "oid": principal, "sub": principal, **roles}
    return {
        **common,
        "idtyp": "user",
        "oid": identifier(user),
        "scp": " ".join(token.scopes),
        "sub": identifier(f"{user} at {app.client_id}"),
        "unique_name": user,
        "upn": user,
    }


def sign(payload: dict[str, object]) -> str:
    """Return the compact form of a token with these claims."""
    import jwt

    name = key_name()
    return jwt.encode(payload, signing_key(), algorithm="RS256", headers={"kid": name, "x5t": name})


def opaque() -> str:
    """Return a token in the form that those of personal accounts have."""
    return f"EwB{secrets.token_urlsafe(200)}"
