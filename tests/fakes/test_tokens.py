"""Tokens as Exchange Online gets them."""

from __future__ import annotations

import jwt

from fakes.declare import Token
from fakes.tokens import claims, identifier, sign, signing_key


def test_a_token_is_a_signed_v1_jwt() -> None:
    text = sign(claims(Token(), user="me@contoso.example", tenant="contoso.example", now=1_800_000_000))
    read = jwt.decode(
        text, signing_key().public_key(), algorithms=["RS256"], audience="https://outlook.office.com",
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )  # fmt: skip
    assert read["ver"] == "1.0"
    assert read["scp"].split() == ["IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send"]
    assert read["exp"] - read["iat"] == 4500
    assert read["iss"] == f"https://sts.windows.net/{identifier('contoso.example')}/"
    assert jwt.get_unverified_header(text)["alg"] == "RS256"


def test_identifiers_are_the_same_everywhere() -> None:
    assert identifier("a") == identifier("a") != identifier("b")
