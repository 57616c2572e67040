"""Measurements as files: the only place that reads and writes them.

pydantic is imported when a file is touched and not before, because starting it costs more than a check's first
packets.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from diag.model.actions import Action
from diag.model.measurement import FORMAT, Measurement

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

LARGEST_DOCUMENT = 64 * 1024 * 1024
"""Bytes; a measurement of many endpoints is under 1 MiB."""
LARGEST_REPORT = 10
"""Complaints about one file that are shown; more would bury the first."""
KINDS: dict[str, str] = {str(kind.__dataclass_fields__["kind"].default): kind.__name__ for kind in get_args(Action)}


class DocumentError(ValueError):
    """A file is no measurement that this version can read; the text says where and what was expected."""


@cache
def _adapter() -> TypeAdapter[Measurement]:
    from pydantic import TypeAdapter

    return TypeAdapter(Measurement)


def dump(measurement: Measurement) -> str:
    """Write ``measurement`` as indented JSON, ending in a line feed."""
    return _adapter().dump_json(measurement, indent=2, exclude_none=True).decode() + "\n"


def load(text: str, *, name: str = "measurement") -> Measurement:
    """Read a measurement from JSON ``text``, or the one inside a JSON report; ``name`` is what messages call it.

    :raises DocumentError: for anything that is not a measurement of a format this version knows.
    """
    raw = _parse(text, name)
    inner = raw.get("measurement")
    if isinstance(inner, dict):
        raw, name = inner, f"{name}: measurement"
    found = raw.get("format")
    if found != FORMAT:
        hint = "update maildiag to read it" if isinstance(found, int) and found > FORMAT else "is it a measurement?"
        message = f"{name}: format: expected {FORMAT}, found {found!r}; {hint}"
        raise DocumentError(message)
    from pydantic import ValidationError

    try:
        return _adapter().validate_python(raw, strict=False)
    except ValidationError as error:
        raise DocumentError(_describe(error, name, raw)) from None


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a measurement."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_adapter().json_schema()}


def _parse(text: str, name: str) -> dict[str, Any]:
    if len(text) > LARGEST_DOCUMENT:
        message = f"{name}: larger than {LARGEST_DOCUMENT} characters; is it a measurement?"
        raise DocumentError(message)
    try:
        raw = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        at = f":{error.lineno}:{error.colno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        message = f"{name}{at or ': nested too deeply'}; expected a complete JSON document (was the file cut off?)"
        raise DocumentError(message) from None
    if not isinstance(raw, dict):
        message = f"{name}: expected a JSON object with target, vantage and observations, found {type(raw).__name__}"
        raise DocumentError(message)
    return raw


def _describe(error: ValidationError, name: str, raw: dict[str, Any]) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        where = problem["loc"]
        if _is_of_another_kind(where, raw):
            continue
        lines.append(f"{name}: {'.'.join(str(part) for part in where)}: {problem['msg']}")
    if len(lines) > LARGEST_REPORT:
        lines[LARGEST_REPORT:] = [f"{name}: and {len(lines) - LARGEST_REPORT} more"]
    unknown = f"{name}: an observation has an action of unknown kind; expected one of {', '.join(KINDS)}"
    return "\n".join(lines) or unknown


def _is_of_another_kind(where: tuple[int | str, ...], raw: dict[str, Any]) -> bool:
    """Tell whether a complaint compares an action with a class that it does not claim to be.

    pydantic tries every member of the union; only the member that ``kind`` names says what is wrong.
    """
    if len(where) < 4 or where[0] != "observations" or where[2] != "action":  # noqa: PLR2004  observations.N.action.X
        return False
    action = raw["observations"][where[1]]["action"]
    kind = action.get("kind") if isinstance(action, dict) else None
    return where[3] != KINDS.get(str(kind))
