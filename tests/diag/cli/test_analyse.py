"""A saved measurement, judged again or refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.diag.cli.running import run

if TYPE_CHECKING:
    from pathlib import Path


def test_json_is_alone_on_standard_output_and_can_be_analysed_again(tmp_path: Path) -> None:
    saved = tmp_path / "m.json"
    result = run("check", "--in", "imap/throttled", "--format", "json", "--save", str(saved))
    report = json.loads(result.stdout)
    assert [item["code"] for item in report["verdict"]["causes"]] == ["imap/throttled"]
    for text in (saved.read_text(), result.stdout):
        again = run("analyse", "-", "--format", "json", stdin=text)
        assert again.exit_code == 1
        assert json.loads(again.stdout)["verdict"] == report["verdict"]


def test_a_truncated_measurement_is_refused(tmp_path: Path) -> None:
    saved = tmp_path / "m.json"
    run("check", "--in", "healthy/gmail", "--save", str(saved))
    saved.write_text(saved.read_text()[:1000])
    result = run("analyse", str(saved))
    assert result.exit_code == 2
    assert "was the file cut off?" in result.output
    saved.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in run("analyse", str(saved)).output
