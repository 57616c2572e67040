"""The two clocks."""

from __future__ import annotations

from datetime import UTC

from diag.net.clock import Clock


def test_dates_are_in_utc_and_durations_grow() -> None:
    clock = Clock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()
