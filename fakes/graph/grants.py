"""Delegated permissions that were consented to (oauth2PermissionGrants)."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from fakes.consents import Consent
from fakes.graph.odata import Collection
from fakes.graph.people import sign_in_name, user_id
from fakes.graph.principals import principal_id
from fakes.permissions import resources, take_apart
from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fakes.declare import Mailbox
    from fakes.directory import Directory
    from fakes.graph.odata import Row

FILTERABLE = ("clientId", "consentType", "id", "principalId", "resourceId")


def every(directory: Directory, equals: dict[str, str]) -> Iterator[Row]:
    """Yield all grants, those of a large organisation's users last; of these only such as can have certain values."""
    for consent in directory.consents.given:
        yield _grant(consent, directory)
    crowd: Iterable[Mailbox] = directory.population
    if "principalId" in equals:
        one = directory.population.with_id(equals["principalId"])
        crowd = [one] if one else []
    if directory.application.present and equals.get("consentType") != "allprincipals":
        yield from _of_crowd(directory, crowd)


def _of_crowd(directory: Directory, crowd: Iterable[Mailbox]) -> Iterator[Row]:
    app = directory.application
    wanted: dict[str, list[str]] = {}
    for asked in map(take_apart, app.permissions):
        if asked.resource is not None:
            wanted.setdefault(asked.resource.key, []).append(asked.permission)
    given_at = directory.began - app.consented_ago
    for box in crowd:
        for key, permissions in wanted.items():
            yield _grant(Consent(resources()[key], tuple(permissions), sign_in_name(box), given_at), directory)


def listing(rows: Callable[[dict[str, str]], Iterable[Row]], at: str) -> Collection:
    """Return grants as a collection, from what makes those that can have certain values."""
    return Collection(type="oAuth2PermissionGrant", set=at, rows=rows({}), narrowed=rows, filterable=FILTERABLE)


def _grant(consent: Consent, directory: Directory) -> Row:
    """Return one grant: of an administrator for all principals, or of one user for itself."""
    client, resource = principal_id(directory.application.client_id), principal_id(consent.resource.app_id)
    principal = _principal(consent.user, directory) if consent.user else None
    raw = b"".join(uuid.UUID(part).bytes_le for part in (client, resource, principal) if part)
    return {
        "clientId": client,
        "consentType": "Principal" if principal else "AllPrincipals",
        "id": urlsafe_b64encode(raw).decode().rstrip("="),
        "principalId": principal,
        "resourceId": resource,
        # It begins with a space, as many that the portal made do.
        "scope": "".join(f" {name}" for name in consent.permissions),
    }


def _principal(name: str, directory: Directory) -> str:
    box = directory.find(name)
    return user_id(box) if box else identifier(name)
