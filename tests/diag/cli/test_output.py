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
