"""Stages at the command line."""

from __future__ import annotations

import pytest

from tests.diag.cli.running import run

pytestmark = pytest.mark.netns


def test_both_stages_are_played_and_compared() -> None:
    result = run("scenario", "run", "tls/self-signed", "healthy/dovecot", "--stage", "both")
    if result.exit_code == 3:
        pytest.skip(result.stderr)
    assert result.exit_code == 0
    found = [line.partition(",")[0] for line in result.stdout.splitlines() if "hold" in line and "," in line]
    assert found[0].startswith("2 of 2 scenarios hold")
    assert found[1].startswith("2 of 2 scenarios hold on the stage netns")
    assert result.stdout.endswith("The stages agree on 2 of 2 scenarios.\n")
