"""The report as Markdown, read again by a parser of its own."""

from __future__ import annotations

import re

import pytest

from diag.report import markdown
from tests.diag.report.reported import hostile, played

CASES = ["healthy/tenant", "tenant/low-impact-missing", "tls/certificate-expired", "service/garbage"]


@pytest.mark.parametrize("name", CASES)
def test_rows_of_the_table_have_as_many_cells_as_its_head(name: str) -> None:
    lines = [line for line in markdown.render(*played(name)).splitlines() if line.startswith("| ")]
    cells = {line.replace("\\|", "").count(" | ") for line in lines}
    assert len(cells) <= 1
    assert len(lines) in {0, 13}


def test_commands_stand_as_code() -> None:
    text = markdown.render(*played("tenant/low-impact-missing"))
    assert "```text\n$resource = Get-MgServicePrincipal" in text
    assert "<br>" in text
    assert "\n\n\n" not in text


def test_nothing_in_a_text_is_markup() -> None:
    text = markdown.render(*hostile())
    without_escapes = re.sub(r"\\.", "", text)
    assert "<" not in re.sub(r"(?s)(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", without_escapes).replace(
        "<https://", ""
    ).replace("<br>", "")
    assert "\\[x\\](javascript:1)" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 13


def test_the_picture_of_the_path_is_in_it() -> None:
    assert "✗ tls" in markdown.render(*played("tls/certificate-expired"))
