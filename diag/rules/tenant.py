"""What the tenant says of the mailbox: its account, its licence and its protocols, and what could not be told."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.model.signin import TokenClaims
from diag.model.target import Credential, Protocol
from diag.model.tenant import ABOUT, Question
from diag.rules.organisation import Organisation
from diag.rules.sign_ins import outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from diag.model.finding import Confidence, Value
    from diag.model.tenant import ServicePlan, TenantRead
    from diag.rules.facts import Facts, Seen

_DENIED = {401, 404}
"""Statuses besides 403 by which these interfaces say that somebody may not ask."""


@cache
def plans() -> dict[str, Any]:
    """Return the tables of ``plans.toml``."""
    import tomllib  # noqa: PLC0415  only where licences were read

    return tomllib.loads(files("diag.data").joinpath("plans.toml").read_text("utf-8"))


def finding(
    tenant: Organisation,
    code: str,
    *questions: Question,
    values: Mapping[str, Value] | None = None,
    confidence: Confidence = "certain",
) -> Finding:
    """Make a finding about the mailbox that rests on the answers to ``questions``."""
    target = tenant.facts.target
    common: dict[str, Value] = {
        "address": target.address,
        "user": tenant.user.name if tenant.user else target.address,
        "person": tenant.person,
        "domain": target.address.rpartition("@")[2],
        "application": tenant.application_name,
        "client_id": tenant.application.client_id if tenant.application else "CLIENT-ID",
    }
    return Finding(
        code=code,
        subject=target.address,
        evidence=tenant.evidence(*questions),
        values={**common, **(values or {})},
        confidence=confidence,
    )


def accounts(facts: Facts) -> Iterator[Finding]:
    """There is no such account, or it may not sign in."""
    tenant = Organisation(facts)
    if tenant.user is None and tenant.is_absent(Question.USER):
        yield finding(tenant, "tenant/user-not-found", Question.USER)
    elif tenant.user is not None and tenant.user.enabled is False and not _needs_no_sign_in(tenant):
        yield finding(tenant, "tenant/account-disabled", Question.USER)


def _needs_no_sign_in(tenant: Organisation) -> bool:
    """Tell whether the mailbox is used without its own account's sign-in, which for a shared one is blocked on purpose.

    Somebody else signs in, or the application as itself; and where nothing tells who does, a mailbox without a licence
    is a shared one.
    """
    claims = [seen.action for seen in tenant.facts.of(TokenClaims)]
    if tenant.somebody_else or any(claim.by_app for claim in claims):
        return True
    if any(claim.user for claim in claims) or tenant.facts.target.credential is Credential.PASSWORD:
        return False
    shared = tenant.mailbox is not None and tenant.plans is not None and not _with_mailbox(tenant.plans)
    return shared or any(one.outcome == "works" for one in outcomes(tenant.facts))


def _with_mailbox(found: list[ServicePlan]) -> list[ServicePlan]:
    return [plan for plan in found if plan.name in plans()["mailbox"]["names"]]


def licences(facts: Facts) -> Iterator[Finding]:
    """No licence of the account has a mailbox, or the one that has is not in force (yet)."""
    tenant = Organisation(facts)
    if tenant.plans is None or tenant.mailbox is not None:  # a mailbox that is there needs no more explanation
        return
    with_mailbox = _with_mailbox(tenant.plans)
    if any(plan.status == "Success" for plan in with_mailbox):
        return
    pending = [plan for plan in with_mailbox if plan.status.startswith("Pending")]
    names = tuple(dict.fromkeys(plan.name for plan in tenant.plans if plan.name.startswith("EXCHANGE")))
    if pending:
        values = {"plan": pending[0].name, "status": pending[0].status, "product": pending[0].product}
        yield finding(tenant, "tenant/licence-pending", Question.LICENCES, values=values)
        return
    off = next((plan for plan in with_mailbox if plan.status == "Disabled"), None)
    why = f"its plan {off.name} is switched off in the licence {off.product}" if off else _without(names)
    sure: Confidence = "certain" if tenant.is_absent(Question.MAILBOX_SWITCHES) else "likely"
    asked = (Question.LICENCES, Question.MAILBOX_SWITCHES)
    yield finding(tenant, "tenant/no-exchange-licence", *asked, values={"why": why}, confidence=sure)


def _without(names: tuple[str, ...]) -> str:
    if not names:
        return "none of its service plans belongs to Exchange Online"
    verb = "has" if len(names) == 1 else "have"
    return f"{' and '.join(names)} {verb} no mailbox"


def protocols(facts: Facts) -> Iterator[Finding]:
    """A protocol that the mailbox is to be used by is switched off for it, or for the organisation."""
    tenant = Organisation(facts)
    box, all_of_them = tenant.mailbox, tenant.organisation
    if box is not None:
        if Protocol.IMAP in tenant.protocols and box.imap is False:
            yield finding(tenant, "tenant/imap-disabled", Question.MAILBOX_SWITCHES)
        if Protocol.POP3 in tenant.protocols and box.pop is False:
            yield finding(tenant, "tenant/pop-disabled", Question.MAILBOX_SWITCHES)
    if Protocol.SMTP not in tenant.protocols or box is None:
        return
    if box.smtp_auth is False:
        yield finding(tenant, "tenant/smtp-auth-disabled", Question.MAILBOX_SWITCHES)
    elif box.smtp_auth is None and all_of_them is not None and all_of_them.smtp_auth is False:
        asked = (Question.MAILBOX_SWITCHES, Question.ORGANISATION_SWITCHES)
        yield finding(tenant, "tenant/smtp-auth-disabled-in-organisation", *asked)


def unread(facts: Facts) -> Iterator[Finding]:
    """Something could not be read: for want of a permission, or because there was no answer."""
    tenant = Organisation(facts)
    refused = [seen for seen in tenant.reads if _is_denied(seen)]
    for service, code in (("graph", "tenant/not-permitted"), ("exchange", "tenant/exchange-not-permitted")):
        ours = [seen for seen in refused if seen.action.service == service]
        if ours:
            yield _could_not_tell(tenant, code, ours)
    others = [seen for seen in tenant.reads if seen not in refused and (seen.code or _is_cut(seen.action))]
    if others:
        yield _could_not_tell(tenant, "tenant/unanswered", others)


def _is_cut(read: TenantRead) -> bool:
    """Tell whether there is more that matters; of the changes only the newest do."""
    return not read.whole and read.asks is not Question.CHANGES


def _could_not_tell(tenant: Organisation, code: str, reads: list[Seen[TenantRead]]) -> Finding:
    values: dict[str, Value] = {
        "checks": " and ".join(dict.fromkeys(ABOUT[seen.action.asks] for seen in reads)),
        "permissions": ", ".join(dict.fromkeys(name for seen in reads for name in seen.action.permissions[:1])),
        "reply": "; ".join(dict.fromkeys(seen.failure.detail if seen.failure else "cut short" for seen in reads)),
    }
    made = finding(tenant, code, values=values)
    return replace(made, evidence=tuple(seen.number for seen in reads))


def _is_denied(seen: Seen[TenantRead]) -> bool:
    """Tell whether it was the permission that was missing, and not the answer."""
    refused = seen.code is FailureCode.REPLY_REFUSED and seen.action.status in _DENIED
    return refused or seen.code is FailureCode.FORBIDDEN
