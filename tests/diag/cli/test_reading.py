"""With what a tenant is read: said before anybody signs in, taken from files, refused where it is no identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from diag.cli.reading import permissions, reading
from diag.model.secret import Secret
from diag.probes.run import Reading
from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = {
    "reader": None,
    "graph_token_file": None,
    "exchange_token_file": None,
    "application": None,
    "client_id": None,
}


def test_each_permission_is_listed_with_its_reason() -> None:
    text = permissions()
    for name in (
        "Directory.Read.All",
        "Policy.Read.All",
        "Policy.Read.PermissionGrant",
        "AuditLog.Read.All",
        "Exchange.Manage",
    ):
        assert f"  {name}: " in text
    assert "Global Reader" in text
    assert all(len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("command", [("tenant", "u@d.example"), ("check", "u@d.example", "--tenant")])
def test_without_a_token_it_says_which_permissions_one_needs(command: tuple[str, ...]) -> None:
    result = run(*command)
    assert result.exit_code == 2
    assert "Policy.Read.PermissionGrant" in result.stderr
    assert "--graph-token-file FILE" in result.stderr


def test_they_are_shown_on_request() -> None:
    assert run("tenant", "--permissions").stdout == permissions() + "\n"


def test_options_come_over_what_a_world_brings(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("token-of-the-option\n")
    given = Reading(graph=Secret("a"), exchange=Secret("b"))
    found = reading({**NOTHING, "graph_token_file": str(tmp_path / "t"), "application": "Mail"}, given)
    assert found is not None
    assert found.graph is not None
    assert found.exchange is not None
    assert (found.graph.reveal(), found.exchange.reveal(), found.application) == ("token-of-the-option", "b", "Mail")
    assert reading(NOTHING, None) is None


def test_who_signs_in_reads_with_no_token_that_a_world_brings() -> None:
    given = Reading(graph=Secret("a"), exchange=Secret("b"), application="Mail")
    asked = Reading(application="Mail", client_id="c")
    assert reading({**NOTHING, "reader": "admin@d.example", "client_id": "c"}, given) == asked


@pytest.mark.parametrize("command", ["watch", "fleet"])
def test_where_many_checks_are_made_nobody_signs_in(command: str, tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("mailboxes: {u@d.example: {tenant: true, reader: admin@d.example}}\n")
    many = {"watch": ("watch", "u@d.example", "--tenant", "--reader", "a@d.example"),
            "fleet": ("fleet", str(tmp_path / "fleet.yaml"))}  # fmt: skip
    result = run(*many[command])
    assert result.exit_code == 2
    assert "reader" in result.stderr


@pytest.mark.parametrize("text", ["x", "9e5f94bc-e8a4-4e73-b8be-63364c29d75", "' or true"])
def test_an_identifier_is_a_guid(text: str) -> None:
    result = run("tenant", "u@d.example", "--client-id", text)
    assert result.exit_code == 2
    assert "expected a GUID" in result.stderr


def test_a_token_file_that_is_not_there(tmp_path: Path) -> None:
    result = run("tenant", "u@d.example", "--graph-token-file", str(tmp_path / "none"))
    assert (result.exit_code, "--graph-token-file" in result.stderr) == (2, True)
