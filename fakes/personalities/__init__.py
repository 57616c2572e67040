"""What known servers say, as data: one TOML file each, with the sources in its comments."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Speech:
    """One protocol. Texts may hold ``{host}``, ``{banner}``, ``{date}``, ``{session}``, ``{stamp}``."""

    greeting: str
    mechanisms: tuple[str, ...]
    capabilities: tuple[str, ...] = ()
    after_sign_in: tuple[str, ...] | None = None
    texts: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    challenge: bool = False
    """Whether a refused token is first answered with a SASL error challenge in JSON."""
    one_line_auth: bool = True
    """Whether POP3 takes the response in the AUTH command itself."""
    login_disabled: bool = False
    """Whether IMAP announces LOGINDISABLED before the sign-in."""
    not_connected_late: bool = False
    """Whether "authenticated but not connected" comes with the command after a successful sign-in."""

    def refuse(self, reason: str) -> str:
        """Return what is said for a reason; ``default`` stands for all that have no sentence of their own."""
        return self.refusals.get(reason, self.refusals["default"])


@dataclass(frozen=True, slots=True)
class Personality:
    """A server's way of speaking, by protocol."""

    name: str
    speech: dict[str, Speech]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all personalities."""
    return tuple(sorted(item.name[:-5] for item in files(__name__).iterdir() if item.name.endswith(".toml")))


@cache
def load(name: str) -> Personality:
    """Read a personality.

    :raises ValueError: there is none of this name.
    """
    if name not in names():
        raise ValueError(f"no personality {name!r}; there are {', '.join(names())}")
    raw = tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
    return Personality(name, {protocol: _speech(table) for protocol, table in raw.items()})


def _speech(table: dict[str, object]) -> Speech:
    return Speech(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})  # type: ignore[arg-type]
