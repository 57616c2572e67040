"""Who has consented to what, and who may: the part of the directory about which most set-up guides are written.

A consent is for one resource, by one user or by an administrator for all. Whether a user may give a new one depends on
the tenant's choice, the application's publisher and the classification of every permission that is asked for.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fakes.organisation import MAIL_PERMISSIONS
from fakes.permissions import DEFAULT, OPENID, resources, take_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fakes.declare import Application, Tenant
    from fakes.permissions import Asked, Resource

ADMIN_NEEDED = 90094
ADMIN_CAN_BE_ASKED = 90095
RISKY = 900941
"""The AADSTS numbers of a consent that the user may not give."""


@cache
def managed_policy() -> dict[str, Any]:
    """Return what Microsoft's own policy keeps from users."""
    table: dict[str, Any] = tomllib.loads(files("fakes.data").joinpath("user_consent.toml").read_text("utf-8"))
    return table["managed"]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Consent:
    """What was consented to, as Graph's oauth2PermissionGrants shows it."""

    resource: Resource
    permissions: tuple[str, ...]
    user: str | None
    """In lower case. None: an administrator, for everybody."""
    given_at: float


class Consents:
    """The consents for the application of a world. ``given`` is the live list: a change shows at the next request."""

    def __init__(self, tenant: Tenant, app: Application, user: str, *, now: Callable[[], float]) -> None:
        """Take over what is declared; ``user`` is the one whose own consents are, unless they are somebody else's."""
        self._tenant, self._application = tenant, app
        self._now = now
        self.given: list[Consent] = []
        self.declare(user)

    def declare(self, user: str) -> None:
        """Take over what is declared, in place of everything that was consented to until now."""
        app, now = self._application, self._now()
        self._began = now
        self.given.clear()
        if app.present:
            own = app.permissions if app.user_consent is None else app.user_consent
            self._take(own, (app.consented_by or user).lower(), now - app.consented_ago)
            self._take(app.admin_consent, None, now - app.consented_ago)

    def _take(self, scopes: Iterable[str], user: str | None, at: float) -> None:
        """Enter consents, one for each resource."""
        found: dict[str, list[str]] = {}
        for asked in map(take_apart, scopes):
            if asked.resource is not None:
                found.setdefault(asked.resource.key, []).append(asked.permission)
        for key, permissions in found.items():
            self.given.append(Consent(resources()[key], tuple(permissions), user, at))

    def grant(self, asked: Iterable[Asked], user: str | None) -> None:
        """Enter the consent of ``user``, or of an administrator for all."""
        new = [item for item in asked if item.permission != DEFAULT and not self.has(item, user)]
        self._take([item.text for item in new], user.lower() if user else None, self._now())

    def has(self, asked: Asked, user: str | None) -> bool:
        """Tell whether ``user`` may use a permission: by an own consent, or by an administrator's for all."""
        return any(
            asked.permission in consent.permissions
            and consent.user in {None, user.lower() if user else None}
            and _covers(consent.resource, asked)
            for consent in self.given
        )

    def granted(self, resource: Resource, user: str | None) -> tuple[str, ...]:
        """Return every permission at ``resource`` that ``user`` may use, in the order in which they were given."""
        names = [name for consent in self.given for name in consent.permissions]
        asked = [take_apart(f"{resource.uris[0]}/{name}") for name in dict.fromkeys(names) if name not in OPENID]
        return tuple(item.permission for item in asked if resource.knows(item.permission) and self.has(item, user))

    def missing(self, asked: Iterable[Asked], user: str | None) -> list[Asked]:
        """Return what ``user`` would have to consent to now. The scopes of the sign-in itself need none."""
        return [item for item in asked if item.permission not in (*OPENID, DEFAULT) and not self.has(item, user)]

    def refusal(self, asked: Iterable[Asked]) -> int | None:
        """Return the AADSTS number for a user who wants to consent to ``asked``, or None: he may."""
        needed = ADMIN_CAN_BE_ASKED if self._tenant.consent_requests else ADMIN_NEEDED
        wanted = list(asked)
        if any(item.resource and item.permission in item.resource.needs_admin for item in wanted):
            return needed
        match self.choice():
            case "none":
                return needed
            case "low":
                verified = self._application.verified_publisher or self._application.tenants == "own"
                return None if verified and all(map(self.is_low, wanted)) else needed
            case "managed" if not self._is_exempt() and any(map(_is_kept, wanted)):
                return needed
        return RISKY if wanted and not self._application.verified_publisher else None

    def choice(self) -> str:
        """Return the choice for user consent that is in force now: a recent change has not settled everywhere."""
        tenant = self._tenant
        ago = tenant.consent_changed_ago
        settling = ago is not None and self._now() - self._began + ago < tenant.consent_settles
        return "none" if settling else tenant.user_consent

    def is_low(self, asked: Asked) -> bool:
        """Tell whether a permission is classified as low impact."""
        tenant = self._tenant
        if asked.resource is None or asked.resource.key != "exchange":
            return asked.permission in tenant.low_impact_graph
        by_graph = tenant.low_impact_graph_suffices and asked.permission in MAIL_PERMISSIONS
        return asked.permission in (*tenant.low_impact_exchange, *(tenant.low_impact_graph if by_graph else ()))

    def _is_exempt(self) -> bool:
        return self._application.client_id in managed_policy()["exempt"]


def _covers(resource: Resource, asked: Asked) -> bool:
    """Say whether a consent at ``resource`` counts: that to a mail permission at Graph is one at Exchange, too.

    Registrations list IMAP, POP and SMTP under Microsoft Graph, while clients ask Exchange's address for them.
    """
    wanted = asked.resource.key if asked.resource else None
    return wanted == resource.key or (
        wanted == "exchange" and resource.key == "graph" and asked.permission in MAIL_PERMISSIONS
    )


def _is_kept(asked: Asked) -> bool:
    return any(fnmatchcase(asked.permission, pattern) for pattern in managed_policy()["blocked"])
