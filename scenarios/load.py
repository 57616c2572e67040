"""Files into cases: found by name, read, merged with their base world, and checked in every part."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from scenarios import sense
from scenarios.located import Located, Problem, ProblemsFound
from scenarios.merge import WORLDS, Layer, base, base_of, merged, read_file
from scenarios.model import Case, CaseFile
from scenarios.validate import nearest, validate

if TYPE_CHECKING:
    from fakes.declare import Declaration
    from scenarios.located import Path

HERE = FilePath(__file__).resolve().parent
CASES = HERE / "cases"


def names() -> list[str]:
    """Return the names of the cases that come with the project."""
    return sorted(path.relative_to(CASES).with_suffix("").as_posix() for path in CASES.rglob("*.yaml"))


def find(name: str) -> FilePath:
    """Return the file of a case, given by name or as a path.

    :raises ProblemsFound: there is none.
    """
    bundled = CASES / f"{name.removesuffix('.yaml')}.yaml"
    for path in (FilePath(name), bundled):
        if path.is_file():
            return path
    close = nearest(name, names())
    text = f"there is no scenario of this name{close if close.startswith(' (') else ''}"
    raise ProblemsFound([Problem(name, 0, 0, f"{text}; 'maildiag scenario list' shows them all")])


def load(name: str) -> Case:
    """Read the case ``name``.

    :raises ProblemsFound: it is not there, or something in it is wrong; all that is wrong is listed.
    """
    path = find(name)
    located = read_file(path)
    parts, problems = validate(CaseFile, located.data, located.problem)
    worlds, senseless = _worlds(located)
    problems += [*located.problems, *senseless, *_expectations(located)]
    if parts is not None:
        problems += _checks(parts, located)
    if problems or parts is None:
        raise ProblemsFound(list(dict.fromkeys(problems)))
    return _assemble(path, parts, worlds, located)


def world(name: str) -> Declaration:
    """Read a base world that comes with the project.

    :raises ProblemsFound: it is not there, or something in it is wrong.
    """
    found, problems = merged(base(WORLDS / f"{name}.yaml"), Located(name), [])
    if found is None or problems:
        raise ProblemsFound(problems)
    return found


def worlds() -> list[str]:
    """Return the names of the base worlds."""
    return sorted(path.stem for path in WORLDS.glob("*.yaml"))


def _worlds(located: Located) -> tuple[list[Declaration], list[Problem]]:
    """Make the world of a case and of each of its steps, also where other parts of the file are wrong."""
    part = _get(located.data, "world", dict)
    like = _get(part, "like", str)
    if like is None:
        return [], []  # which the schema has said already
    try:
        start = base_of(located, like)
    except ProblemsFound as wrong:
        return [], wrong.problems
    layers = [Layer(("world", "but"), _get(part, "but", dict) or {})]
    found, problems = merged(start, located, layers)
    declarations = [found]
    for at, step in enumerate(_get(located.data, "then", list) or ()):
        layers.append(Layer(("then", at, "but"), _get(step, "but", dict) or {}))
        found, more = merged(start, located, layers)
        declarations.append(found)
        problems += more
    return [declared for declared in declarations if declared], problems


def _expectations(located: Located) -> list[Problem]:
    from diag import catalogue

    known = catalogue.codes()
    problems = list(sense.of_expectation(_get(located.data, "expect", dict), known, _below(located, ("expect",))))
    for at, step in enumerate(_get(located.data, "then", list) or ()):
        problems += sense.of_expectation(_get(step, "expect", dict), known, _below(located, ("then", at, "expect")))
    return problems


def _checks(parts: CaseFile, located: Located) -> list[Problem]:
    problems = list(sense.of_check(parts.check, _below(located, ("check",))))
    for at, step in enumerate(parts.then):
        if step.check:
            problems += sense.of_check(step.check, _below(located, ("then", at, "check")))
    return problems


def _below(located: Located, prefix: Path) -> sense.Place:
    def place(path: Path, text: str) -> Problem:
        return located.problem((*prefix, *path), text)

    return place


def _get(data: Any, key: str, kind: type) -> Any:  # noqa: ANN401  a document before it is known to be right
    """Return a part of a document where it is there and of this kind."""
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, kind) else None


def _assemble(path: FilePath, parts: CaseFile, worlds: list[Declaration], located: Located) -> Case:
    steps = tuple(
        Case(
            name=f"{_name(path)} (then {at + 1})",
            file=str(path),
            parts=CaseFile(
                story=step.change, world=parts.world, article=parts.article, check=step.check or parts.check,
                expect=step.expect,
            ),
            declaration=worlds[at + 1],
            line=located.at(("then", at, "expect"))[0],
        )
        for at, step in enumerate(parts.then)
    )  # fmt: skip
    return Case(
        name=_name(path),
        file=str(path),
        parts=parts,
        declaration=worlds[0],
        line=located.at(("expect",))[0],
        then=steps,
    )


def _name(path: FilePath) -> str:
    try:
        return path.resolve().relative_to(CASES).with_suffix("").as_posix()
    except ValueError:
        return path.as_posix()
