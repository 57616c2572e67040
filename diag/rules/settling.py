"""A change that was made minutes ago and has not reached everything: nothing to mend, only a time to wait for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from diag.model.actions import Dialogue
from diag.model.failure import FailureCode
from diag.model.signin import TokenGrant
from diag.model.tenant import Question
from diag.rules import entra, token
from diag.rules.consent import applications, consents
from diag.rules.organisation import Organisation
from diag.rules.reauthorizing import reauthorizations
from diag.rules.replies import meaning
from diag.rules.tenant import accounts, finding, licences, protocols

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diag.model.finding import Confidence, Finding, Value
    from diag.model.tenant import DirectoryChange
    from diag.rules.facts import Facts

_TO_MEND = (accounts, licences, protocols, applications, consents, reauthorizations)
"""Rules of what is wrong in the tenant, however long one waits."""
_CONSENT = {"entra/consent-missing", "entra/admin-approval-needed"}
"""What the sign-in service says of a consent that is missing or may not be given."""
_WAITABLE = {
    "sign-in-refused", "authenticated-but-not-connected", "disabled-for-account",
    "auth-disabled-for-mailbox", "auth-disabled-for-tenant",
}  # fmt: skip
"""Refusals that a setting which has not arrived leads to: the general ones, and those that name a switch."""
SWITCH_MINUTES = 60
"""How long a switch of Exchange takes at most until every front end knows it."""
_LICENCE_MINUTES = 60


@dataclass(frozen=True, slots=True)
class _Change:
    """What was changed when, the minutes that it takes to hold everywhere, and the question that showed it."""

    when: datetime
    what: str
    minutes: int
    asked: Question
    ours: bool = True
    """False: it may have been made for somebody else."""


@cache
def table() -> tuple[dict[str, Any], ...]:
    """Return the rows of ``changes.toml``."""
    import tomllib  # noqa: PLC0415  only where changes were read

    return tuple(tomllib.loads(files("diag.data").joinpath("changes.toml").read_text("utf-8"))["change"])


def settling(facts: Facts) -> Iterator[Finding]:
    """Something that a sign-in rests upon was changed so recently that it need not hold everywhere yet.

    It is a cause only where a sign-in failed in a way that waiting mends, and nothing is wrong in the tenant; sign-ins
    that all went through show that the change has arrived, and any other failure has a cause of its own.
    """
    tenant = Organisation(facts)
    tried = bool(facts.of(TokenGrant)) or any(seen.action.purpose == "sign-in" for seen in facts.of(Dialogue))
    failed = _mended_by_waiting(facts)
    # A consent that is refused although every setting admits it is the mark of a setting that has not arrived.
    refused = any(_is_of_consent(seen.action) for seen in facts.failed(TokenGrant))
    to_mend = [found for rule in _TO_MEND for found in rule(facts)
               if not (refused and found.code == "tenant/user-consent-missing")]  # fmt: skip
    if not tenant.was_asked or to_mend or (tried and not failed):
        return
    now = facts.at
    waiting = [(made.ours, made.when + timedelta(minutes=made.minutes), made) for made in _changes(tenant)
               if timedelta() <= now - made.when < timedelta(minutes=made.minutes)]  # fmt: skip
    if waiting:
        _, until, last = max(waiting, key=itemgetter(0, 1))
        code = "tenant/change-is-settling" if failed else "tenant/changed-recently"
        values: dict[str, Value] = {
            "what": last.what,
            "minutes": int((now - last.when).total_seconds() // 60),
            "until": f"{until:%H:%M} UTC",
            "until_at": until.isoformat(),
        }
        sure: Confidence = "likely" if last.ours else "possible"
        made = finding(tenant, code, last.asked, values=values, confidence=sure)
        yield replace(made, evidence=(*made.evidence, *failed))


def _mended_by_waiting(facts: Facts) -> list[int]:
    """Return the refusals that may end by themselves.

    A reply that names another reason ends by what mends that one, and a token that is bad by itself stays bad.
    """
    bad = [found for rule in token.RULES if rule is not token.not_taken for found in rule(facts)]
    explained = {number for found in bad for number in found.evidence}
    grants = [seen.number for seen in facts.failed(TokenGrant) if _is_of_consent(seen.action)]
    refused = [seen.number for seen in facts.failed(Dialogue, FailureCode.REPLY_REFUSED)
               if (meaning(facts, seen) or "").partition("/")[2] in _WAITABLE]  # fmt: skip
    return grants + [number for number in refused if number not in explained]


def _is_of_consent(grant: TokenGrant) -> bool:
    """Tell whether it was for want of consent that no token was granted."""
    return any(entra.table().get(number, {}).get("finding") in _CONSENT for number in grant.error_codes)


def _changes(tenant: Organisation) -> Iterator[_Change]:
    """Yield each change that the mailbox's sign-in rests upon, or may rest upon."""
    for change in tenant.changes:
        row = next((row for row in table() if change.activity in row["activities"]), None)
        if row and (when := _time(change.at)):
            ours = _is_ours(change, row["targets"], tenant)
            if ours is not False:
                yield _Change(when, row["what"], row["minutes"], Question.CHANGES, ours=bool(ours))
    for question, box, what in (
        (Question.MAILBOX_SWITCHES, tenant.mailbox, "the protocols of the mailbox"),
        (Question.ORGANISATION_SWITCHES, tenant.organisation, "authenticated SMTP of the organisation"),
    ):
        if box and (when := _time(box.changed)):
            yield _Change(when, what, SWITCH_MINUTES, question)
    if tenant.user and (when := _time(tenant.user.mail_plan_since)):
        yield _Change(when, "the licence", _LICENCE_MINUTES, Question.USER)


def _is_ours(change: DirectoryChange, targets: Iterable[str], tenant: Organisation) -> bool | None:
    """Tell whether a change was made to what this mailbox rests upon; None where that is not known."""
    changed, ours = set(change.targets), tenant.objects
    told = [bool(ours[name] & changed) if ours[name] and changed else None for name in targets]
    return False if False in told else None if None in told else True


def _time(text: str | None) -> datetime | None:
    """Read a time in UTC; what is none says nothing."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
