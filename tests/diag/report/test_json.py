"""The report as a document is covered by a whole check."""

from __future__ import annotations

import asyncio
import json

from diag.model import document
from diag.report import json as report
from scenarios.load import load
from scenarios.play import play


def test_it_holds_verdict_and_measurement_and_can_be_read_again() -> None:
    played = asyncio.run(play(load("tcp/port-refused")))
    text = report.render(played.verdict, played.measurement)
    assert json.loads(text)["verdict"]["state"] == "broken"
    assert document.load(text) == played.measurement


def test_the_schema_is_one() -> None:
    assert report.schema()["$schema"].endswith("/schema")
    assert "Verdict" in report.schema()["$defs"]
