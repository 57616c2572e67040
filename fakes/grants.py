"""What Entra ID has given out and will be shown again: codes, refresh tokens, device codes, sign-ins of a browser.

Each is a random text that says nothing by itself. Of each kind a bounded number is kept: no client fills the memory.
"""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST = 10_000
CODE_LIFETIME = 600.0
"""Seconds for which an authorization code is good."""
INACTIVITY = 90 * 86400.0
"""Seconds after which a refresh token that nobody has used is worth nothing."""
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""A person has to type these from one screen into another, so none looks like another."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody has allowed an application."""

    client_id: str
    user: str
    """The sign-in name."""
    scopes: tuple[str, ...]
    given_at: float
    strong: bool = False
    """Whether a second factor was shown."""
    by_device: bool = False
    """Whether it began with a device code, which Entra remembers through all refreshes."""


@dataclass(slots=True)
class Code:
    """An authorization code."""

    grant: Grant
    redirect_uri: str
    challenge: str | None
    nonce: str | None
    redeemed: bool = False


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token."""

    grant: Grant
    issued_at: float


@dataclass(slots=True)
class Device:
    """A device code, and what became of it in the browser."""

    client_id: str
    scopes: tuple[str, ...]
    user_code: str
    expires_at: float
    state: Literal["pending", "approved", "declined", "redeemed"] = "pending"
    refused: int | None = None
    """The AADSTS number with which the sign-in ended."""
    grant: Grant | None = None
    asked_at: float | None = None


class Drawer(Generic[T]):
    """Things of one kind by a random text. Where there are too many, the oldest is thrown away."""

    def __init__(self, prefix: str = "") -> None:
        """Begin empty; each text begins with ``prefix``."""
        self._prefix = prefix
        self._things: dict[str, T] = {}

    def put(self, thing: T) -> str:
        """Keep a thing and return its text."""
        while len(self._things) >= MOST:
            del self._things[next(iter(self._things))]
        text = self._prefix + secrets.token_urlsafe(48)
        self._things[text] = thing
        return text

    def get(self, text: str) -> T | None:
        """Return the thing of a text."""
        return self._things.get(text)

    def take(self, text: str) -> None:
        """Throw a thing away."""
        self._things.pop(text, None)

    def values(self) -> list[T]:
        """Return every thing, the oldest first."""
        return list(self._things.values())


@dataclass(slots=True)
class Session:
    """A browser in which somebody is signed in."""

    user: str
    strong: bool
    since: float


@dataclass(slots=True)
class Grants:
    """All that was given out."""

    now: Callable[[], float]
    codes: Drawer[Code] = field(default_factory=lambda: Drawer("1.A"))
    refreshes: Drawer[Refresh] = field(default_factory=lambda: Drawer("1.A"))
    devices: Drawer[Device] = field(default_factory=lambda: Drawer("D"))
    sessions: Drawer[Session] = field(default_factory=Drawer)
    proofs: deque[str] = field(default_factory=lambda: deque(maxlen=MOST))
    """ID tokens that were given out and client assertions that were shown, none of which is ever looked up again."""
    visits: Drawer[object] = field(default_factory=Drawer)
    """Sign-ins that are under way (:mod:`fakes.entra.visit`)."""

    def device(self, client_id: str, scopes: tuple[str, ...], lifetime: float) -> tuple[str, Device]:
        """Begin a sign-in by device code."""
        user_code = "".join(secrets.choice(LETTERS) for _ in range(9))
        made = Device(client_id, scopes, user_code, self.now() + lifetime)
        return self.devices.put(made), made

    def by_user_code(self, text: str) -> Device | None:
        """Return the device that waits for this code, as a person types it."""
        plain = text.replace("-", "").replace(" ", "").upper()
        waiting = (item for item in self.devices.values() if item.state == "pending" and item.expires_at > self.now())
        return next((item for item in waiting if secrets.compare_digest(item.user_code.encode(), plain.encode())), None)

    def issue_refresh(self, grant: Grant) -> str:
        """Give out a refresh token."""
        return self.refreshes.put(Refresh(grant, self.now()))
