"""Data against the closed schema: all problems at once, each at its place, with what is known and the nearest name."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic_core import ErrorDetails

    from scenarios.located import Path, Problem

T = TypeVar("T")


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """Return the validator of a class of the schema, made once."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def validate(kind: type[T], data: Any, problem: Callable[[Path, str], Problem]) -> tuple[T | None, list[Problem]]:  # noqa: ANN401
    """Make a ``kind`` of ``data``, or say everything that is wrong with it; ``problem`` knows the places."""
    try:
        return adapter(kind).validate_python(data), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [problem(_path(item), _text(kind, item)) for item in details]


def _path(detail: ErrorDetails) -> Path:
    return tuple(part for part in detail["loc"] if part != "[key]")


def _text(kind: type, detail: ErrorDetails) -> str:
    path = _path(detail)
    where = ".".join(map(str, path))
    name = str(path[-1]) if path else ""
    match detail["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            return f"{where}: unknown key '{name}'{nearest(name, _fields(kind, path[:-1]))}"
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return f"{where}: '{name}' is missing"
        case "literal_error":
            choices = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
            return f"{where}: {detail['input']!r} is not known{nearest(str(detail['input']), choices)}"
        case _:
            return f"{where}: {detail['msg'][0].lower()}{detail['msg'][1:]}, found {detail['input']!r:.60}"


def nearest(name: str, known: Iterable[str], *, listed_by: str | None = None) -> str:
    """Say which name was probably meant, or which there are; ``listed_by`` a command where there are very many."""
    names = sorted(known)
    most, likeness = (1, 0.6) if listed_by is None else (3, 0.5)
    close = get_close_matches(name, names, n=most, cutoff=likeness)
    meant = f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
    if listed_by:
        return f"{meant}; '{listed_by}' lists them all"
    return meant or (f"; known here: {', '.join(names)}" if names else "")


def _fields(kind: Any, path: Path) -> list[str]:  # noqa: ANN401  an annotation
    """Return the keys that are known at ``path`` below a class of the schema."""
    for part in path:
        kind = _below(kind, part)
    found = next((item for item in _members(kind) if dataclasses.is_dataclass(item)), None)
    return [item.name for item in dataclasses.fields(found)] if found else []


def _below(kind: Any, part: str | int) -> Any:  # noqa: ANN401  an annotation
    for member in _members(kind):
        arguments = typing.get_args(member)
        if dataclasses.is_dataclass(member) and isinstance(part, str):
            hints = typing.get_type_hints(member)
            if part in hints:
                return hints[part]
        elif typing.get_origin(member) is dict:
            return arguments[1]
        elif typing.get_origin(member) is tuple and isinstance(part, int):
            return arguments[0]
    return None


def _members(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401  an annotation
    return typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
