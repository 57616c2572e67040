"""What the answers of several protocols say together and none of them alone.

Exchange Online has one sentence for a switched-off protocol, a missing licence and somebody else's token, and POP3 has
one for these and for a bad token too. Side by side they differ: where one protocol opens the mailbox with the same
token, the other is switched off. What stays open is said to be open, with the step that would decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.finding import Finding
from diag.model.target import Credential, Protocol
from diag.rules import token
from diag.rules.facts import LABELS, host_and_port
from diag.rules.sign_ins import at_exchange, outcomes
from diag.rules.sign_ins import token as read_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Confidence, Value
    from diag.rules.facts import Facts
    from diag.rules.sign_ins import SignedIn

FAILED = {"refused", "not-connected"}


def _by_protocol(facts: Facts) -> dict[Protocol, SignedIn]:
    """Return what came of each protocol at Exchange Online with a token; nothing elsewhere."""
    if facts.target.credential is not Credential.TOKEN or not at_exchange(facts):
        return {}
    return {one.endpoint.protocol: one for one in outcomes(facts)}


def _values(facts: Facts, *found: SignedIn) -> dict[str, Value]:
    place = host_and_port(found[0].endpoint.subject) if found else {}
    return {
        **place,
        "user": facts.target.user,
        "address": facts.target.address,
        "protocols": " and ".join(dict.fromkeys(LABELS[one.endpoint.protocol] for one in found)),
    }


def _evidence(*found: SignedIn) -> tuple[int, ...]:
    return tuple(number for one in found for number in one.evidence)


def switched_off(facts: Facts) -> Iterator[Finding]:
    """One protocol opens the mailbox with the token, and another does not: the other is switched off."""
    found = _by_protocol(facts)
    for protocol, code, signs in (
        (Protocol.IMAP, "account/imap-switched-off", {"not-connected"}),
        (Protocol.POP3, "account/pop-switched-off", FAILED),
    ):
        one = found.get(protocol)
        if one is None or one.outcome not in signs:
            continue
        works = [other for other in found.values() if other.outcome == "works"]
        fetches = [other for other in works if other.endpoint.protocol is not Protocol.SMTP]
        if works:
            confidence: Confidence = "certain" if fetches else "likely"
            values = {**_values(facts, one), "works": _values(facts, *(fetches or works))["protocols"]}
            yield Finding(
                code=code,
                subject=one.endpoint.subject,
                evidence=_evidence(one, *works),
                values=values,
                confidence=confidence,
            )


def no_mailbox(facts: Facts) -> Iterator[Finding]:
    """IMAP says that the token is good, and no protocol opens anything with it."""
    found = _by_protocol(facts)
    imap, others = found.get(Protocol.IMAP), [one for one in found.values() if one.endpoint.protocol != Protocol.IMAP]
    failed = [one for one in others if one.outcome in FAILED]
    if imap is None or imap.outcome != "not-connected" or not failed or any(one.outcome == "works" for one in others):
        return
    whole = any(one.endpoint.protocol is Protocol.SMTP for one in failed)
    yield Finding(
        code="account/no-mailbox" if whole else "account/mailbox-not-opened",
        subject=facts.target.address,
        evidence=_evidence(imap, *failed),
        values=_values(facts, imap, *failed),
        confidence="likely" if whole else "certain",
    )


def refused_everywhere(facts: Facts) -> Iterator[Finding]:
    """Servers refuse the same credential in their general words, none takes it, and the token does not say why."""
    found = outcomes(facts)
    explained = {number for rule in token.RULES for finding in rule(facts) for number in finding.evidence}
    refused = [one for one in found if one.outcome == "refused" and explained.isdisjoint(one.evidence)]
    told = any(one.outcome in {"works", "not-connected"} for one in found)
    if len(refused) < 2 or told:  # noqa: PLR2004  one alone is told by its own finding
        return
    seen = read_token(facts)
    held = "access token" if facts.target.credential is Credential.TOKEN else "password"
    yield Finding(
        code="sign-in/refused-everywhere",
        subject=facts.target.address,
        evidence=((seen.number,) if seen else ()) + _evidence(*refused),
        values={**_values(facts, *refused), "credential": held},
    )
