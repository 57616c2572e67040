"""Credentials and other options over those of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path


def test_options_are_laid_over_a_scenario(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("not a good one\n")
    result = run("check", "--in", "healthy/exchange-online", "--protocols", "imap", "--token-file", str(token))
    assert "imap/sign-in-refused" in result.output
    for text, problem in (("", "is empty"), ("a\nb", "more than one line"), ("x" * 70000, "is larger than")):
        token.write_text(text)
        assert problem in run("check", "--in", "healthy/gmail", "--token-file", str(token)).output
    assert "dns/no-address-of-family" in run("check", "--in", "healthy/dovecot", "-6").output
    bad = tmp_path / "ca.pem"
    bad.write_text("no certificate")
    assert (
        "expected CA certificates in PEM form" in run("check", "--in", "healthy/dovecot", "--cacert", str(bad)).output
    )
