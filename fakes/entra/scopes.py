"""What a request asks for: one resource and its permissions, besides the scopes of the sign-in itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakes.entra.aadsts import Refused
from fakes.permissions import DEFAULT, OPENID, Asked, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fakes.declare import Application
    from fakes.directory import Directory
    from fakes.permissions import Resource


@dataclass(frozen=True, slots=True)
class Wanted:
    """The token that is asked for."""

    resource: Resource
    audience: str
    asked: tuple[Asked, ...]
    """Permissions at the resource."""
    sign_in: frozenset[str]
    """Which of openid, profile, email and offline_access."""


def read(text: str) -> tuple[Asked, ...]:
    """Read a scope parameter, which may ask several resources: a person consents to all of them at once.

    :raises Refused: something in it is none.
    """
    asked = tuple(map(take_apart, text.split()))
    for item in asked:
        if item.resource is None:
            raise Refused(500011, resource=item.audience)
        if item.permission not in (*OPENID, DEFAULT) and not item.resource.knows(item.permission):
            raise Refused(70011, scope=item.text)
    return asked


def for_one(text: str) -> Wanted:
    """Read the scope parameter of the token endpoint, where one token is made for one resource.

    :raises Refused: it asks for something else.
    """
    asked = read(text)
    proper = tuple(item for item in asked if item.permission not in OPENID)
    audiences = {item.audience for item in proper} or {take_apart("openid").audience}
    if len(audiences) > 1:
        raise Refused(28000, scope=text)
    first = (proper or (take_apart("openid"),))[0]
    assert first.resource is not None
    sign_in = frozenset(item.permission for item in asked if item.permission in OPENID)
    return Wanted(first.resource, first.audience, proper, sign_in)


def first_resource(asked: Iterable[Asked]) -> str:
    """Return the scope parameter that a code is redeemed for where the client names none: the first resource's."""
    items = tuple(asked)
    proper = [item for item in items if item.permission not in OPENID]
    chosen = [item for item in proper if item.audience == proper[0].audience]
    return " ".join(item.text for item in items if item in chosen or item.permission in OPENID)


def consented(wanted: Wanted, directory: Directory, user: str) -> tuple[str, ...]:
    """Return what the token will say: every permission at the resource that the user may use through the application.

    :raises Refused: something that was asked for is not consented to.
    """
    if directory.consents.missing(wanted.asked, user):
        raise Refused(65001)
    granted = directory.consents.granted(wanted.resource, user)
    if not granted and any(item.permission == DEFAULT for item in wanted.asked):
        raise Refused(65001)
    return granted


def registered(asked: Iterable[Asked], app: Application) -> tuple[Asked, ...]:
    """Put what the registration lists in the place of ``.default``."""
    items = tuple(asked)
    if not any(item.permission == DEFAULT for item in items):
        return items
    listed = map(take_apart, app.permissions)
    return tuple({item.text: item for item in (*items, *listed) if item.permission != DEFAULT}.values())
