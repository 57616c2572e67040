"""The log of sign-ins: what the sign-in service writes down of every attempt, and Graph shows to administrators."""

from __future__ import annotations

from dataclasses import dataclass

KEPT = 1000
"""Attempts that are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to sign in, or to get a token."""

    at: float
    user: str
    """The sign-in name."""
    error: int = 0
    """The AADSTS number that it ended with; 0: it succeeded."""
    reason: str = ""
    """The sentence that goes with the number."""
    resource: str = "exchange"
    """What the token was to be for: a key of fakes/data/permissions.toml."""
    client: str = "Mobile Apps and Desktop clients"
    """The kind of client, such as ``IMAP4`` for a sign-in by password at the mail server."""
    transfer: str = "none"
    """``deviceCodeFlow`` where the person signed in at another device."""


class Log:
    """The newest attempts."""

    def __init__(self) -> None:
        """Begin with none."""
        self._attempts: list[Attempt] = []

    def add(self, attempt: Attempt) -> None:
        """Write one down."""
        self._attempts.append(attempt)
        del self._attempts[:-KEPT]

    def newest_first(self) -> list[Attempt]:
        """Return them all."""
        return self._attempts[::-1]
