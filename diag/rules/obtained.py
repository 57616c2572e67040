"""What was obtained by a sign-in, where no mail server has judged it: whose token it is, for what, and what it allows.

``maildiag authorize`` ends here. Where mail endpoints are part of the check, what they say about the token decides,
and the rules of :mod:`diag.rules.token` tell of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag import clouds
from diag.model.finding import Finding
from diag.model.signin import TokenGrant
from diag.model.target import Protocol
from diag.rules import belonging
from diag.rules.facts import LABELS
from diag.rules.sign_ins import PERMISSIONS, at_exchange, outcomes, token
from diag.rules.token import EXCHANGE, code_of_missing, resource_name, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.signin import TokenClaims
    from diag.rules.facts import Facts, Seen


def _alone(facts: Facts) -> Seen[TokenClaims] | None:
    """Return the token of a check that consists of the sign-in alone, if it can be read."""
    mail = any(endpoint.protocol is not Protocol.HTTPS for endpoint in facts.endpoints)
    seen = token(facts)
    return seen if seen and seen.action.form == "jwt" and not mail else None


def resource(facts: Facts) -> Iterator[Finding]:
    """The token that was obtained is for another service than Exchange: no mail will be had with it."""
    seen = _alone(facts)
    audience = (seen.action.audience or "").rstrip("/") if seen else ""
    if seen is None or not audience or audience in EXCHANGE:
        return
    names = [PERMISSIONS[protocol][seen.action.by_app] for protocol in _wanted(facts, seen.action)]
    values = values_of(facts, seen.action, resource=resource_name(audience), wanted=_scopes(facts, names))
    yield Finding(code="token/wrong-resource", subject=facts.target.address, evidence=(seen.number,), values=values)


def permissions(facts: Facts) -> Iterator[Finding]:
    """The token that was obtained lacks what the mailbox is to be used by."""
    seen = _alone(facts)
    if seen is None or (seen.action.audience or "").rstrip("/") not in EXCHANGE:
        return
    held = seen.action.roles if seen.action.by_app else seen.action.scopes
    every = {protocol: names[seen.action.by_app] for protocol, names in PERMISSIONS.items()}
    wanted = _wanted(facts, seen.action)
    lacking = [protocol for protocol in wanted if every[protocol] not in held]
    if not facts.target.protocols and seen.action.by_app and len(lacking) < len(wanted):
        return  # an application has what it was granted, and nobody said what it is for
    if lacking:
        names = [every[protocol] for protocol in lacking]
        labels = " and ".join(LABELS[protocol] for protocol in lacking)
        wanted_scopes = _scopes(facts, [every[protocol] for protocol in wanted])
        values = values_of(facts, seen.action, missing=" ".join(names), protocol=labels, wanted=wanted_scopes)
        code = code_of_missing(seen.action)
        yield Finding(code=code, subject=facts.target.address, evidence=(seen.number,), values=values)


def _wanted(facts: Facts, claims: TokenClaims) -> tuple[Protocol, ...]:
    """Return the protocols that the token is for: as the user said, else as was asked for, else all of them."""
    asked = {scope.rpartition("/")[2] for seen in facts.of(TokenGrant) for scope in seen.action.scopes}
    named = tuple(protocol for protocol, names in PERMISSIONS.items() if names[claims.by_app] in asked)
    return facts.target.protocols or named or tuple(PERMISSIONS)


def _scopes(facts: Facts, names: list[str]) -> str:
    """Write permissions as scopes of the cloud in which the sign-in was made."""
    asked = [clouds.of_authority(seen.action.authority) for seen in facts.of(TokenGrant)]
    cloud = next(filter(None, asked), clouds.clouds()[0])
    return " ".join(f"{cloud.resource}/{name}" for name in names)


def owner(facts: Facts) -> Iterator[Finding]:
    """The token is of another account than the mailbox, which is right for a shared mailbox and for nothing else."""
    seen = token(facts)
    if seen is None or seen.action.form != "jwt" or seen.action.by_app or seen.action.user is None:
        return
    if belonging.elsewhere(facts):
        return  # which says more
    found = outcomes(facts)
    refused = any(one.outcome != "works" for one in found) or not (at_exchange(facts) or not found)
    names = {facts.target.user.casefold(), facts.target.address.casefold()}
    if not refused and seen.action.user.casefold() not in names:
        evidence = (seen.number, *(number for one in found for number in one.evidence))
        yield Finding(code="token/signed-in-as-another", subject=facts.target.address, evidence=evidence,
                      values=values_of(facts, seen.action))  # fmt: skip


RULES = (resource, permissions, owner)
