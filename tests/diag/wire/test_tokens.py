"""Tokens read without being believed."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.model.secret import Secret
from diag.wire.tokens import MOST_ENTRIES, Claims, read


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(payload: object, header: object = {"alg": "RS256"}) -> Secret:
    return Secret(f"{part(header)}.{part(payload)}.c2ln")


def test_a_delegated_token_is_read() -> None:
    claims = read(token({
        "aud": "https://outlook.office.com", "iss": "https://sts.windows.net/t/", "scp": "IMAP.AccessAsUser.All SMTP.Send",
        "upn": "a@b.example", "unique_name": "other", "appid": "app", "app_displayname": "Helpdesk", "tid": "t",
        "iat": 1, "nbf": 2, "exp": 3.5,
    }))  # fmt: skip
    assert claims == Claims(
        audience="https://outlook.office.com", issuer="https://sts.windows.net/t/",
        scopes=("IMAP.AccessAsUser.All", "SMTP.Send"), user="a@b.example", app_id="app", app_name="Helpdesk", tenant="t",
        issued_at=1, not_before=2, expires_at=3,
    )  # fmt: skip


def test_an_applications_own_token_is_told_from_a_users() -> None:
    own = read(token({"roles": ["IMAP.AccessAsApp"]}))
    assert own is not None
    assert (own.by_app, own.roles) == (True, ("IMAP.AccessAsApp",))
    both = read(token({"roles": ["X"], "scp": "y"}))
    assert both is not None
    assert not both.by_app


@pytest.mark.parametrize(
    "text",
    ["EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA", "", "a.b.c", "..", f"{part({})}.{part([1])}.x", "eyJ.eyJ.x",
     f"{part({'alg': 'x'})}.{part('text')}.x", "x" * 70000 + ".a.b"],
)  # fmt: skip
def test_what_is_no_jwt_is_opaque(text: str) -> None:
    assert read(Secret(text)) is None


def test_claims_of_the_wrong_type_are_left_out() -> None:
    claims = read(
        token({"aud": ["x"], "exp": "soon", "iat": True, "nbf": 1e300, "scp": 5, "roles": [1, "R"], "upn": None})
    )
    assert claims == Claims(roles=("R",), by_app=True)


def test_claims_are_bounded_and_escaped() -> None:
    claims = read(token({"aud": "\x1b[2J" + "x" * 5000, "roles": ["r"] * 5000}))
    assert claims is not None
    assert claims.audience is not None
    assert len(claims.audience) <= 200
    assert "\x1b" not in claims.audience
    assert len(claims.roles) == MOST_ENTRIES


@given(st.dictionaries(st.sampled_from(["aud", "exp", "scp", "roles", "upn", "idtyp", "iat"]),
                       st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5)))  # fmt: skip
def test_no_payload_breaks_the_reading(payload: dict[str, object]) -> None:
    read(token(payload | {"x": 1}))


@given(st.text(max_size=100))
def test_no_text_breaks_the_reading(text: str) -> None:
    read(Secret(text))
