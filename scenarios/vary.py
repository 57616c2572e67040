"""Cases made from cases: a difference taken away, or joined by a second one.

What such a case must come to is for :mod:`scenarios.prove`; here it is only put together.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from scenarios.located import Located, ProblemsFound
from scenarios.merge import Layer, base_of, merged
from scenarios.model import CheckPart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fakes.declare import Declaration
    from scenarios.model import Case

LISTS_THAT_ADD_UP = {"path"}
"""Lists of which two can stand one behind the other; any other list is one setting, and two of it contradict."""


class ContradictionError(ValueError):
    """Two differences want the same thing to be different in two ways, so no world has both."""


class SameWorldError(ValueError):
    """One difference holds the other, so that both together are one of the two cases."""


@cache
def healthy(like: str) -> Case:
    """Return the healthy case of a base world.

    :raises ProblemsFound: that world has none.
    """
    from scenarios.load import load

    return load(f"healthy/{like}")


def of_check(case: Case) -> dict[str, Any]:
    """Return what the check of ``case`` asks for otherwise than the healthy case of its world, protocols apart."""
    usual = healthy(case.parts.world.like).parts.check
    names = [field.name for field in fields(CheckPart) if field.name != "protocols"]
    return {name: getattr(case.parts.check, name) for name in names
            if getattr(case.parts.check, name) != getattr(usual, name)}  # fmt: skip


def removed(case: Case) -> Case:
    """Return ``case`` without what is different in it: the healthy world, checked by the protocols of the case."""
    usual = healthy(case.parts.world.like)
    return _made(f"{case.name} without its difference", usual, usual.declaration,
                 replace(usual.parts.check, protocols=case.parts.check.protocols))  # fmt: skip


def whole(case: Case) -> Case:
    """Return ``case`` checked by all protocols, as one that another can be joined to."""
    return _made(case.name, case, case.declaration, replace(case.parts.check, protocols=()))


def joined(one: Case, other: Case) -> Case:
    """Return a case with the differences of both.

    :raises ContradictionError: there is no such world.
    :raises SameWorldError: it is the world of one of them.
    """
    like = one.parts.world.like
    if like != other.parts.world.like or of_check(one) != of_check(other):
        message = "their base worlds or checks differ"
        raise ContradictionError(message)
    for name in _altered(one) & _asked(other) | _asked(one) & _altered(other):
        message = f"the name server answers {name} itself, and asks nobody"
        raise ContradictionError(message)
    but = join(one.parts.world.but, other.parts.world.but)
    located = Located(one.file)
    declaration, problems = merged(base_of(located, like), located, [Layer((), but)])
    if declaration is None or problems:
        raise ContradictionError(str(ProblemsFound(problems)))
    if declaration in (one.declaration, other.declaration):
        raise SameWorldError
    return _made(f"{one.name} and {other.name}", one, declaration, replace(one.parts.check, protocols=()))


def _altered(case: Case) -> set[str]:
    return set(case.parts.world.but.get("altered", ()))


def _asked(case: Case) -> set[str]:
    return set(case.parts.world.but.get("names", ()))


def join(one: Any, other: Any, at: tuple[str, ...] = ()) -> Any:  # noqa: ANN401  documents
    """Lay two differences over each other where neither takes anything from the other.

    :raises ContradictionError: one of them would be lost.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        keys = dict.fromkeys((*one, *other))
        return {
            key: join(one[key], other[key], (*at, str(key))) if key in one and key in other else (one | other)[key]
            for key in keys
        }
    if one == other:
        return one
    if at and at[-1] in LISTS_THAT_ADD_UP and isinstance(one, list) and isinstance(other, list):
        return [*one, *other]
    raise ContradictionError(".".join(at))


def groups(cases: Iterable[Case]) -> list[list[Case]]:
    """Sort cases into those whose differences could stand in one world under one check."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(repr((case.parts.world.like, of_check(case))), []).append(case)
    return list(found.values())


def _made(name: str, model: Case, declaration: Declaration, check: CheckPart) -> Case:
    return replace(model, name=name, declaration=declaration, parts=replace(model.parts, check=check), then=())
