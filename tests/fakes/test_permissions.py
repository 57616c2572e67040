"""Scopes and what they ask for."""

from __future__ import annotations

import pytest

from fakes.permissions import resource_of, resources, take_apart


@pytest.mark.parametrize(
    ("scope", "resource", "permission"),
    [
        ("https://outlook.office.com/IMAP.AccessAsUser.All", "exchange", "IMAP.AccessAsUser.All"),
        ("https://outlook.office365.com/.default", "exchange", ".default"),
        ("https://outlook.office.com//.default", "exchange", ".default"),
        ("IMAP.AccessAsUser.All", "graph", "IMAP.AccessAsUser.All"),
        ("https://graph.microsoft.com/User.Read", "graph", "User.Read"),
        ("https://nobody.example/x", None, "x"),
    ],
)
def test_a_scope_is_taken_apart(scope: str, resource: str | None, permission: str) -> None:
    asked = take_apart(scope)
    assert (asked.resource.key if asked.resource else None, asked.permission) == (resource, permission)


def test_an_audience_leads_to_its_resource() -> None:
    found = [resource_of(name) for name in ("https://outlook.office.com/", "00000003-0000-0000-c000-000000000000", "x")]
    assert [item.key if item else None for item in found] == ["exchange", "graph", None]


def test_permissions_have_the_identifiers_of_the_resource() -> None:
    graph, exchange = resources()["graph"], resources()["exchange"]
    assert graph.identifier("SMTP.Send") == "258f6531-6087-4cc4-bb90-092c5fb3ed3f"
    assert exchange.identifier("SMTP.Send") == "76faac2a-0f20-42f1-928a-50de5b9dbe52"
    assert exchange.identifier("Invented") == exchange.identifier("Invented") != graph.identifier("Invented")
    assert (graph.knows("Mail.Read"), graph.knows("Invented")) == (True, False)
