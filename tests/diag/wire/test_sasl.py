"""SASL responses by the vectors of their documents, and challenges that may be anything."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from diag.model.secret import Secret
from diag.wire import sasl

TOKEN = Secret("EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA")


def test_xoauth2_is_as_microsoft_documents_it() -> None:
    expected = (
        "dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVyIEV3QkFBbDNCQUFVRkZwVUFvN0ozVmUwYmpMQldaV0NjbFJD"
        "M0VvQUEBAQ=="
    )
    assert sasl.xoauth2("test@contoso.onmicrosoft.com", TOKEN).reveal() == expected


def test_oauthbearer_is_as_in_rfc_7628() -> None:
    token = Secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")
    text = base64.b64decode(sasl.oauthbearer("user@example.com", "server.example.com", 143, token).reveal())
    assert text == (
        b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer "
        b"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
    )
    assert base64.b64decode(sasl.oauthbearer("a=b,c", "h", 1, token).reveal()).startswith(b"n,a=a=3Db=2Cc,\x01")


def test_plain_is_as_in_rfc_4616() -> None:
    assert base64.b64decode(sasl.plain("tim", Secret("tanstaaftanstaaf")).reveal()) == b"\0tim\0tanstaaftanstaaf"


def test_a_response_does_not_show_itself() -> None:
    assert "EwBA" not in repr(sasl.xoauth2("u", TOKEN)) + str(sasl.plain("u", TOKEN))


@given(st.text())
def test_any_challenge_can_be_read(text: str) -> None:
    assert len(sasl.decode_challenge(text)) <= 4 * sasl.LARGEST_CHALLENGE


def test_challenges_and_their_answers() -> None:
    assert sasl.decode_challenge(base64.b64encode(b'{"status":"400"}').decode()) == '{"status":"400"}'
    assert sasl.decode_challenge("no base64") == "no base64"
    assert (sasl.cancel("XOAUTH2"), sasl.cancel("oauthbearer")) == ("", "AQ==")
