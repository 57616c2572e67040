"""Who may ask what: the table of permissions and directory roles, held against the caller of a request."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fakes.graph.errors import GraphError, denied

if TYPE_CHECKING:
    from fakes.bearers import Caller

HIGHEST = "Global Administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What one path needs: one of the permissions, and where roles are named one of them."""

    delegated: tuple[str, ...]
    application: tuple[str, ...]
    own: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@cache
def table() -> dict[str, Needed]:
    """Return the table by path."""
    raw = tomllib.loads(files("fakes.data").joinpath("graph_permissions.toml").read_text("utf-8"))
    return {path: Needed(**{key: tuple(names) for key, names in row.items()}) for path, row in raw.items()}


def check(path: str, caller: Caller, *, about_itself: bool = False) -> None:
    """Let the caller of ``path`` pass, or not.

    :raises GraphError: a permission or a directory role is missing.
    """
    needed = table()[path]
    if caller.user is None:
        if not needed.application:
            text = "/me request is only valid with delegated authentication flow."
            raise GraphError(400, "BadRequest", text)
        if not caller.may(*needed.application):
            raise denied()
        return
    enough = needed.delegated + (needed.own if about_itself else ())
    if not caller.may(*enough):
        raise denied()
    if needed.roles and not caller.is_one_of(HIGHEST, *needed.roles):
        raise denied()
