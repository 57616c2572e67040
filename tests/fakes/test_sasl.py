"""Responses as clients send them, good and bad."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import sasl
from fakes.declare import Declaration, Mailbox, Tenant, Token
from fakes.directory import Directory, Refusal

ME = "me@contoso.example"
HERE = Directory(Declaration(mailbox=Mailbox(address=ME), tenant=Tenant(basic_auth=True)), now=lambda: 1_800_000_000)
TOKEN = HERE.issue(Token())


def outcome(mechanism: str, text: str) -> sasl.Outcome:
    return sasl.decide(HERE, "imap", mechanism, base64.b64encode(text.encode()).decode())


@pytest.mark.parametrize(
    ("mechanism", "text"),
    [
        ("XOAUTH2", f"user={ME}\x01auth=Bearer {TOKEN}\x01\x01"),
        ("OAUTHBEARER", f"n,a={ME},\x01host=mail.example\x01port=993\x01auth=Bearer {TOKEN}\x01\x01"),
        ("OAUTHBEARER", f"n,a={ME},\x01auth=bearer {TOKEN}\x01\x01"),
        ("PLAIN", f"\0{ME}\0correct horse"),
    ],
)
def test_good_responses(mechanism: str, text: str) -> None:
    assert outcome(mechanism, text) == sasl.SignedIn(ME)


@pytest.mark.parametrize(
    ("mechanism", "text"),
    [
        ("XOAUTH2", f"user={ME}\x01auth=Bearer {TOKEN}\x01"),
        ("XOAUTH2", f"user={ME}\x01auth=Basic {TOKEN}\x01\x01"),
        ("OAUTHBEARER", f"y,{ME},\x01auth=Bearer {TOKEN}\x01\x01"),
        ("OAUTHBEARER", f"n,a={ME},\x01\x01"),
        ("PLAIN", f"{ME}\0correct horse"),
    ],
)
def test_malformed_responses_are_refused(mechanism: str, text: str) -> None:
    assert outcome(mechanism, text) is Refusal.TOKEN_REFUSED


@given(st.sampled_from(["XOAUTH2", "OAUTHBEARER", "PLAIN"]), st.text())
def test_nobody_comes_in_by_rubbish(mechanism: str, response: str) -> None:
    assert isinstance(sasl.decide(HERE, "imap", mechanism, response), Refusal)
