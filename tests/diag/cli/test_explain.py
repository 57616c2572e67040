"""Pages at the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path


def test_explaining(tmp_path: Path) -> None:
    assert "tls/self-signed " in run("explain").output
    assert "What to do" in run("explain", "tls/self-signed").output
