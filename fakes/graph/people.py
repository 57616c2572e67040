"""Users: who they are, what licences they have, which directory roles, and the settings of their mailboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.directory import has_mailbox
from fakes.graph import licences
from fakes.graph.errors import no_mailbox, not_found
from fakes.graph.times import iso
from fakes.licences import assigned
from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fakes.declare import Mailbox
    from fakes.directory import Directory
    from fakes.graph.odata import Row

SHOWN = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip
"""What comes without $select."""
FILTERABLE = ("accountEnabled", "displayName", "id", "mail", "proxyAddresses", "userPrincipalName", "userType")
ROLES = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Reports Reader": "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
}
"""Template identifiers of directory roles; they are the same in every tenant."""


def sign_in_name(box: Mailbox) -> str:
    """Return the name by which the account signs in."""
    return box.upn or box.address


def user_id(box: Mailbox) -> str:
    """Return the object id of a user."""
    return identifier(sign_in_name(box))


def display_name(box: Mailbox) -> str:
    """Return a name for people: ``anna.nowak@…`` is Anna Nowak."""
    return box.address.partition("@")[0].replace(".", " ").title()


def find(directory: Directory, key: str) -> Mailbox:
    """Return the user with this sign-in name or object id.

    :raises GraphError: there is none.
    """
    box = _named(directory, key) if "@" in key else with_id(directory, key)
    if box is None:
        raise not_found(key)
    return box


def _named(directory: Directory, name: str) -> Mailbox | None:
    box = directory.find(name)
    return box if box is not None and name.lower() == sign_in_name(box).lower() else None


def with_id(directory: Directory, key: str) -> Mailbox | None:
    """Return the user with this object id."""
    named = (box for box in directory.mailboxes() if user_id(box) == key.lower())
    return next(named, None) or directory.population.with_id(key)


def user(box: Mailbox, directory: Directory) -> Row:
    """Return a user with every property that is known of it."""
    licensed = iso(directory.began - box.licensed_ago)
    mail = box.address if has_mailbox(box) else None
    revoked = box.sessions_revoked_ago
    return {
        "businessPhones": [],
        "displayName": display_name(box),
        "givenName": None,
        "jobTitle": None,
        "mail": mail,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "userPrincipalName": sign_in_name(box),
        "id": user_id(box),
        "accountEnabled": box.enabled,
        "assignedLicenses": [{"disabledPlans": [], "skuId": item.id} for item in assigned(box.plans)],
        "assignedPlans": licences.assigned_plans(box.plans, box.plan_status, licensed),
        "createdDateTime": "2021-05-04T07:00:00Z",
        "lastPasswordChangeDateTime": "2021-05-04T07:00:00Z",
        "licenseAssignmentStates": [
            {"skuId": item.id, "assignedByGroup": None, "disabledPlans": [], "state": "Active", "error": "None",
             "lastUpdatedDateTime": licensed}
            for item in assigned(box.plans)
        ],
        "onPremisesSyncEnabled": None,
        "proxyAddresses": [f"SMTP:{box.address}"] if mail else [],
        "signInSessionsValidFromDateTime": iso(directory.began - revoked) if revoked is not None else None,
        "usageLocation": "PL",
        "userType": "Member",
    }  # fmt: skip


def users(directory: Directory, equals: dict[str, str] | None = None) -> Iterator[Row]:
    """Yield every user, or those only who can have certain values."""
    boxes: Iterable[Mailbox | None] = directory.accounts()
    equals = equals or {}
    if "id" in equals:
        boxes = [with_id(directory, equals["id"])]
    elif named := [equals[key] for key in ("userPrincipalName", "mail", "proxyAddresses") if key in equals]:
        boxes = [directory.find(named[0].removeprefix("smtp:"))]
    return (user(box, directory) for box in boxes if box is not None)


def license_details(box: Mailbox) -> Iterator[Row]:
    """Yield the licences of a user."""
    return licences.details(sign_in_name(box), box.plans, box.plan_status)


def directory_roles(box: Mailbox) -> Iterator[Row]:
    """Yield the directory roles of a user."""
    for name in box.roles:
        yield {
            "id": identifier(f"role {name}"),
            "deletedDateTime": None,
            "description": None,
            "displayName": name,
            "roleTemplateId": ROLES.get(name, identifier(f"template {name}")),
        }


def mailbox_settings(box: Mailbox) -> Row:
    """Return the settings of a user's mailbox.

    :raises GraphError: there is no mailbox.
    """
    if not has_mailbox(box):
        raise no_mailbox()
    return {
        "archiveFolder": identifier(f"archive {box.address}"),
        "timeZone": "Central European Standard Time",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "yyyy-MM-dd",
        "timeFormat": "HH:mm",
        "userPurpose": "shared" if box.shared else "user",
        "language": {"locale": "pl-PL", "displayName": "Polish (Poland)"},
    }
