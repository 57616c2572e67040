"""What a sign-in for reading asks for; that it works is proven with the command (test_administrator)."""

from __future__ import annotations

from diag.probes.tenant.permissions import asked_for
from diag.probes.tenant.signing_in import clients, scopes


def test_graph_is_asked_for_what_was_explained_and_nothing_else() -> None:
    assert scopes("graph") == tuple(f"https://graph.microsoft.com/{item.name}" for item in asked_for("graph"))


def test_each_interface_has_a_client_of_microsofts_own() -> None:
    assert sorted(clients()) == ["exchange", "graph"]
    assert len(set(clients().values())) == 2
