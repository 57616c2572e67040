"""Who calls, by the token alone."""

from __future__ import annotations

import pytest

from fakes.bearers import BadToken, Flaw, caller
from fakes.declare import Application, Declaration, Mailbox, Token
from fakes.directory import Directory

ME = "me@contoso.example"
GRAPH = "https://graph.microsoft.com"


def directory() -> Directory:
    declared = Declaration(
        mailbox=Mailbox(address=ME, roles=("Global Reader",)),
        application=Application(directory_roles=("Reports Reader",)),
    )
    return Directory(declared, now=lambda: 1_800_000_000.0)


def test_a_user_comes_with_permissions_and_roles() -> None:
    here = directory()
    who = caller(here.issue(Token(audience=GRAPH, scopes=("User.Read",))), here, resource="graph")
    assert who.user is here.find(ME)
    assert (who.may("User.Read", "x"), who.may("x"), who.is_one_of("Global Reader"), who.is_one_of()) == (
        True,
        False,
        True,
        False,
    )


def test_an_application_comes_with_those_of_its_service_principal() -> None:
    here = directory()
    who = caller(here.issue(Token(audience=GRAPH, roles=("User.Read.All",))), here, resource="graph")
    assert who.user is None
    assert (set(who.permissions), set(who.roles)) == ({"User.Read.All"}, {"Reports Reader"})


@pytest.mark.parametrize(
    ("token", "flaw"),
    [
        (Token(), Flaw.AUDIENCE),
        (Token(audience="https://other.example"), Flaw.AUDIENCE),
        (Token(audience=GRAPH, issued_ago=4500), Flaw.EXPIRED),
        (Token(audience=GRAPH, revoked=True), Flaw.REVOKED),
        (Token(audience=GRAPH, user="stranger@contoso.example"), Flaw.UNKNOWN),
    ],
)
def test_what_a_token_can_lack(token: Token, flaw: Flaw) -> None:
    here = directory()
    with pytest.raises(BadToken) as bad:
        caller(here.issue(token), here, resource="graph")
    assert bad.value.flaw is flaw


@pytest.mark.parametrize(("text", "flaw"), [(None, Flaw.MISSING), ("", Flaw.MISSING), ("eyJ", Flaw.UNKNOWN)])
def test_what_is_no_token(text: str | None, flaw: Flaw) -> None:
    with pytest.raises(BadToken) as bad:
        caller(text, directory(), resource="graph")
    assert bad.value.flaw is flaw
