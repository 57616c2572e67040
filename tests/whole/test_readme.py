"""The README shows what the first command really prints, but for times and numbers of steps."""

from __future__ import annotations

import re
from pathlib import Path

from tests.diag.cli.running import run

README = Path(__file__).parents[2] / "README.md"
MOVING = (r"[\d.]+ m?s\b", r"\d+ steps", r"#\d+", r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def masked(text: str) -> str:
    """Return the words of a report, however they are wrapped, without what is compared only where a port is late."""
    text = re.sub(r"Connected to for comparison\n(?:  .*\n)+", "", text)
    for pattern in MOVING:
        text = re.sub(pattern, "N", text)
    # The line between two steps gives way to a line break.
    return " ".join(word for word in text.split() if word != "─")


def test_the_sample_is_what_the_command_prints() -> None:
    shown = re.search(r"\$ maildiag (check --in \S+)\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert shown is not None
    assert masked(run(*shown[1].split()).stdout) == masked(shown[2])
