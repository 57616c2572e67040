"""What is wrong with the access token, by what it says of itself and by how the mail servers took it.

One bad token is one cause, however many servers refuse it. A token that some server of the check took is not blamed
for what another refuses, except where it lacks the permission of just that protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.finding import Finding
from diag.model.target import Protocol
from diag.rules import clock
from diag.rules.facts import LABELS
from diag.rules.sign_ins import allows, at_exchange, is_exchange, outcomes, permission, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Confidence, Value
    from diag.model.signin import TokenClaims
    from diag.rules.facts import Facts, Seen
    from diag.rules.sign_ins import SignedIn

EXCHANGE = {
    "https://outlook.office.com", "https://outlook.office365.com", "https://outlook.office365.us",
    "https://outlook-dod.office365.us", "https://partner.outlook.cn", "https://outlook.office365.cn",
    "00000002-0000-0ff1-ce00-000000000000",
}  # fmt: skip
"""Audiences that Exchange Online takes: its addresses in each cloud, and its application's identifier."""
RESOURCES = {
    "https://graph.microsoft.com": "Microsoft Graph",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "https://graph.windows.net": "Azure AD Graph, which is retired",
    "https://ps.outlook.com": "https://ps.outlook.com, which serves for consent and not for tokens",
}
FAILED = {"refused", "not-connected"}


def values_of(facts: Facts, claims: TokenClaims, **more: Value) -> dict[str, Value]:
    """Return what the pages about a token tell of it."""
    return {
        "user": facts.target.user,
        "address": facts.target.address,
        "owner": claims.user or claims.app_name or claims.app_id or "somebody unnamed",
        "app": claims.app_name or "the application",
        "app_id": claims.app_id or "its identifier",
        "audience": claims.audience or "nobody",
        "scopes": " ".join((*claims.scopes, *claims.roles)) or "none",
        **more,
    }


def _readable(facts: Facts) -> Seen[TokenClaims] | None:
    """Return the token of a check at Exchange Online that can be read."""
    seen = token(facts)
    return seen if seen and seen.action.form == "jwt" and at_exchange(facts) else None


def _tried(facts: Facts) -> tuple[list[SignedIn], list[SignedIn]]:
    """Return the sign-ins that failed for lack of a good credential, and those that succeeded."""
    found = outcomes(facts)
    return [one for one in found if one.outcome in FAILED], [one for one in found if one.outcome == "works"]


def _evidence(seen: Seen[TokenClaims], failed: list[SignedIn]) -> tuple[int, ...]:
    return (seen.number, *(number for one in failed for number in one.evidence))


def expired(facts: Facts) -> Iterator[Finding]:
    """The token's time is over."""
    seen = token(facts)
    failed, good = _tried(facts)
    if seen is None or seen.action.expires_at is None or good:
        return
    over = clock.now(facts).timestamp() - seen.action.expires_at
    if over > 0:
        values = values_of(facts, seen.action, since=clock.duration(over))
        yield Finding(
            code="token/expired", subject=facts.target.address, evidence=_evidence(seen, failed), values=values
        )


def resource(facts: Facts) -> Iterator[Finding]:
    """The token is for another service than Exchange."""
    seen = _readable(facts)
    failed, good = _tried(facts)
    if seen is None or seen.action.audience is None or good:
        return
    audience = seen.action.audience.rstrip("/")
    if audience not in EXCHANGE:
        values = values_of(facts, seen.action, resource=resource_name(audience), wanted=_wanted(facts, seen.action))
        yield Finding(
            code="token/wrong-resource", subject=facts.target.address, evidence=_evidence(seen, failed), values=values
        )


def resource_name(audience: str) -> str:
    """Name the service that an audience stands for."""
    return RESOURCES.get(audience, audience)


def _wanted(facts: Facts, claims: TokenClaims) -> str:
    """Write the scopes that the endpoints of the check need, in the address of their cloud."""
    mail = [endpoint for endpoint in facts.endpoints if is_exchange(endpoint)]
    national = [endpoint.host for endpoint in mail if "outlook" in endpoint.host and not endpoint.host.endswith(".com")]
    base = f"https://{national[0]}" if national else "https://outlook.office.com"
    return " ".join(f"{base}/{name}" for name in dict.fromkeys(permission(endpoint, claims) for endpoint in mail))


