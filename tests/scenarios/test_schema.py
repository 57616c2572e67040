"""The schemas on disk are those of the classes."""

from __future__ import annotations

import json

import pytest

from scenarios import schema
from scenarios.load import HERE


@pytest.mark.parametrize("name", schema.FILES)
def test_the_file_is_current(name: str) -> None:
    assert (HERE / name).read_text("utf-8") == schema.text(schema.FILES[name]()), "run python -m scenarios.schema"


def test_it_is_closed_and_knows_the_names() -> None:
    made = schema.case_schema()
    assert made["additionalProperties"] is False
    assert "silent" in json.dumps(made)
    assert "exchange_online_2026" in json.dumps(made)
    assert made["$defs"]["Difference"]["required"] == []
