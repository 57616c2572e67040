"""Resources and their permissions: what a scope such as ``https://outlook.office.com/IMAP.AccessAsUser.All`` asks for.

A scope without a resource, such as ``SMTP.Send``, means Microsoft Graph. That Exchange Online does not take the token
then is one of the causes that people search for the longest.
"""

from __future__ import annotations

import tomllib
import uuid
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

OPENID = ("openid", "profile", "email", "offline_access")
"""Scopes that belong to the sign-in itself; of these, Graph's permissions of the same names speak."""
DEFAULT = ".default"
"""Stands for all that was consented to before."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that tokens are for."""

    key: str
    app_id: str
    name: str
    uris: tuple[str, ...]
    """Names that it has in scopes; the one that was used becomes the token's audience."""
    delegated: dict[str, str]
    """Identifiers by permission."""
    application: dict[str, str] = field(default_factory=dict)
    needs_admin: tuple[str, ...] = ()
    """Delegated permissions to which no user can consent, whatever the tenant allows."""

    def identifier(self, permission: str) -> str:
        """Return the GUID of a permission; one that no table knows gets one that stays the same."""
        known = self.delegated.get(permission) or self.application.get(permission)
        return known or str(uuid.uuid5(uuid.UUID(self.app_id), permission))

    def knows(self, permission: str) -> bool:
        """Tell whether there is such a delegated permission."""
        return permission in self.delegated or permission in self.needs_admin


@dataclass(frozen=True, slots=True)
class Asked:
    """One scope, taken apart."""

    text: str
    resource: Resource | None
    """None: no such resource."""
    audience: str
    permission: str


@cache
def resources() -> dict[str, Resource]:
    """Return all resources by our key: ``graph`` and ``exchange``."""
    raw = tomllib.loads(files("fakes.data").joinpath("permissions.toml").read_text("utf-8"))
    return {key: _resource(key, table) for key, table in raw.items()}


def _resource(key: str, table: dict[str, object]) -> Resource:
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    return Resource(key=key, **lists)  # type: ignore[arg-type]


def take_apart(scope: str) -> Asked:
    """Say what a scope asks for."""
    graph = resources()["graph"]
    if "://" not in scope:
        return Asked(scope, graph, graph.uris[0], scope)
    address, _, permission = scope.rpartition("/")
    audience = address.rstrip("/")
    for resource in resources().values():
        if audience.lower() in resource.uris:
            return Asked(scope, resource, audience, permission)
    return Asked(scope, None, audience, permission)


def resource_of(audience: str) -> Resource | None:
    """Return the resource that a token's audience names, by one of its URIs or by its application's identifier."""
    plain = audience.rstrip("/").lower()
    for resource in resources().values():
        if plain in (*resource.uris, resource.app_id):
            return resource
    return None
