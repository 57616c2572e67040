"""A token that is older than the consent it needs: the two reauthorizations of the set-up guide."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from diag.model.signin import TokenClaims
from diag.model.tenant import Question
from diag.rules.organisation import Organisation
from diag.rules.tenant import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Finding, Value
    from diag.rules.facts import Facts

CONSENTED = {"Consent to application", "Add delegated permission grant"}
_NEVER_IN_A_TOKEN = "offline_access"  # noqa: S105  a permission, which shows in the refresh token that comes with it


def reauthorizations(facts: Facts) -> Iterator[Finding]:
    """The token lacks a permission that was consented to after it was issued.

    Without the time of the consent it is likely all the same: a client that asks for less than it needs is rare.
    """
    tenant = Organisation(facts)
    seen = next((seen for seen in facts.of(TokenClaims) if seen.action.form == "jwt" and not seen.action.by_app), None)
    if not tenant.was_asked or seen is None or seen.action.issued_at is None:
        return
    lacking = [name for name in tenant.needed if name not in (*seen.action.scopes, _NEVER_IN_A_TOKEN)]
    issued = datetime.fromtimestamp(seen.action.issued_at, tz=UTC)
    granted = _consented_at(tenant)
    if not lacking or (granted is not None and granted <= issued):
        return
    for question, consent, code in (
        (Question.USER_GRANTS, tenant.user_consent, "tenant/reauthorize"),
        (Question.ADMIN_GRANTS, tenant.admin_consent, "tenant/reauthorize-after-admin-consent"),
    ):
        if consent is not None and set(lacking) <= consent:
            values: dict[str, Value] = {
                "missing": ", ".join(lacking),
                "issued": f"{issued:%H:%M:%S} UTC",
                "granted": f"{granted:%H:%M:%S} UTC" if granted else "a time that could not be read",
            }
            made = finding(
                tenant, code, question, Question.CHANGES, values=values, confidence="certain" if granted else "likely"
            )
            yield replace(made, evidence=(seen.number, *made.evidence))
            return


def _consented_at(tenant: Organisation) -> datetime | None:
    """Return when the application was last consented to, as far as the log that was read goes back."""
    times = []
    for change in tenant.changes:
        own = tenant.application is None or not change.targets or tenant.application.id in change.targets
        if change.activity in CONSENTED and own:
            try:
                times.append(datetime.fromisoformat(change.at))
            except ValueError:
                continue
    return max(times, default=None)
