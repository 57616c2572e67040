"""Small files of TOML, YAML or JSON that people write, read with the place of each key.

The shape is always the same: named tables of texts and whole numbers. What the keys mean is for whoever asked.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

LARGEST = 1 << 16
"""Characters; a mailbox definition has a few hundred."""
Path = tuple[str, ...]
_JSON_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_TOML_TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*\]")
_TOML_KEY = re.compile(r"\s*(?:([A-Za-z0-9_-]+)|\"([^\"]*)\")(?:\s*\.\s*([A-Za-z0-9_-]+))?\s*=")
_TOML_INLINE = re.compile(r"[{,]\s*(?:([A-Za-z0-9_-]+)|\"([^\"]*)\")\s*=")
_TOML_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_WHOLE = re.compile(r"[-+]?[0-9]{1,9}\Z")


class FileError(ValueError):
    """A file cannot be used; the text is one line of ``file:line:column: what`` for each problem."""


@dataclass(slots=True)
class Read:
    """The data of a file, and the line and column of each key."""

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def at(self, path: Path) -> str:
        """Name the place of a key, or of the nearest one around it, as compilers do."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return f"{self.file}:{line}:{column}"


def read(text: str, file: str) -> Read:
    """Read ``text``; the ending of ``file`` says in which language it is written, YAML where it says nothing.

    :raises FileError: it is not in this language.
    """
    if len(text) > LARGEST:
        raise FileError(f"{file}:1:1: larger than {LARGEST} characters; is it the right file?")
    ending = file.rpartition(".")[2].lower()
    if ending == "toml":
        return _toml(text, file)
    return _json(text, file) if ending == "json" else _yaml(text, file)


def _place(text: str, position: int) -> tuple[int, int]:
    line = text.count("\n", 0, position) + 1
    return line, position - text.rfind("\n", 0, position)


def _json(text: str, file: str) -> Read:
    found = Read(file)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(f"{file}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from None
    except RecursionError:
        raise FileError(f"{file}:1:1: nested too deeply") from None
    for path, position in _json_keys(text):
        line, column = _place(text, position)
        if path in found.places:
            raise FileError(f"{file}:{line}:{column}: the key '{path[-1]}' stands twice")
        found.places[path] = (line, column)
    return _whole(found, data)


def _json_keys(text: str) -> Iterator[tuple[Path, int]]:
    """Yield the path of each key of objects in well-formed JSON; what stands in lists has no path of its own."""
    path: list[str | None] = []
    last: tuple[str, int] | None = None
    for token in _JSON_TOKEN.finditer(text):
        word = token[0]
        if word in "{[":
            path.append(None)
        elif word in "}]":
            path.pop()
        elif word == ",":
            path[-1] = None
        elif word == ":" and last:
            path[-1] = last[0]
            yield tuple(part for part in path if part is not None), last[1]
        last = (str(json.loads(word)), token.start()) if word.startswith('"') else None


def _toml(text: str, file: str) -> Read:
    import tomllib  # noqa: PLC0415  only for this language

    found = Read(file)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = _TOML_WHERE.search(str(error))
        last = _place(text, len(text))
        line, column = (int(where[1]), int(where[2])) if where and where[1] else last
        raise FileError(f"{file}:{line}:{column}: no TOML: {_TOML_WHERE.sub('', str(error))}") from None
    except RecursionError:
        raise FileError(f"{file}:1:1: nested too deeply") from None
    table: Path = ()
    for number, line_text in enumerate(text.splitlines(), 1):
        if head := _TOML_TABLE.match(line_text):
            table = (head[1].strip('"'),)
            found.places.setdefault(table, (number, line_text.index("[") + 1))
        elif key := _TOML_KEY.match(line_text):
            path = (*table, key[1] or key[2])
            column = len(line_text) - len(line_text.lstrip()) + 1
            found.places.setdefault(path, (number, column))
            if key[3]:
                found.places.setdefault((*path, key[3]), (number, column))
            for inner in _TOML_INLINE.finditer(line_text, key.end()):
                found.places.setdefault((*path, inner[1] or inner[2]), (number, inner.start(1) + 1))
    return _whole(found, data)


def _yaml(text: str, file: str) -> Read:
    import yaml

    found = Read(file)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line, column = (error.problem_mark.line + 1, error.problem_mark.column + 1) if error.problem_mark else (1, 1)
        raise FileError(f"{file}:{line}:{column}: no YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise FileError(f"{file}:1:1: no YAML: {str(error).splitlines()[0]}") from None
    return _whole(found, _built(node, (), found))


def _built(node: yaml.Node | None, path: Path, found: Read) -> object:
    """Make data of a node, two tables deep; anything deeper stays a table without content, which nobody accepts."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        data: dict[str, object] = {}
        for key, value in node.value if len(path) < 3 else ():  # noqa: PLR2004
            name = str(key.value)
            place = (key.start_mark.line + 1, key.start_mark.column + 1)
            if name in data:
                raise FileError(f"{found.file}:{place[0]}:{place[1]}: the key '{name}' stands twice")
            found.places[*path, name] = place
            data[name] = _built(value, (*path, name), found)
        return data
    if isinstance(node, yaml.SequenceNode):
        return [_built(item, path, found) if isinstance(item, yaml.ScalarNode) else {} for item in node.value]
    if not isinstance(node, yaml.ScalarNode):
        return None
    text = str(node.value)
    plain = node.style is None
    return int(text) if plain and _WHOLE.match(text) else None if plain and text in {"", "~", "null"} else text


def _whole(found: Read, data: object) -> Read:
    if not isinstance(data, dict):
        raise FileError(f"{found.file}:1:1: expected tables with keys and values, found {_called(data)}")
    found.data = data
    return found


def _called(data: object) -> str:
    return "nothing" if data is None else "a list" if isinstance(data, list) else f"{data!r:.40}"
