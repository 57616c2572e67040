"""The file of a fleet, in each of its languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from diag.cli.fleet_file import load

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "fleet.toml": '[defaults]\nprovider = "gmail"\n[mailboxes."me@x.example"]\ntls = "none"\nimap = ["a.example", "b.example:1143"]\nprovider = "microsoft365"\n',
    "fleet.yaml": "defaults: {provider: gmail}\nmailboxes: {me@x.example: {tls: none, imap: [a.example, 'b.example:1143']}}\n",
    "fleet.json": '{"mailboxes": {"me@x.example": {"tls": "none", "imap": ["a.example", "b.example:1143"]}}}',
}


@pytest.mark.parametrize("name", ["fleet.json"])
def test_lists_become_several_options(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    [member] = load(str(tmp_path / name)).members
    assert (member.address, member.options["tls"]) == ("me@x.example", "none")
    assert member.options["imap"] == (("a.example", None), ("b.example", 1143))


@pytest.mark.parametrize("name", ["fleet.toml", "fleet.yaml"])
def test_what_all_have_is_laid_below_what_one_has(tmp_path: Path, name: str) -> None:
    text = (
        FILES[name]
        .replace("imap", "resolve")
        .replace("a.example", "a:1:127.0.0.1")
        .replace("b.example:1143", "b:1:::1")
    )
    (tmp_path / name).write_text(text.replace("tls", "user").replace("tls = ", "user = "), encoding="utf-8")
    [member] = load(str(tmp_path / name)).members
    assert member.options["provider"] == ("microsoft365" if name.endswith("toml") else "gmail")
    assert len(member.options["resolve"]) == 2


def test_files_are_meant_from_where_the_file_is(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{}")
    (tmp_path / "fleet.yaml").write_text(
        f"site: W\nmailboxes: {{me@x.example: {{token-file: t, settings: '-'}}}}\nsaved: {{G: [one.json, {tmp_path}/o*.json]}}\n"
    )
    found = load(str(tmp_path / "fleet.yaml"))
    assert (found.site, found.members[0].options["token_file"]) == ("W", str(tmp_path / "t"))
    assert found.members[0].options["settings_file"] == "-"
    assert [site for site, _ in found.saved] == ["G", "G"]
