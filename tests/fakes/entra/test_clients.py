"""How an application shows who it is."""

from __future__ import annotations

import base64
from importlib.resources import files
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives import hashes

from fakes.declare import Application
from fakes.entra.clients import ASSERTION, certificate
from fakes.organisation import CLIENT_ID
from tests.fakes.entra.asking import APP_SCOPE, NOW, TENANT, Asking, code_of, read, world

if TYPE_CHECKING:
    from fakes.web import Reply

ENDPOINT = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
KEY = files("fakes.data").joinpath("client-certificate.pem").read_bytes()


def thumbprint(kind: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate().fingerprint(kind)).rstrip(b"=").decode()


SHA1 = {"x5t": thumbprint(hashes.SHA1())}  # noqa: S303  RFC 7515 section 4.1.7 has it so
SHA256 = {"x5t#S256": thumbprint(hashes.SHA256())}


def assertion(*, headers: dict[str, str] | None = None, algorithm: str = "RS256", **claims: object) -> str:
    usual = {"aud": ENDPOINT, "iss": CLIENT_ID, "sub": CLIENT_ID, "nbf": NOW, "exp": NOW + 600, "jti": "1"}
    return jwt.encode({**usual, **claims}, KEY, algorithm=algorithm, headers=SHA1 if headers is None else headers)


def ask(text: str, application: Application | None = None, **form: str) -> Reply:
    here = Asking(world(application=application or Application(certificate="own")))
    usual = {"client_assertion": text, "client_assertion_type": ASSERTION, "scope": APP_SCOPE}
    return here.token("client_credentials", **{**usual, **form})


@pytest.mark.parametrize(("headers", "algorithm"), [(SHA1, "RS256"), (SHA256, "PS256"), ({**SHA1, **SHA256}, "PS256")])
def test_an_assertion_signed_with_the_registered_key_is_good(headers: dict[str, str], algorithm: str) -> None:
    token = read(ask(assertion(headers=headers, algorithm=algorithm)))["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["appidacr"] == "2"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("rubbish", 700027),
        (assertion()[:-8] + "AAAAAAAA", 700027),
        (assertion(headers={}), 700027),
        (assertion(headers={"x5t": "AAAA"}), 700027),
        (assertion(iss="somebody"), 700021),
        (assertion(aud="https://nobody.example"), 700023),
        (assertion(aud=[ENDPOINT]), 700023),
        (assertion(exp=NOW - 1), 700024),
        (assertion(nbf=NOW + 3600), 700024),
        (assertion(exp="soon"), 700024),
    ],
)
def test_any_other_is_not(text: str, number: int) -> None:
    refused = ask(text)
    assert (refused.status, code_of(refused)) == (401, number)


def test_a_key_that_is_not_registered_is_of_no_use() -> None:
    assert code_of(ask(assertion(), Application(certificate="other"))) == 700027
    assert code_of(ask(assertion(), client_assertion_type="")) == 900144


@pytest.mark.parametrize(
    ("application", "form", "number"),
    [
        (Application(secret="s3"), {"client_secret": "guess"}, 7000215),
        (Application(secret="s3", secret_expired=True), {"client_secret": "s3"}, 7000222),
        (Application(secret="s3"), {}, 7000218),
        (Application(), {"client_secret": "s3"}, 700025),
        (Application(public_client=False), {"client_secret": "s3"}, 7000215),
    ],
)
def test_secrets(application: Application, form: dict[str, str], number: int) -> None:
    refused = Asking(world(application=application)).token("client_credentials", scope=APP_SCOPE, **form)
    assert (refused.status, code_of(refused)) == (401, number)


@pytest.mark.parametrize(
    ("header", "status"), [(b"%s:s%%33" % CLIENT_ID.encode(), 200), (b"%s:" % CLIENT_ID.encode(), 401), (b"\xff", 400)]
)
def test_basic_authentication(header: bytes, status: int) -> None:
    here = Asking(world(application=Application(secret="s3")))
    form = {"grant_type": "client_credentials", "scope": APP_SCOPE}
    basic = f"Basic {base64.b64encode(header).decode()}"
    assert here.post(f"/{TENANT}/oauth2/v2.0/token", form, authorization=basic).status == status
