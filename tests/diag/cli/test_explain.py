"""Pages at the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path


def test_explaining(tmp_path: Path) -> None:
    assert "tls/self-signed " in run("explain").output
    assert "What to do" in run("explain", "tls/self-signed").output


@pytest.mark.parametrize(
    ("code", "first", "finding"),
    [
        ("AADSTS65001", "AADSTS65001: neither the user nor an administrator", "entra/consent-missing"),
        ("aadsts50105", "AADSTS50105: ", "entra/user-not-assigned"),
        ("7000222", "AADSTS7000222: ", "entra/secret-expired"),
        ("AADSTS12345678", "AADSTS12345678 is not known", "entra/error-unknown"),
    ],
)
def test_a_number_of_entra_leads_to_its_finding(code: str, first: str, finding: str) -> None:
    result = run("explain", code)
    assert result.exit_code == 0
    assert result.output.startswith(first)
    assert finding in result.output
