"""What other packages bring along: probes, rules and pages, by entry points."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def brought_along(group: str) -> tuple[Any, ...]:
    """Return what the entry points of ``group`` name, imported; looked up once, since that reads many files."""
    from importlib.metadata import entry_points  # noqa: PLC0415  only where something is run

    return tuple(entry.load() for entry in entry_points(group=group))
