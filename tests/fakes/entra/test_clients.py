"""How an application shows who it is."""

from __future__ import annotations

import base64

import jwt
import pytest

from fakes.declare import Application
from fakes.organisation import CLIENT_ID
from tests.fakes.entra.asking import APP_SCOPE, NOW, TENANT, Asking, code_of, read, world
from tests.fakes.entra.assertions import ENDPOINT, SHA1, SHA256, assertion, by_assertion


@pytest.mark.parametrize(("headers", "algorithm"), [(SHA1, "RS256"), (SHA256, "PS256"), ({**SHA1, **SHA256}, "PS256")])
def test_an_assertion_signed_with_the_registered_key_is_good(headers: dict[str, str], algorithm: str) -> None:
    token = read(by_assertion(assertion(headers=headers, algorithm=algorithm)))["access_token"]
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
    refused = by_assertion(text)
    assert (refused.status, code_of(refused)) == (401, number)


def test_a_key_that_is_not_registered_is_of_no_use() -> None:
    assert code_of(by_assertion(assertion(), Application(certificate="other"))) == 700027
    assert code_of(by_assertion(assertion(), client_assertion_type="")) == 900144


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
