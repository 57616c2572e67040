"""Who calls an API: a bearer token into a user or an application with what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fakes.permissions import resource_of

if TYPE_CHECKING:
    from fakes.declare import Mailbox
    from fakes.directory import Directory


class Flaw(StrEnum):
    """Why a token says nothing about its bearer."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    """Not issued here, or no token at all."""
    EXPIRED = "expired"
    AUDIENCE = "audience"
    """Issued for another resource."""
    REVOKED = "revoked"
    """Taken back, or its user may not sign in any more."""


class BadToken(Exception):  # noqa: N818  an outcome
    """The token is none that counts here."""

    def __init__(self, flaw: Flaw) -> None:
        """Say what it lacks."""
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody with a good token."""

    user: Mailbox | None
    """None: an application, which speaks for no user."""
    permissions: frozenset[str]
    """Delegated ones of a user's token, application permissions of an application's own."""
    roles: frozenset[str]
    """Directory roles of the user, or of the application's service principal."""

    def may(self, *any_of: str) -> bool:
        """Tell whether the token carries one of these permissions."""
        return not self.permissions.isdisjoint(any_of)

    def is_one_of(self, *roles: str) -> bool:
        """Tell whether the caller holds one of these directory roles."""
        return not self.roles.isdisjoint(roles)


def caller(text: str | None, directory: Directory, *, resource: str) -> Caller:
    """Return whose token for ``resource`` (a key of fakes/data/permissions.toml) this is.

    :raises BadToken: it counts for nobody there.
    """
    if not text:
        raise BadToken(Flaw.MISSING)
    issued = directory.issued(text)
    if issued is None:
        raise BadToken(Flaw.UNKNOWN)
    named = resource_of(issued.token.audience)
    if named is None or named.key != resource:
        raise BadToken(Flaw.AUDIENCE)
    if directory.now() >= issued.issued_at + issued.token.lifetime:
        raise BadToken(Flaw.EXPIRED)
    if directory.holder(text, resource=resource) is None:
        raise BadToken(Flaw.REVOKED)
    if issued.by_app:
        roles = frozenset(directory.application.directory_roles)
        return Caller(user=None, permissions=frozenset(issued.token.roles), roles=roles)
    user = directory.find(issued.user)
    if user is None:
        raise BadToken(Flaw.UNKNOWN)
    return Caller(user=user, permissions=frozenset(issued.token.scopes), roles=frozenset(user.roles))
