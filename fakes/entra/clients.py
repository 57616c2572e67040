"""Which application asks, and how it shows that it is: by nothing, a secret, or an assertion signed with its key."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fakes.entra.aadsts import Refused

if TYPE_CHECKING:
    from cryptography import x509

    from fakes.declare import Application
    from fakes.web import Request

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["RS256", "PS256"]
NOTHING, SECRET, CERTIFICATE = "0", "1", "2"
"""How an application showed who it is, in the words of the claim ``appidacr``."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client shows of itself."""

    client_id: str
    secret: str | None = None
    assertion: str | None = None


@cache
def certificate() -> x509.Certificate:
    """Return the certificate that is registered where a scenario says so."""
    from cryptography import x509

    return x509.load_pem_x509_certificate(files("fakes.data").joinpath("client-certificate.pem").read_bytes())


def shown(request: Request, form: dict[str, str]) -> Shown:
    """Read who asks, from the form or from Basic authentication (RFC 6749 section 2.3.1).

    :raises Refused: nobody says.
    """
    scheme, _, pair = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        from urllib.parse import unquote_plus

        try:
            name, _, secret = base64.b64decode(pair, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise Refused(9002313) from None
        return Shown(unquote_plus(name), unquote_plus(secret))
    if not form.get("client_id"):
        raise Refused(900144, name="client_id")
    assertion = form.get("client_assertion")
    if assertion is not None and form.get("client_assertion_type") != ASSERTION:
        raise Refused(900144, name="client_assertion_type")
    return Shown(form["client_id"], form.get("client_secret"), assertion)


def authenticate(who: Shown, app: Application, *, audiences: tuple[str, ...], now: float, needed: bool) -> str:
    """Check what the client shows, and return how it did; ``needed``: this grant is for confidential clients only.

    :raises Refused: it shows too little, too much, or the wrong thing.
    """
    confidential = app.secret is not None or app.certificate != "none" or not app.public_client
    if who.secret is None and who.assertion is None:
        if needed or not app.public_client:
            raise Refused(7000218)
        return NOTHING
    if not confidential:
        raise Refused(700025)
    if who.assertion is not None:
        _check_assertion(who.assertion, app, audiences, now)
        return CERTIFICATE
    if app.secret is None or not hmac.compare_digest(str(who.secret).encode(), app.secret.encode()):
        raise Refused(7000215)
    if app.secret_expired:
        raise Refused(7000222)
    return SECRET


def _check_assertion(text: str, app: Application, audiences: tuple[str, ...], now: float) -> None:
    """Verify a client assertion (RFC 7523) with the registered certificate, whose thumbprint its header must name.

    :raises Refused: it is not good.
    """
    import jwt
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    own = certificate()
    key = own.public_key()
    assert isinstance(key, RSAPublicKey)
    try:
        header = jwt.get_unverified_header(text)
        read: dict[str, Any] = jwt.decode(text, key, algorithms=ALGORITHMS, options={
            "verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False,
        })  # fmt: skip
    except jwt.PyJWTError:
        raise Refused(700027) from None
    if app.certificate != "own" or not _names(header, own):
        raise Refused(700027)
    if read.get("iss") != app.client_id or read.get("sub") != app.client_id:
        raise Refused(700021)
    if read.get("aud") not in audiences:
        raise Refused(700023)
    begins, ends = read.get("nbf", 0), read.get("exp")
    if not isinstance(ends, int | float) or not isinstance(begins, int | float) or not begins - 300 <= now < ends:
        raise Refused(700024)


def _names(header: dict[str, Any], own: x509.Certificate) -> bool:
    """Tell whether a header points to the certificate by one of its two thumbprints."""
    from cryptography.hazmat.primitives import hashes

    prints = {"x5t": hashes.SHA1(), "x5t#S256": hashes.SHA256()}  # noqa: S303  RFC 7515 section 4.1.7 has it so
    given = [name for name in prints if name in header]
    # Microsoft's own libraries leave the padding of base64 on.
    return bool(given) and all(str(header[name]).rstrip("=") == _plain(own.fingerprint(prints[name])) for name in given)


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
