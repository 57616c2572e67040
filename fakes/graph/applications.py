"""Enterprise applications and what was granted to them, as they are asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fakes.graph import principals
from fakes.graph.errors import not_found
from fakes.graph.grants import every, listing
from fakes.graph.odata import Collection, Entity
from fakes.graph.principals import assignments, user_assignment
from fakes.graph.times import iso
from fakes.permissions import resources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.directory import Directory
    from fakes.graph.call import Call
    from fakes.graph.odata import Row
    from fakes.permissions import Resource

FILTERABLE = ("accountEnabled", "appId", "displayName", "id", "servicePrincipalType", "tags")


def service_principals(call: Call) -> Collection:
    """Return all enterprise applications."""
    return Collection(
        type="servicePrincipal",
        set="servicePrincipals",
        rows=_principals(call.directory),
        filterable=FILTERABLE,
        count=lambda: len(list(_principals(call.directory))),
    )


def service_principal(call: Call) -> Entity:
    """Return one enterprise application, by its object id or its appId."""
    return Entity(type="servicePrincipal", set="servicePrincipals", row=_principal(call))


def classifications(call: Call) -> Collection:
    """Return the permissions of a resource that are classified."""
    row, resource = _principal(call), _resource(call)
    rows = principals.classifications(resource, call.directory.tenant) if resource else ()
    at = f"servicePrincipals('{row['id']}')/delegatedPermissionClassifications"
    return Collection(type="delegatedPermissionClassification", set=at, rows=rows)


def assigned_to(call: Call) -> Collection:
    """Return who is assigned to an application."""
    row, app = _principal(call), call.directory.application
    boxes = map(call.directory.find, app.assigned) if row["appId"] == app.client_id else ()
    rows = (user_assignment(box, call.directory) for box in boxes if box)
    return assignments(rows, f"servicePrincipals('{row['id']}')/appRoleAssignedTo")


def application_roles(call: Call) -> Collection:
    """Return the application permissions that an administrator has granted to an application."""
    row, app = _principal(call), call.directory.application
    exchange = resources()["exchange"]
    when = iso(call.directory.began - app.consented_ago)
    names = app.roles if row["appId"] == app.client_id else ()
    rows = (
        principals.assignment(
            "ServicePrincipal",
            str(row["id"]),
            app.name,
            exchange.app_id,
            exchange.name,
            exchange.identifier(name),
            when,
        )
        for name in names
    )
    return assignments(rows, f"servicePrincipals('{row['id']}')/appRoleAssignments")


def grants(call: Call) -> Collection:
    """Return all delegated permissions that were consented to."""
    return listing(partial(every, call.directory), "oauth2PermissionGrants")


def principal_grants(call: Call) -> Collection:
    """Return those of one application."""
    row = _principal(call)

    def of_this(equals: dict[str, str]) -> Iterator[Row]:
        return (item for item in every(call.directory, equals) if item["clientId"] == row["id"])

    return listing(of_this, f"servicePrincipals('{row['id']}')/oauth2PermissionGrants")


def _principals(directory: Directory) -> Iterator[Row]:
    app = directory.application
    return principals.everyone(app, iso(directory.began - app.consented_ago))


def _principal(call: Call) -> Row:
    key = call.parts.get("app_id", call.parts.get("id", "")).lower()
    name = "appId" if "app_id" in call.parts else "id"
    for row in _principals(call.directory):
        if str(row[name]).lower() == key:
            return row
    raise not_found(key)


def _resource(call: Call) -> Resource | None:
    row = _principal(call)
    return next((item for item in resources().values() if item.app_id == row["appId"]), None)
