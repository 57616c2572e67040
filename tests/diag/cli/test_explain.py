"""Pages at the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path

PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


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


def test_the_number_that_was_given_is_filled_in_and_the_rest_named() -> None:
    text = " ".join(run("explain", "65001").output.split())
    assert "the application <application id> asks for (AADSTS65001)" in text
    assert "Entra ID answered AADSTS65001: neither the user nor" in text
    assert "Number: 12345678." in run("explain", "AADSTS12345678").output


@pytest.mark.parametrize("code", ["tls/intercepted", "tenant/low-impact-missing", "starttls/stripped"])
def test_no_placeholder_is_left_raw(code: str) -> None:
    assert not PLACEHOLDER.search(run("explain", code).output)


def test_no_placeholder_is_left_raw_in_the_list() -> None:
    assert not PLACEHOLDER.search(run("explain").output)
