"""Times in Graph's form."""

from __future__ import annotations

from fakes.graph.times import iso


def test_a_time_has_whole_seconds_in_utc() -> None:
    assert iso(1_800_000_000.7) == "2027-01-15T08:00:00Z"
