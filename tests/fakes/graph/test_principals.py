"""Service principals and what hangs on them."""

from __future__ import annotations

import pytest

from fakes.declare import Tenant
from fakes.graph.principals import assignment, classifications, principal_id, resource
from fakes.permissions import resources


@pytest.mark.parametrize(
    ("key", "name", "guid"),
    [
        ("graph", "IMAP.AccessAsUser.All", "652390e4-393a-48de-9484-05f9b1212954"),
        ("exchange", "IMAP.AccessAsUser.All", "195adc35-e27b-454b-a7ed-1ecdffa1c09f"),
        ("exchange", "SMTP.Send", "76faac2a-0f20-42f1-928a-50de5b9dbe52"),
    ],
)
def test_permissions_keep_their_identifiers(key: str, name: str, guid: str) -> None:
    scopes = {row["value"]: row["id"] for row in resource(resources()[key])["oauth2PermissionScopes"]}  # type: ignore[attr-defined]
    assert scopes[name] == guid


def test_what_needs_an_administrator_says_so() -> None:
    scopes = {row["value"]: row["type"] for row in resource(resources()["exchange"])["oauth2PermissionScopes"]}  # type: ignore[attr-defined]
    assert (scopes["Exchange.Manage"], scopes["SMTP.Send"]) == ("Admin", "User")


def test_the_identifier_of_a_classification_is_that_of_microsoft() -> None:
    [row] = classifications(resources()["graph"], Tenant(low_impact_graph=("IMAP.AccessAsUser.All",)))
    assert row["id"] == "5JAjZTo53kiUhAX5sSEpVAE", "GUID in Microsoft's byte order, then 1 for low"


def test_assignments_differ() -> None:
    one, two = (assignment("User", principal_id(name), name, "a", "A", principal_id("r"), "t") for name in "xy")
    assert one["id"] != two["id"]
    assert one["resourceId"] == principal_id("a")
