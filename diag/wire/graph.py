"""What Microsoft Graph and the administration of Exchange answer, made into facts: JSON in, no sockets.

Everything a server sends is bounded here: texts are cut, lists end, and what has another shape than the published one
is :class:`~diag.wire.lines.Malformed` and never a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from diag.model.tenant import (
    ClassifiedPermission,
    ConsentCondition,
    ConsentSetting,
    DirectoryChange,
    EnterpriseApplication,
    MailSwitches,
    PermissionGrant,
    Question,
    RoleAssignment,
    ServicePlan,
    UserAccount,
)
from diag.wire.lines import Malformed, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from diag.model.tenant import Fact

LONGEST = 300
"""Characters of a name or an identifier."""
MOST = 2000
"""Items of one list, such as the permissions of a grant."""
Json = dict[str, Any]
_NOT_THERE = {"Request_ResourceNotFound", "ResourceNotFound", "ErrorItemNotFound", "ManagementObjectNotFoundException"}


def items(body: Json) -> list[Json]:
    """Return the objects of a collection.

    :raises Malformed: it is none.
    """
    found = body.get("value")
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Malformed("expected a list of objects under 'value'")
    return cast("list[Json]", found)


def next_page(body: Json) -> str | None:
    """Return the address of the next page of a collection."""
    link = body.get("@odata.nextLink")
    return link if isinstance(link, str) and link else None


def error_of(body: Json) -> tuple[str, str]:
    """Return the code and the sentence of an error body, both empty where it is none.

    Exchange wraps what it has to say: the inner exception's own words are the ones that help.
    """
    error = body.get("error")
    if not isinstance(error, dict):
        return "", ""
    code, message = _text(error, "code") or "", _text(error, "message") or ""
    details = error.get("details")
    inner = error.get("innererror") or error.get("innerError")
    exception = inner.get("internalexception") or inner.get("internalException") if isinstance(inner, dict) else None
    for part in (*(details if isinstance(details, list) else ()), exception):
        if isinstance(part, dict) and (words := _text(part, "message")):
            message = words
            if (kind := _text(part, "type")) or "|" in words:
                code = (kind or words.split("|")[0]).rpartition(".")[2] or code
            break
    return code, message.rpartition("|")[2]


def is_not_there(status: int, body: Json) -> bool:
    """Tell whether a reply says that the thing that was asked for does not exist."""
    code, message = error_of(body)
    named = any(word in f"{code} {message}" for word in _NOT_THERE) or "couldn't be found" in message
    return named and status in {400, 404}


def facts(question: Question, objects: Iterable[Json]) -> tuple[Fact, ...]:
    """Make facts of the objects that a question was answered by.

    :raises Malformed: one of them has not the published shape.
    """
    return tuple(fact for item in objects for fact in _READERS[question](item))


def _user(item: Json) -> Iterator[Fact]:
    plans = [plan for plan in _objects(item, "assignedPlans") if plan.get("service") == "exchange"
             and plan.get("capabilityStatus") == "Enabled"]  # fmt: skip
    since = [text for plan in plans if (text := _text(plan, "assignedDateTime"))]
    yield UserAccount(
        id=_needed(item, "id"),
        name=_needed(item, "userPrincipalName"),
        enabled=_flag(item, "accountEnabled"),
        mail_plan_since=max(since, default=None),
    )


def _licence(item: Json) -> Iterator[Fact]:
    product = _text(item, "skuPartNumber") or ""
    for plan in _objects(item, "servicePlans"):
        yield ServicePlan(
            name=_needed(plan, "servicePlanName"), status=_text(plan, "provisioningStatus") or "", product=product
        )


def _consent(item: Json) -> Iterator[Fact]:
    role = item.get("defaultUserRolePermissions")
    if not isinstance(role, dict):
        raise Malformed("expected 'defaultUserRolePermissions'")
    yield ConsentSetting(policies=_texts(role, "permissionGrantPoliciesAssigned"))


def _policy(item: Json) -> Iterator[Fact]:
    for name in ("includes", "excludes"):
        for part in _objects(item, name):
            clients = _texts(part, "clientApplicationIds")
            permissions = _texts(part, "permissions")
            resource = _text(part, "resourceApplication") or ""
            classification = _text(part, "permissionClassification") or ""
            yield ConsentCondition(
                excludes=name == "excludes",
                permission_type=_text(part, "permissionType") or "",
                classification="" if classification == "all" else classification,
                resource="" if resource == "any" else resource,
                permissions=() if permissions == ("all",) else permissions,
                clients=() if clients == ("all",) else clients,
                verified_publisher=part.get("clientApplicationsFromVerifiedPublisherOnly") is True,
            )


def _classification(item: Json) -> Iterator[Fact]:
    yield ClassifiedPermission(name=_needed(item, "permissionName"), classification=_needed(item, "classification"))


def _application(item: Json) -> Iterator[Fact]:
    publisher = item.get("verifiedPublisher")
    verified = publisher if isinstance(publisher, dict) and publisher.get("verifiedPublisherId") else {}
    yield EnterpriseApplication(
        id=_needed(item, "id"),
        client_id=_needed(item, "appId"),
        name=_text(item, "displayName") or "",
        enabled=_flag(item, "accountEnabled"),
        assignment_required=_flag(item, "appRoleAssignmentRequired"),
        publisher=_text(verified, "displayName") or (_text(verified, "verifiedPublisherId") if verified else None),
        owner=_text(item, "appOwnerOrganizationId"),
        disabled_by_microsoft=(_text(item, "disabledByMicrosoftStatus") or "").startswith("Disabled"),
    )


def _grant(item: Json) -> Iterator[Fact]:
    yield PermissionGrant(
        by="admin" if _needed(item, "consentType") == "AllPrincipals" else "user",
        resource=_needed(item, "resourceId"),
        permissions=tuple((_text(item, "scope", most=LONGEST * 20) or "").split()[:MOST]),
    )


def _assignment(item: Json) -> Iterator[Fact]:
    yield RoleAssignment(to=_text(item, "principalDisplayName") or "", since=_text(item, "createdDateTime"))


def _mailbox(item: Json) -> Iterator[Fact]:
    off = _flag(item, "SmtpClientAuthenticationDisabled")
    yield MailSwitches(
        imap=_flag(item, "ImapEnabled"),
        pop=_flag(item, "PopEnabled"),
        smtp_auth=None if off is None else not off,
        changed=_text(item, "WhenChangedUTC"),
    )


def _change(item: Json) -> Iterator[Fact]:
    yield DirectoryChange(
        activity=_needed(item, "activityDisplayName"),
        at=_needed(item, "activityDateTime"),
        targets=tuple(text for part in _objects(item, "targetResources") if (text := _text(part, "id"))),
    )


_READERS: dict[Question, Callable[[Json], Iterator[Fact]]] = {
    Question.USER: _user,
    Question.SIGNER: _user,
    Question.MAILBOX_SWITCHES: _mailbox,
    Question.ORGANISATION_SWITCHES: _mailbox,
    Question.LICENCES: _licence,
    Question.USER_CONSENT: _consent,
    Question.CONSENT_POLICY: _policy,
    Question.CLASSIFICATIONS: _classification,
    Question.APPLICATION: _application,
    Question.RESOURCE: _application,
    Question.ASSIGNMENT: _assignment,
    Question.ADMIN_GRANTS: _grant,
    Question.USER_GRANTS: _grant,
    Question.CHANGES: _change,
}


def _text(item: Json, name: str, *, most: int = LONGEST) -> str | None:
    found = item.get(name)
    return escape(found, most) if isinstance(found, str) and found else None


def _needed(item: Json, name: str) -> str:
    found = _text(item, name)
    if found is None:
        raise Malformed(f"expected a text under '{name}'")
    return found


def _flag(item: Json, name: str) -> bool | None:
    found = item.get(name)
    if found is None or isinstance(found, bool):
        return found
    raise Malformed(f"expected true, false or nothing under '{name}'")


def _texts(item: Json, name: str) -> tuple[str, ...]:
    found = item.get(name)
    if not isinstance(found, list):
        return ()
    return tuple(escape(text, LONGEST) for text in found[:MOST] if isinstance(text, str))


def _objects(item: Json, name: str) -> list[Json]:
    found = item.get(name)
    return [part for part in found[:MOST] if isinstance(part, dict)] if isinstance(found, list) else []
