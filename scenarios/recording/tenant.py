"""What the tenant answered: accounts, switches, consent and the application, and what its reader was not told."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from diag.model.failure import FailureCode
from diag.model.tenant import EXCHANGE_RESOURCE, GRAPH_RESOURCE, Question
from diag.rules.consenting import EXEMPTIONS
from diag.rules.organisation import Organisation
from scenarios.model import ReaderPart
from scenarios.recording.tokens import permissions

if TYPE_CHECKING:
    from diag.model.tenant import UserAccount
    from scenarios.recording.sketch import Sketch

ADMINISTRATOR = "admin"
SITES = {"graph": ("graph.microsoft.com:443", "graph"), "exchange": ("outlook.office365.com:443", "exchange-admin")}
CHOICES = {
    "microsoft-user-default-low": "low",
    "microsoft-user-default-legacy": "legacy",
    "microsoft-user-default-recommended": "managed",
}
_PLAN = re.compile(r"EXCHANGE[A-Z0-9_]*")
_LOG = {
    "Update authorization policy": ("tenant", "consent_changed_ago"),
    "Consent to application": ("application", "consented_ago"),
}

_BEHAVES = {
    FailureCode.UNAVAILABLE: "throttles",
    FailureCode.CONNECTION_CLOSED: "cuts_answers",
    FailureCode.CONNECTION_RESET: "cuts_answers",
    FailureCode.REPLY_MALFORMED: "answers_pages_for_people",
}


def draw(sketch: Sketch) -> None:
    """Draw the tenant, where it was asked."""
    tenant = Organisation(sketch.facts)
    if not tenant.was_asked:
        return
    for place, serves in SITES.values():
        sketch.world.setdefault("services", {}).setdefault(place, {"speaks": "http"})["serves"] = serves
    sketch.check["tenant"] = True if sketch.measurement.target.endpoints else "only"
    if sketch.measurement.target.protocols:
        sketch.check["protocols"] = [str(item) for item in sketch.measurement.target.protocols]
    _account(sketch, tenant)
    _switches(sketch, tenant)
    _consent(sketch, tenant)
    _application(sketch, tenant)
    _log(sketch, tenant)
    _busy(sketch, tenant)
    _reader(sketch, tenant)


def _account(sketch: Sketch, tenant: Organisation) -> None:
    mailbox = sketch.world["mailbox"]
    if tenant.is_absent(Question.USER):
        sketch.check["address"] = mailbox["address"]
        # Whoever asks is there all the same, and is the account of this world if it is known.
        other = tenant.signer.name if tenant.signer else f"somebody-else@{sketch.pseudonyms.domain}"
        mailbox["address"] = sketch.pseudonyms.person(other)
    elif tenant.user is not None:
        name = sketch.pseudonyms.person(tenant.user.name)
        if name.casefold() != mailbox["address"].casefold():
            mailbox["upn"] = name
        if tenant.user.enabled is False:
            mailbox["enabled"] = False
    if tenant.plans is not None:
        mailbox["plans"] = [plan.name for plan in tenant.plans if _PLAN.fullmatch(plan.name)]
        odd = next((plan.status for plan in tenant.plans if plan.status != "Success"), None)
        if odd:
            mailbox["plan_status"] = odd


def _switches(sketch: Sketch, tenant: Organisation) -> None:
    mailbox, box, everybody = sketch.world["mailbox"], tenant.mailbox, tenant.organisation
    if box is not None:
        found = {"imap": box.imap, "pop": box.pop, "smtp_auth": box.smtp_auth}
        mailbox.update({name: value for name, value in found.items() if value is not None})
        ago = _ago(sketch, box.changed)
        if ago is not None:
            mailbox["apps_changed_ago"] = ago
        if not mailbox.get("plans", ("one",)):
            mailbox["shared"] = True
    if everybody is not None and everybody.smtp_auth is not None:
        sketch.world["tenant"]["smtp_auth"] = everybody.smtp_auth


def _consent(sketch: Sketch, tenant: Organisation) -> None:
    world: dict[str, Any] = sketch.world["tenant"]
    policies = [name for name in tenant.consent_policies or () if name != EXEMPTIONS]
    if tenant.consent_policies == ():
        world["user_consent"] = "none"
    elif policies and policies[0] in CHOICES:
        world["user_consent"] = CHOICES[policies[0]]
    elif policies:
        sketch.leave_out(None, "a consent policy of the organisation's own")
    for resource, key in ((GRAPH_RESOURCE, "low_impact_graph"), (EXCHANGE_RESOURCE, "low_impact_exchange")):
        low = tenant.low_impact(resource)
        if low is not None:
            world[key] = sorted(permissions(sketch, low))


def _application(sketch: Sketch, tenant: Organisation) -> None:
    application: dict[str, Any] = sketch.world.setdefault("application", {})
    found = tenant.application
    if found is None:
        if tenant.is_absent(Question.APPLICATION):
            application.update(present=False, user_consent=[], admin_consent=[])
        return
    flags = {"enabled": found.enabled, "assignment_required": found.assignment_required}
    application.update({name: value for name, value in flags.items() if value is not None})
    application["verified_publisher"] = found.publisher is not None
    if tenant.assignments:
        application["assigned"] = [sketch.world["mailbox"]["address"]]
    if tenant.admin_consent is not None:
        application["admin_consent"] = sorted(permissions(sketch, tenant.admin_consent))
    if tenant.user_consent is not None:
        application["user_consent"] = sorted(permissions(sketch, tenant.user_consent))
    if tenant.signer is not None:
        _somebody_else(sketch, tenant.signer, application)


def _somebody_else(sketch: Sketch, signer: UserAccount, application: dict[str, Any]) -> None:
    """Draw who signs in for the mailbox: the one who consents, and who is assigned."""
    name = sketch.pseudonyms.person(signer.name)
    box = sketch.world["mailbox"]
    if name == box["address"]:
        return
    sketch.world.setdefault("mailboxes", {}).setdefault("owner", {"address": name})
    box["full_access"] = sorted({*box.get("full_access", ()), name})
    application["consented_by"] = name
    if "assigned" in application:
        application["assigned"] = [name]
    if not sketch.measurement.target.endpoints:
        sketch.check["user"] = name


def _log(sketch: Sketch, tenant: Organisation) -> None:
    for change in tenant.changes:
        part, key = _LOG.get(change.activity, ("", ""))
        ago = _ago(sketch, change.at)
        elsewhere = part == "application" and change.targets and not tenant.objects[part] & set(change.targets)
        if part and ago is not None and not elsewhere:
            sketch.world.setdefault(part, {})[key] = ago


def _busy(sketch: Sketch, tenant: Organisation) -> None:
    """Draw a service that never had time, whose answers were lost, or that somebody else answered for."""
    for seen in tenant.reads:
        place, _ = SITES[seen.action.service]
        service = sketch.world["services"][place]
        if seen.code in _BEHAVES:
            service["behaves"] = [_BEHAVES[seen.code]]
        elif seen.action.error == "Directory_ExpiredPageToken":
            service["behaves"] = ["one_by_one", "loses_pages"]
        elif seen.action.status == 404 and seen.action.asks is Question.ORGANISATION_SWITCHES:  # noqa: PLR2004
            service["serves"] = "nothing"  # an organisation is always there, so it is the interface that is not


def _reader(sketch: Sketch, tenant: Organisation) -> None:
    """Draw what the reader was granted: enough for what was answered, and for nothing that was refused."""
    sketch.world.setdefault("mailboxes", {})[ADMINISTRATOR] = {
        "address": ReaderPart().user, "plans": [], "roles": ["Global Reader", "Exchange Administrator"],
    }  # fmt: skip
    reader: dict[str, Any] = {"graph": _permissions(tenant, "graph"), "exchange": _permissions(tenant, "exchange")}
    usual = ReaderPart()
    if any(seen.action.status == 401 for seen in tenant.reads):  # noqa: PLR2004  RFC 9110 section 15.5.2
        reader = {"expired": True}
    elif reader == {"graph": usual.graph, "exchange": usual.exchange}:
        return
    sketch.check["reader"] = {key: list(value) if isinstance(value, tuple) else value for key, value in reader.items()}


def _permissions(tenant: Organisation, service: Literal["graph", "exchange"]) -> tuple[str, ...]:
    asked = [seen for seen in tenant.reads if seen.action.service == service]
    refused = [seen for seen in asked if seen.code is FailureCode.FORBIDDEN]
    usual: tuple[str, ...] = getattr(ReaderPart(), service)
    if not refused:
        return usual if asked else ()
    barred = {name for seen in refused for name in seen.action.permissions}
    answered = [seen.action.permissions for seen in asked if seen not in refused]
    granted = {name for names in answered for name in [item for item in names if item not in barred][:1]}
    return tuple(sorted(granted)) or ("User.Read",)


def _ago(sketch: Sketch, at: str | None) -> int | None:
    """Return how many seconds before the measurement something was."""
    try:
        when = datetime.fromisoformat(at) if at else None
    except ValueError:
        return None
    if when is None:
        return None
    return _coarse(sketch, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _coarse(sketch: Sketch, at: float) -> int:
    """Count the seconds in tens: the fraction that a server's own format cuts off must not add up."""
    return max(0, round((sketch.now.timestamp() - at) / 10) * 10)
