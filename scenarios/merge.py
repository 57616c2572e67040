"""Differences laid over a healthy world: found by its name, merged, and validated with places in the right file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from scenarios import sense
from scenarios.located import Located, Problem, ProblemsFound, read
from scenarios.model import WorldFile
from scenarios.validate import nearest, validate

if TYPE_CHECKING:
    from fakes.declare import Declaration
    from scenarios.located import Path

WORLDS = FilePath(__file__).parent / "worlds"


def read_file(path: FilePath) -> Located:
    """Read a file of YAML.

    :raises ProblemsFound: it cannot be read.
    """
    try:
        return read(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ProblemsFound([Problem(str(path), 1, 1, f"byte {error.start} is not UTF-8")]) from None
    except OSError as error:
        raise ProblemsFound([Problem(str(path), 1, 1, str(error.strerror))]) from None


@cache
def base(path: FilePath) -> Located:
    """Read a base world.

    :raises ProblemsFound: it is not there, or something in it is not as the schema says.
    """
    located = read_file(path)
    _, problems = validate(WorldFile, located.data, located.problem)
    if problems or located.problems:
        raise ProblemsFound([*located.problems, *problems])
    return located


def base_of(case: Located, like: str) -> Located:
    """Return the base world called ``like``: from beside the case's ``cases`` folder, or one of the project's own.

    :raises ProblemsFound: there is none of this name, or something in it is wrong.
    """
    known: list[str] = []
    for folder in _folders(FilePath(case.file).absolute().parent):
        files = {file.stem: file for file in folder.glob("*.yaml")}
        if like in files:
            return base(files[like])
        known += files
    raise ProblemsFound([case.problem(("world", "like"), f"unknown world '{like}'{nearest(like, known)}")])


@cache
def _folders(here: FilePath) -> tuple[FilePath, ...]:
    """Return where the base worlds of the cases in a folder are, the nearest first."""
    return (
        *(parent.parent / "worlds" for parent in (here.resolve() / "case").parents if parent.name == "cases"),
        WORLDS,
    )


@dataclass(frozen=True, slots=True)
class Layer:
    """Differences, and where in the case they stand."""

    at: Path
    but: dict[str, Any]


def merged(base: Located, case: Located, layers: list[Layer]) -> tuple[Declaration | None, list[Problem]]:
    """Lay ``layers`` over ``base``, each over the ones before it; return the world, and all that is wrong with it."""
    from fakes.declare import Declaration

    data = _copied(base.data["world"])
    for layer in layers:
        data = _merge(data, _copied(layer.but))

    def place(path: Path, text: str) -> Problem:
        """Place a problem where the file says something of it: the last difference, the base world, or around it."""
        for depth in (len(path), len(path) - 1):
            for layer in reversed(layers):
                if depth and (*layer.at, *path[:depth]) in case.places:
                    return case.problem((*layer.at, *path), text)
            if ("world", *path[:depth]) in base.places:
                break
        return base.problem(("world", *path), text)

    world, problems = validate(Declaration, data, place)
    return world, [*problems, *(sense.of_world(world, place) if world else ())]


def _copied(document: Any) -> Any:  # noqa: ANN401  documents
    """Copy what can be merged into; the rest is never changed."""
    if isinstance(document, dict):
        return {key: _copied(value) for key, value in document.items()}
    return [_copied(item) for item in document] if isinstance(document, list) else document


def _merge(base: Any, but: Any) -> Any:  # noqa: ANN401  documents
    """Lay ``but`` over ``base``: mappings merge, everything else is replaced."""
    if isinstance(base, dict) and isinstance(but, dict):
        for key, value in but.items():
            base[key] = _merge(base[key], value) if key in base else value
        return base
    return but
