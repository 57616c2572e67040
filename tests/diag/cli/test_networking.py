"""The way out as the options say it, for each command that has one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from diag.check import PROXY_VARIABLES
from diag.cli import cli
from diag.cli.networking import NAMES
from diag.net import internet_settings
from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", ["check", "authorize", "tenant", "watch"])
def test_each_command_that_dials_has_the_same_options(command: str) -> None:
    context: Any = cli.make_context("maildiag", [command], resilient_parsing=True)
    found = cli.get_command(context, command)
    assert found is not None
    assert set(NAMES) <= {parameter.name for parameter in found.params}


@pytest.mark.parametrize(
    "command",
    [
        ("check", "me@example"),
        ("authorize", "me@example"),
        ("tenant", "--in", "healthy/tenant"),
        ("watch", "me@example"),
    ],
)
def test_a_family_of_addresses_has_to_be_left(command: tuple[str, ...]) -> None:
    result = run(*command, "-4", "-6")
    assert (result.exit_code, "-4 and -6 exclude each other" in result.stderr) == (2, True)


def test_a_tenant_is_read_through_the_proxy_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("canary\n")
    found = run("tenant", "me@d.example", "--graph-token-file", str(tmp_path / "token"), "--proxy", "127.0.0.1:1",
                "--name-server", "127.0.0.1:1", "--connect-timeout", "1", "--format", "json")  # fmt: skip
    assert found.exit_code == 1, found.output
    assert "127.0.0.1:1" in found.stdout
    assert "canary" not in found.output


@pytest.mark.parametrize(("installed", "told"), [(True, "cannot be used"), (False, "maildiag[pac]")])
def test_a_proxy_script_of_windows_that_cannot_be_followed_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, installed: bool, told: str
) -> None:
    file = tmp_path / "proxy.pac"
    file.write_text("no script")
    given = internet_settings.InternetSettings(script=file.as_uri())
    monkeypatch.setattr(internet_settings, "of_this_computer", lambda: given)
    if not installed:
        monkeypatch.setitem(sys.modules, "pypac.parser", None)
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    done = run("check", "me@example.org", "--imap", "127.0.0.1:1", "--name-server", "127.0.0.1:1", "--max-time", "5")
    assert file.as_uri() in done.stderr
    assert told in done.stderr
    assert done.exit_code == 1
