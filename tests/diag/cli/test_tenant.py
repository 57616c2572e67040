"""The command: its exit codes, its table in every form, its script, and the secrets that are nowhere."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("case", "code", "first"),
    [
        ("healthy/tenant", 0, "WORKS: every step of the guide that the tenant can tell of is fulfilled"),
        ("tenant/imap-disabled", 1, "BROKEN: IMAP is switched off"),
        ("tenant/not-permitted", 3, "UNCLEAR: nothing wrong was found, but steps"),
        ("healthy/gmail", 3, "UNCLEAR: nothing could be asked, for want of a Microsoft 365 tenant"),
        ("healthy/dovecot", 3, "UNCLEAR: nothing could be asked, for want of a Microsoft 365 tenant"),
    ],
)
def test_the_exit_code_is_the_verdict(case: str, code: int, first: str) -> None:
    result = run("tenant", "--in", case)
    assert (result.exit_code, result.stderr) == (code, "")
    assert " ".join(result.stdout.split()).startswith(first)


def test_the_table_follows_the_guide() -> None:
    text = run("tenant", "--in", "tenant/low-impact-missing").stdout
    assert [f" {number:>2} " in text for number in range(11)] == [True] * 11
    found = json.loads(run("tenant", "--in", "tenant/low-impact-missing", "--format", "json").stdout)
    steps = found["verdict"]["guide"]
    assert [step["number"] for step in steps if step["state"] == "missing"] == [4]
    assert "New-MgServicePrincipalDelegatedPermissionClassification" in steps[4]["command"]
    assert "Permission classifications" in steps[4]["portal"]


def test_protocols_narrow_what_is_asked_for() -> None:
    assert run("tenant", "--in", "tenant/pop-disabled", "--protocols", "imap,smtp").exit_code == 0


def test_check_reads_the_tenant_too() -> None:
    result = run("check", "--in", "tenant/imap-disabled", "--tenant")
    assert result.exit_code == 1
    assert "tenant/imap-disabled" in result.stdout
    assert "account/imap-switched-off" in result.stdout
    assert "tenant/" not in run("check", "--in", "imap/sign-in-refused").stdout


def test_the_script_is_written_for_a_person_to_review(tmp_path: Path) -> None:
    script = tmp_path / "fix.ps1"
    run("tenant", "--in", "tenant/imap-disabled--and-smtp-auth", "--fix-script", str(script))
    lines = script.read_text().splitlines()
    assert "Connect-ExchangeOnline" in lines
    assert "Set-CASMailbox helpdesk@contoso.example -ImapEnabled $true" in lines
    assert "Set-CASMailbox helpdesk@contoso.example -SmtpClientAuthenticationDisabled $false" in lines
    assert any("READ EACH LINE" in line for line in lines)


def test_no_token_is_in_any_artefact(tmp_path: Path) -> None:
    saved, bundle = tmp_path / "m.json", tmp_path / "b.zip"
    result = run("tenant", "--in", "healthy/tenant", "--save", str(saved), "--bundle", str(bundle), "--format", "html")
    with zipfile.ZipFile(io.BytesIO(bundle.read_bytes())) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    for text in (*texts, saved.read_text(), result.output):
        assert "eyJ" not in text


def test_a_saved_tenant_is_judged_again(tmp_path: Path) -> None:
    saved, bundle = tmp_path / "m.json", tmp_path / "b.zip"
    files = ("--save", str(saved), "--bundle", str(bundle))
    first = run("tenant", "--in", "tenant/user-consent-off", *files).stdout
    for name in (saved, bundle):
        again = run("analyse", str(name), "--fix-script", str(tmp_path / "fix.ps1"))
        assert (again.exit_code, again.stdout) == (1, first)
        assert "Update-MgPolicyAuthorizationPolicy" in (tmp_path / "fix.ps1").read_text()


def test_without_an_address_it_is_a_wrong_usage() -> None:
    assert run("tenant", "--graph-token-file", "x").exit_code == 2


def test_waiting_ends_at_once_where_nothing_is_settling() -> None:
    result = run("tenant", "--in", "tenant/imap-disabled--before-any-sign-in", "--wait")
    assert (result.exit_code, result.stderr) == (1, "")
