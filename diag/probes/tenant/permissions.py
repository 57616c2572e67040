"""What a sign-in for reading a tenant asks for, and why: said before anybody signs in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Service = Literal["graph", "exchange"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One delegated permission, with the reason to ask for it and the steps of the guide that it lets be checked."""

    name: str
    service: Service
    why: str
    steps: tuple[int, ...]


@cache
def _all() -> tuple[Permission, ...]:
    import tomllib  # noqa: PLC0415  only where a tenant is read

    rows = tomllib.loads(files("diag.data").joinpath("permissions.toml").read_text("utf-8"))["ask"]
    return tuple(Permission(**{**row, "steps": tuple(row["steps"])}) for row in rows)


def asked_for(service: Service) -> tuple[Permission, ...]:
    """Return what is asked for at the sign-in for one of the two interfaces."""
    return tuple(item for item in _all() if item.service == service)
