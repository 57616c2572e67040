"""YAML with positions: the data of a file, and for each key and value the line and column where it stands.

PyYAML composes the nodes; scalars are resolved by the core schema of YAML 1.2, so that ``no`` is a text and ``12:30``
is not a number. A key that stands twice is a problem, since one of the two would be lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
LARGEST_FILE = 1 << 20
"""Characters; a case has two thousand."""
DEEPEST = 40
MOST_PARTS = 20_000
"""Keys and values; aliases of aliases could make more of them than any memory holds."""
_INT = re.compile(r"[-+]?[0-9]{1,400}\Z")
_OTHER_INT = re.compile(r"0o[0-7]{1,400}\Z|0x[0-9a-fA-F]{1,400}\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
          "null": None, "Null": None, "NULL": None, "~": None, "": None}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file, at a place that a person can go to."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        """Write as compilers do; what has no line is about a name, or a file as a whole."""
        return f"{self.file}: {self.text}" if not self.line else f"{self.file}:{self.line}:{self.column}: {self.text}"


class ProblemsFound(ValueError):  # noqa: N818  what the reader of a file gets
    """A file cannot be used; every problem is listed, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        """Sort the problems by place."""
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class Located:
    """The data of a file with the places of its parts."""

    file: str
    data: Any = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    parts: int = 0
    """Keys and values so far, each as often as it is referred to."""

    def at(self, path: Path) -> tuple[int, int]:
        """Return the line and column of a part, or of the nearest part around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def problem(self, path: Path, text: str) -> Problem:
        """Make a problem at a part."""
        return Problem(self.file, *self.at(path), text)


def read(text: str, file: str) -> Located:
    """Read a YAML document; problems of its form are in the result.

    :raises ProblemsFound: it is no YAML at all.
    """
    located = Located(file)
    if len(text) > LARGEST_FILE:
        raise ProblemsFound([Problem(file, 1, 1, f"larger than {LARGEST_FILE} characters; is it a scenario?")])
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ProblemsFound([Problem(file, line, column, f"no YAML: {error.problem or error.context}")]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ProblemsFound([Problem(file, 1, 1, f"no YAML: {str(error).splitlines()[0]}")]) from None
    if node is not None:
        located.data = _build(node, (), located)
    return located


def _build(node: yaml.Node, path: Path, located: Located) -> Any:  # noqa: ANN401  a document can be anything
    located.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
    located.parts += 1
    if located.parts > MOST_PARTS:
        raise ProblemsFound([located.problem(path, f"more than {MOST_PARTS} parts; are there aliases of aliases?")])
    if len(path) > DEEPEST:
        raise ProblemsFound([located.problem(path, "nested too deeply")])
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, located)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, at), located) for at, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, located: Located) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key in found:
            located.problems.append(Problem(located.file, *place, f"the key '{key}' stands twice"))
        located.places[*path, key] = place
        found[key] = _build(value_node, (*path, key), located)
    return found


def _scalar(node: yaml.Node) -> Any:  # noqa: ANN401  a scalar can be anything
    text = str(node.value)
    if getattr(node, "style", None) in {"'", '"', "|", ">"}:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _OTHER_INT.match(text):
        return int(text, 0)
    return float(text) if _FLOAT.match(text) else text
