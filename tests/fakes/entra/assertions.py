"""Client assertions (RFC 7523), right and wrong, signed with the certificate that is registered in a world."""

from __future__ import annotations

import base64
from importlib.resources import files
from typing import TYPE_CHECKING

import jwt
from cryptography.hazmat.primitives import hashes

from fakes.declare import Application
from fakes.entra.clients import ASSERTION, certificate
from fakes.organisation import CLIENT_ID
from tests.fakes.entra.asking import APP_SCOPE, NOW, TENANT, Asking, world

if TYPE_CHECKING:
    from fakes.web import Reply

ENDPOINT = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
KEY = files("fakes.data").joinpath("client-certificate.pem").read_bytes()


def thumbprint(kind: hashes.HashAlgorithm) -> str:
    """Return how the header of an assertion names the certificate."""
    return base64.urlsafe_b64encode(certificate().fingerprint(kind)).rstrip(b"=").decode()


SHA1 = {"x5t": thumbprint(hashes.SHA1())}  # noqa: S303  RFC 7515 section 4.1.7 has it so
SHA256 = {"x5t#S256": thumbprint(hashes.SHA256())}


def assertion(*, headers: dict[str, str] | None = None, algorithm: str = "RS256", **claims: object) -> str:
    """Sign an assertion that is right but for ``claims``."""
    usual = {"aud": ENDPOINT, "iss": CLIENT_ID, "sub": CLIENT_ID, "nbf": NOW, "exp": NOW + 600, "jti": "1"}
    return jwt.encode({**usual, **claims}, KEY, algorithm=algorithm, headers=SHA1 if headers is None else headers)


def by_assertion(text: str, application: Application | None = None, **form: str) -> Reply:
    """Sign the application in with an assertion."""
    here = Asking(world(application=application or Application(certificate="own")))
    usual = {"client_assertion": text, "client_assertion_type": ASSERTION, "scope": APP_SCOPE}
    return here.token("client_credentials", **{**usual, **form})
