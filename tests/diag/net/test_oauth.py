"""What MSAL is given, and what of a refusal is read. The grants themselves are played against the emulated Entra ID."""

from __future__ import annotations

from importlib.resources import files

import pytest

from diag.model.secret import Secret
from diag.net.oauth import Client, certificate_of, numbers, wanted

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
