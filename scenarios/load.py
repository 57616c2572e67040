"""Files into cases: found by name, read, merged with their base world, and checked in every part."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from scenarios.located import Located, Problem, ProblemsFound, read
from scenarios.model import Case, CaseFile, WorldFile
from scenarios.validate import nearest, validate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.declare import Declaration, Service
    from scenarios.located import Path

HERE = FilePath(__file__).parent
CASES, WORLDS = HERE / "cases", HERE / "worlds"


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
    text = (
        f"there is no scenario of this name{nearest(name, names()) if nearest(name, names()).startswith(' (') else ''}"
    )
    raise ProblemsFound([Problem(name, 1, 1, f"{text}; 'maildiag scenario list' shows them all")])


def load(name: str) -> Case:
    """Read the case ``name``.

    :raises ProblemsFound: it is not there, or something in it is wrong.
    """
    path = find(name)
    located = _read(path)
    parts, problems = validate(CaseFile, located.data, located.problem)
    if parts is None or located.problems:
        raise ProblemsFound([*located.problems, *problems])
    base = _world(path, parts.world.like, located)
    declaration = _merged(base, located, parts.world.but)
    problems = [*_check_world(declaration, located), *_check_expectation(parts, located)]
    if problems:
        raise ProblemsFound(problems)
    return Case(name=_name(path), file=str(path), parts=parts, declaration=declaration, line=located.at(("expect",))[0])


def world(name: str) -> Declaration:
    """Read a base world that comes with the project.

    :raises ProblemsFound: it is not there, or something in it is wrong.
    """
    return _merged(_base(WORLDS / f"{name}.yaml"), Located(name), {})


def worlds() -> list[str]:
    """Return the names of the base worlds."""
    return sorted(path.stem for path in WORLDS.glob("*.yaml"))


def _name(path: FilePath) -> str:
    try:
        return path.resolve().relative_to(CASES.resolve()).with_suffix("").as_posix()
    except ValueError:
        return path.as_posix()


def _read(path: FilePath) -> Located:
    try:
        return read(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ProblemsFound([Problem(str(path), 1, 1, f"byte {error.start} is not UTF-8")]) from None
    except OSError as error:
        raise ProblemsFound([Problem(str(path), 1, 1, str(error.strerror))]) from None


def _world(case: FilePath, like: str, located: Located) -> Located:
    """Return the base world: beside the case's ``cases`` folder, or one that comes with the project."""
    own = [parent / "worlds" for parent in case.resolve().parents if parent.name == "cases"]
    own = [folder.parent.parent / "worlds" for folder in own]
    known: list[str] = []
    for folder in (*own, WORLDS):
        if (folder / f"{like}.yaml").is_file():
            return _base(folder / f"{like}.yaml")
        known += [file.stem for file in folder.glob("*.yaml")]
    raise ProblemsFound([located.problem(("world", "like"), f"unknown world '{like}'{nearest(like, known)}")])


@cache
def _base(path: FilePath) -> Located:
    located = _read(path)
    _, problems = validate(WorldFile, located.data, located.problem)
    if problems or located.problems:
        raise ProblemsFound([*located.problems, *problems])
    return located


def _merged(base: Located, case: Located, but: dict[str, Any]) -> Declaration:
    from fakes.declare import Declaration

    data = _merge(copy.deepcopy(base.data["world"]), but)

    def problem(path: Path, text: str) -> Problem:
        """Place a problem in the case where it says something there, else in the base world."""
        own = ("world", "but", *path)
        inside = own in case.places or (len(path) > 1 and own[:-1] in case.places)
        return case.problem(own, text) if inside else base.problem(("world", *path), text)

    declaration, problems = validate(Declaration, data, problem)
    if declaration is None:
        raise ProblemsFound(problems)
    return declaration


def _merge(base: Any, but: Any) -> Any:  # noqa: ANN401  documents
    """Lay ``but`` over ``base``: mappings merge, everything else is replaced."""
    if isinstance(base, dict) and isinstance(but, dict):
        for key, value in but.items():
            base[key] = _merge(base[key], value) if key in base else value
        return base
    return but


def _check_world(declaration: Declaration, located: Located) -> Iterator[Problem]:
    """Find what the schema cannot: names that lead nowhere."""
    for place, service in declaration.services.items():
        yield from _check_service(place, service, declaration, located)
    for number, hop in enumerate(declaration.path):
        path: Path = ("world", "but", "path", number)
        if sum(part is not None for part in (hop.router, hop.firewall)) != 1:
            yield located.problem(path, f"path.{number}: a hop is either a router or a firewall")
        for host in hop.firewall.hosts if hop.firewall else ():
            if host not in declaration.names:
                known = nearest(host, declaration.names)
                yield located.problem(path, f"path.{number}: unknown host '{host}'{known}")


def _check_service(place: str, service: Service, declaration: Declaration, located: Located) -> Iterator[Problem]:
    from fakes import behaviours, personalities

    path: Path = ("world", "but", "services", place)
    host, _, port = place.rpartition(":")
    if not (port.isdecimal() and 0 < int(port) < 65536 and host):  # noqa: PLR2004  ports
        yield located.problem(path, f"services.{place}: expected host:port")
    elif host.strip("[]") not in declaration.names:
        yield located.problem(path, f"services.{place}: unknown host '{host}'{nearest(host, declaration.names)}")
    if service.like not in personalities.names():
        known = nearest(service.like, personalities.names())
        yield located.problem((*path, "like"), f"services.{place}: unknown personality '{service.like}'{known}")
    for at, name in enumerate(service.behaves):
        if name not in behaviours.NAMES:
            known = nearest(name, behaviours.NAMES)
            yield located.problem((*path, "behaves", at), f"services.{place}: unknown behaviour '{name}'{known}")


def _check_expectation(parts: CaseFile, located: Located) -> Iterator[Problem]:
    from diag import catalogue

    known = catalogue.codes()
    expect = parts.expect
    for key, codes in (("causes", expect.causes), ("symptoms", expect.symptoms), ("notes", expect.notes)):
        for at, code in enumerate(codes or ()):
            if code not in known:
                yield located.problem(
                    ("expect", key, at), f"expect.{key}: unknown finding '{code}'{nearest(code, known)}"
                )