def permissions(facts: Facts) -> Iterator[Finding]:
    """The token lacks the permission of a protocol that is to be used."""
    seen = _readable(facts)
    if seen is None or (seen.action.audience or "").rstrip("/") not in EXCHANGE:
        return
    found = {one.endpoint.subject: one for one in outcomes(facts)}
    lacking = [one for one in found.values() if not allows(one.endpoint, seen.action) and one.outcome != "works"]
    everywhere = len(lacking) == len(found)
    for group in [lacking] if everywhere else [[one] for one in lacking]:
        names = " ".join(dict.fromkeys(permission(one.endpoint, seen.action) for one in group))
        labels = " and ".join(dict.fromkeys(LABELS[one.endpoint.protocol] for one in group))
        subject = facts.target.address if everywhere else group[0].endpoint.subject
        values = values_of(facts, seen.action, missing=names, protocol=labels, wanted=_wanted(facts, seen.action))
        yield Finding(
            code=code_of_missing(seen.action), subject=subject, evidence=_evidence(seen, group), values=values
        )


def code_of_missing(claims: TokenClaims) -> str:
    """Return the finding that a permission is missing in a token of this kind."""
    return "token/application-permission-missing" if claims.by_app else "token/permission-missing"


def owner(facts: Facts) -> Iterator[Finding]:
    """The token belongs to another account than the mailbox, and opens it nowhere."""
    seen = _readable(facts)
    failed, good = _tried(facts)
    if seen is None or seen.action.by_app or seen.action.user is None or good:
        return
    failed = [one for one in failed if allows(one.endpoint, seen.action)]
    if not _is_right(facts, seen.action, failed):
        return  # a token that is no good anywhere does not tell what its owner may open
    imap = [one for one in failed if one.endpoint.protocol is Protocol.IMAP]
    if any(one.outcome == "refused" for one in imap):
        return  # IMAP tells a token that is no good from one that opens nothing here
    names = {facts.target.user.casefold(), facts.target.address.casefold()}
    if seen.action.user.casefold() not in names:
        sure = any(one.outcome == "not-connected" for one in failed)
        confidence: Confidence = "likely" if sure else "possible"
        yield Finding(
            code="token/of-another-user",
            subject=facts.target.address,
            evidence=_evidence(seen, failed),
            values=values_of(facts, seen.action),
            confidence=confidence,
        )


def personal(facts: Facts) -> Iterator[Finding]:
    """An opaque token, as personal accounts have them, is refused by Exchange Online."""
    seen = token(facts)
    failed, good = _tried(facts)
    if seen and seen.action.form == "opaque" and at_exchange(facts) and failed and not good:
        yield Finding(
            code="token/of-a-personal-account",
            subject=facts.target.address,
            evidence=_evidence(seen, failed),
            values=values_of(facts, seen.action),
            confidence="likely",
        )


def application(facts: Facts) -> Iterator[Finding]:
    """An application's own token is right by all that it says, and Exchange does not know the application."""
    seen = _readable(facts)
    failed, good = _tried(facts)
    if seen is None or not seen.action.by_app or good or not _is_right(facts, seen.action, failed):
        return
    imap = next((one.outcome for one in failed if one.endpoint.protocol is Protocol.IMAP), None)
    if imap is None:
        return  # only IMAP tells an application that is not known from one that may open nothing
    connected = imap == "not-connected"
    yield Finding(
        code="token/application-without-mailbox" if connected else "token/application-unknown-to-exchange",
        subject=facts.target.address,
        evidence=_evidence(seen, failed),
        values=values_of(facts, seen.action),
        confidence="likely",
    )


def not_taken(facts: Facts) -> Iterator[Finding]:
    """A user's token is right by all that it says, and the servers do not take it."""
    seen = _readable(facts)
    failed, good = _tried(facts)
    if seen is None or seen.action.by_app or good or not _is_right(facts, seen.action, failed):
        return
    refused_by_imap = any(one.endpoint.protocol is Protocol.IMAP and one.outcome == "refused" for one in failed)
    if refused_by_imap and seen.action.user and seen.action.user.casefold() == facts.target.user.casefold():
        yield Finding(
            code="token/not-taken",
            subject=facts.target.address,
            evidence=_evidence(seen, failed),
            values=values_of(facts, seen.action),
            confidence="likely",
        )


def _is_right(facts: Facts, claims: TokenClaims, failed: list[SignedIn]) -> bool:
    """Tell whether a token that was refused has nothing wrong in it."""
    running = claims.expires_at is None or clock.now(facts).timestamp() < claims.expires_at
    audience = (claims.audience or "").rstrip("/")
    return bool(failed) and running and audience in EXCHANGE and all(allows(one.endpoint, claims) for one in failed)


RULES = (expired, resource, permissions, owner, personal, application, not_taken)
"""All of them: what they explain needs no further cause."""
