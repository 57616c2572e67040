"""Access tokens as Entra ID issues them for Exchange Online: signed JWTs in the v1.0 format.

The key is shipped, so that no run pays for generating one. It signs tokens that only fakes accept.
"""

from __future__ import annotations

import uuid
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from fakes.declare import Token

NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
CLIENT_ID = "2f8a7c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b"
"""The application that the client in a world is registered as, unless a scenario says otherwise."""


def identifier(name: str) -> str:
    """Return the GUID that stands for ``name`` in every world: tenant, user or application."""
    return str(uuid.uuid5(NAMESPACE, name))


@cache
def signing_key() -> RSAPrivateKey:
    """Return the key that signs every token; its check is skipped, since it costs 30 ms and the file is ours."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = files("fakes.data").joinpath("token-signing-key.pem").read_bytes()
    return cast("RSAPrivateKey", load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True))


def claims(token: Token, *, user: str, tenant: str, now: float) -> dict[str, object]:
    """Make the claims of a delegated access token for Exchange Online."""
    issued = int(now) - token.issued_ago
    return {
        "aud": token.audience,
        "iss": f"https://sts.windows.net/{identifier(tenant)}/",
        "iat": issued,
        "nbf": issued,
        "exp": issued + token.lifetime,
        "appid": CLIENT_ID,
        "appidacr": "0",
        "app_displayname": "Axence OAuth2 Authentication",
        "oid": identifier(user),
        "scp": " ".join(token.scopes),
        "tid": identifier(tenant),
        "unique_name": user,
        "upn": user,
        "ver": "1.0",
    }


def sign(payload: dict[str, object]) -> str:
    """Return the compact form of a token with these claims."""
    import jwt

    return jwt.encode(payload, signing_key(), algorithm="RS256", headers={"kid": identifier("kid"), "x5t": "fake"})
