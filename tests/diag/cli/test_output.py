"""Where a report goes, and the exit code of a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_report_goes_to_a_file_and_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    assert run("check", "--in", "healthy/gmail", "-o", str(target)).stdout == ""
    assert target.read_text().startswith("WORKS")
    assert "No such file" in run("check", "--in", "healthy/gmail", "-o", str(tmp_path / "no" / "x")).output


@pytest.mark.parametrize(
    ("case", "code", "first"),
    [
        ("healthy/dovecot", 0, "WORKS"),
        ("tls/self-signed", 1, "BROKEN"),
        ("tcp/address-dead", 1, "IMPAIRED"),
        ("check/incomplete", 3, "UNCLEAR"),
    ],
)
def test_the_exit_code_is_the_verdict(case: str, code: int, first: str) -> None:
    options = ("--max-time", "0.4") if case == "check/incomplete" else ()
    result = run("check", "--in", case, *options)
    assert result.exit_code == code
    assert result.stdout.startswith(first)
    assert result.stderr == ""


@pytest.mark.parametrize("option", ["--change-request", "--save", "--fix-script"])
def test_a_dash_is_standard_output_where_the_report_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("check", "--in", "tcp/port-dropped", option, "-", "-o", "report.txt")
    assert found.exit_code == 1, found.output
    begins = {"--change-request": "Change request: ", "--save": "{", "--fix-script": "#"}
    assert found.stdout.startswith(begins[option])
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--change-request", "-"), "--change-request - and the report cannot share standard output"),
        (("--save", "-", "-o", "-"), "--save - and the report cannot share standard output"),
        (("--save", "-", "--fix-script", "-", "-o", "x"), "--save and --fix-script cannot share standard output"),
        (("--bundle", "-", "-o", "x"), "--bundle writes no text"),
        (("--pcap", "-"), "--pcap writes no text"),
    ],
)
def test_standard_output_is_never_given_two_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("check", "--in", "healthy/gmail", *options)
    assert (found.exit_code, message in " ".join(found.stderr.split())) == (2, True), found.output
    assert list(tmp_path.iterdir()) == []


def test_the_report_itself_can_be_sent_to_standard_output_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("check", "--in", "healthy/gmail", "-o", "-").stdout.startswith("WORKS")
    assert list(tmp_path.iterdir()) == []
