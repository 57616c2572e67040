"""The report as a document for programs: verdict and measurement together, with a format number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from diag.model.measurement import FORMAT, Measurement
from diag.model.verdict import Verdict

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The document. ``measurement`` is what ``maildiag analyse`` reads again."""

    verdict: Verdict
    measurement: Measurement
    format: int = FORMAT


@cache
def _adapter() -> TypeAdapter[Report]:
    from pydantic import TypeAdapter

    return TypeAdapter(Report)


def render(verdict: Verdict, measurement: Measurement) -> str:
    """Write the report as indented JSON, ending in a line feed."""
    report = Report(verdict=verdict, measurement=measurement)
    return _adapter().dump_json(report, indent=2, exclude_none=True).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a report."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_adapter().json_schema()}
