"""Users, as they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.graph import people
from fakes.graph.errors import GraphError
from fakes.graph.grants import every, listing
from fakes.graph.odata import Collection, Entity
from fakes.graph.principals import assignments, user_assignment

if TYPE_CHECKING:
    from fakes.declare import Mailbox
    from fakes.directory import Directory
    from fakes.graph.call import Call


def addressed(call: Call) -> Mailbox:
    """Return the user whom the path names; where it names none, the one of the token.

    :raises GraphError: there is no such user.
    """
    return people.find(call.directory, call.parts["id"]) if "id" in call.parts else call.myself()


def me(call: Call) -> Entity:
    """Return the user of the token."""
    return _entity(call.myself(), call.directory)


def user(call: Call) -> Entity:
    """Return one user."""
    return _entity(people.find(call.directory, call.parts["id"]), call.directory)


def _entity(box: Mailbox, directory: Directory) -> Entity:
    return Entity(type="user", set="users", row=people.user(box, directory), shown=people.SHOWN)


def users(call: Call) -> Collection:
    """Return all users, in pages."""
    directory = call.directory
    return Collection(
        type="user",
        set="users",
        rows=people.users(directory),
        shown=people.SHOWN,
        filterable=people.FILTERABLE,
        narrowed=lambda equals: people.users(directory, equals),
        count=directory.size,
    )


def license_details(call: Call) -> Collection:
    """Return the licences of a user. They come without pages, and cannot be filtered."""
    box = addressed(call)
    at = f"users('{people.user_id(box)}')/licenseDetails"
    return Collection(type="licenseDetails", set=at, rows=people.license_details(box))


def mailbox_settings(call: Call) -> Entity:
    """Return the settings of a mailbox; of another one than its own, only an application may read them."""
    box = addressed(call)
    if call.caller.user is not None and call.caller.user is not box:
        raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    at = f"users('{people.user_id(box)}')/mailboxSettings"
    return Entity(type="mailboxSettings", set=at, row=people.mailbox_settings(box), single=True)


def directory_roles(call: Call) -> Collection:
    """Return the directory roles of the user of the token."""
    return Collection(type="directoryRole", set="directoryRoles", rows=people.directory_roles(call.myself()))


def user_assignments(call: Call) -> Collection:
    """Return the applications that a user is assigned to."""
    box, app = addressed(call), call.directory.application
    mine = [box] if app.present and box in map(call.directory.find, app.assigned) else []
    rows = (user_assignment(item, call.directory) for item in mine)
    return assignments(rows, f"users('{people.user_id(box)}')/appRoleAssignments")


def user_grants(call: Call) -> Collection:
    """Return those that one user gave."""
    key = people.user_id(addressed(call))
    rows = (item for item in every(call.directory, {"principalId": key}) if item["principalId"] == key)
    return listing(lambda _: rows, f"users('{key}')/oauth2PermissionGrants")
