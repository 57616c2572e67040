"""A definition on the command line: what is said of it, and with which exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from diag.model.document import dump, load
from scenarios.load import load as load_case
from scenarios.load import names
from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

HALF = {
    "protocol": "IMAP4",
    "server": "outlook.office365.com",
    "port": 993,
    "encryption": "TLS 1.2+",
    "authentication": "MS OAuth2",
    "user": "helpdesk@contoso.example",
}


def lint(tmp_path: Path, data: object, *options: str) -> tuple[int, str, str]:
    file = tmp_path / "mailbox.json"
    file.write_text(json.dumps(data))
    done = run("settings", str(file), *options)
    return done.exit_code, done.stdout, done.stderr


def test_a_right_definition(tmp_path: Path) -> None:
    code, out, _ = lint(tmp_path, {"receiving": HALF})
    assert (code, out.splitlines()[0]) == (0, "WORKS: nothing is wrong in the definition; nothing was dialled")


def test_a_wrong_one_is_told_with_its_place(tmp_path: Path) -> None:
    code, out, _ = lint(tmp_path, {"receiving": {**HALF, "port": 143}})
    assert code == 1
    assert "mailbox.json:1:" in "".join(out.split())
    assert "Set the port for IMAP to 993." in out


def test_one_that_cannot_be_understood(tmp_path: Path) -> None:
    code, out, errors = lint(tmp_path, {"receiving": {**HALF, "port": "imap"}})
    assert (code, out) == (2, "")
    assert "mailbox.json:1:" in errors
    assert "'port': expected a whole number, found 'imap'" in errors
    assert "[receiving]" in errors


def test_a_file_that_is_not_there() -> None:
    done = run("settings", "/nowhere.toml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "/nowhere.toml: No such file or directory" in done.stderr


def test_what_was_read_can_be_judged_again(tmp_path: Path) -> None:
    _, out, _ = lint(tmp_path, {"receiving": {**HALF, "port": 143}}, "--format", "json")
    found = load(out)
    assert load(dump(found)) == found
    assert json.loads(out)["verdict"]["causes"][0]["code"] == "settings/receiving-port"


@pytest.mark.parametrize(
    "other", [("--imap", "h"), ("--in", "healthy/dovecot"), ("--provider", "gmail"), ("--tls", "none")]
)
def test_a_definition_says_where_the_mail_is(other: tuple[str, str]) -> None:
    done = run("check", "--settings", "mailbox.toml", *other)
    assert done.exit_code == 2
    assert "--settings FILE says where the mail is; leave out" in done.stderr


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("settings/")])
def test_the_lint_alone_says_what_the_check_says(tmp_path: Path, name: str) -> None:
    """Nothing that the network adds changes what is wrong in a definition."""
    case = load_case(name)
    for step in (case, *case.then):
        code, out, _ = lint(tmp_path, step.parts.check.settings, "--format", "json")
        found = {cause["code"] for cause in json.loads(out)["verdict"]["causes"]}
        assert (code, found) == (1 if step.parts.expect.causes else 0, set(step.parts.expect.causes))
