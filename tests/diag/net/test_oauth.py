"""What MSAL is given, and what of a refusal is read. The grants themselves are played against the emulated Entra ID."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from diag.model.secret import Secret
from diag.net.oauth import MOST_POLICIES, Client, certificate_of, numbers, policies, wanted

CLIENT = Client(client_id="app", authority="https://login.example/t", scopes=("https://o/IMAP", "offline_access"))
PEM = files("fakes.data").joinpath("client-certificate.pem").read_text("ascii")


def test_scopes_that_msal_adds_itself_are_not_given() -> None:
    assert wanted(CLIENT) == ["https://o/IMAP"]
    assert not CLIENT.confidential
    assert Client(client_id="a", authority="b", scopes=(), secret=Secret("s")).confidential


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"error_codes": [65001, 1]}, (65001, 1)),
        ({"error_codes": [True, "65001", 50076]}, (50076,)),
        ({"error_description": "AADSTS65004: User declined to consent. AADSTS1234: x"}, (65004,)),
        ({"error_description": "AADSTS12: too short"}, ()),
        ({}, ()),
    ],
)
def test_the_numbers_of_a_refusal(result: dict[str, object], expected: tuple[int, ...]) -> None:
    assert numbers(result) == expected


POLICY = "79949c6c-bc4f-55b5-93a0-bebcd5291094"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (f'{{"access_token":{{"capolids":{{"essential":true,"values":["{POLICY.upper()}"]}}}}}}', (POLICY,)),
        (f'{{"access_token":{{"capolids":{{"values":{json.dumps([POLICY] * 9)}}}}}}}', (POLICY,) * MOST_POLICIES),
        ('{"access_token":{"capolids":{"values":["canary", 7, null]}}}', ()),
        ('{"access_token":{"capolids":[]}}', ()),
        ('{"access_token":' + "[" * 4000, ()),
        ('"' + "x" * 5000 + '"', ()),
        ("canary", ()),
        ({"access_token": {}}, ()),
        (None, ()),
    ],
)
def test_the_policies_of_a_refusal(claims: object, expected: tuple[str, ...]) -> None:
    assert policies({"claims": claims}) == expected


def test_a_certificate_is_taken_out_of_a_file_with_its_key() -> None:
    assert certificate_of(PEM).startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in certificate_of(PEM)


@pytest.mark.parametrize(
    "text", ["", "canary", PEM[PEM.index("-----BEGIN CERT") :], PEM[: PEM.index("-----BEGIN CERT")]]
)
def test_a_file_that_is_none_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError) as error:
        certificate_of(text)
    assert str(error.value) == "expected an unencrypted private key and its certificate in one PEM file"
