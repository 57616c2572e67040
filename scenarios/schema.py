"""The JSON Schemas of case and world files, generated from the classes, so that editors know every key.

``python -m scenarios.schema`` writes them; a test keeps them current.
"""

from __future__ import annotations

import json
from typing import Any

from fakes import behaviours, personalities
from fakes.declare import Declaration
from scenarios.load import HERE, worlds
from scenarios.model import CaseFile, WorldFile
from scenarios.validate import adapter

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def case_schema() -> dict[str, Any]:
    """Return the schema of a case. What stands under ``but`` may leave out what the base world has."""
    schema = adapter(CaseFile).json_schema()
    declared = adapter(Declaration).json_schema()
    definitions = {**schema.get("$defs", {}), **_partial(declared.pop("$defs"))}
    definitions["Difference"] = {**declared, "required": []}
    for part in ("WorldPart", "ThenPart"):
        definitions[part]["properties"]["but"] = {"$ref": "#/$defs/Difference"}
    definitions["WorldPart"]["properties"]["like"]["enum"] = worlds()
    return _finish({**schema, "$defs": definitions})


def world_schema() -> dict[str, Any]:
    """Return the schema of a base world."""
    return _finish(adapter(WorldFile).json_schema())


def _partial(definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: value for key, value in part.items() if key != "required"} for name, part in definitions.items()
    }


def _finish(schema: dict[str, Any]) -> dict[str, Any]:
    """Name what is known where the classes only say that it is a text."""
    service = schema["$defs"]["Service"]["properties"]
    service["behaves"]["items"]["enum"] = list(behaviours.NAMES)
    service["like"]["enum"] = list(personalities.names())
    return {"$schema": DRAFT, **schema}


def text(schema: dict[str, Any]) -> str:
    """Write a schema as it stands in its file."""
    return json.dumps(schema, indent=2) + "\n"


FILES = {"schema.json": case_schema, "schema-world.json": world_schema}

if __name__ == "__main__":
    for name, make in FILES.items():
        (HERE / name).write_text(text(make()), encoding="utf-8")
