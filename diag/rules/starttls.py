"""What becomes of STARTTLS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diag.model.actions import Dialogue
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules import ways
from diag.rules.facts import LABELS, host_and_port
from diag.wire.issuers import service_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

_MASK = re.compile(r"X{3,}[A-Z]?\Z")
"""What Cisco's ESMTP inspection leaves of a capability (Cisco document 113423)."""
_ACCEPTED = {"OK", "+OK", "220"}


def _requests(facts: Facts, *codes: FailureCode) -> Iterator[Seen[Dialogue]]:
    for seen in facts.failed(Dialogue, *codes):
        if seen.action.purpose == "starttls":
            yield seen


def _before(facts: Facts, seen: Seen[Dialogue]) -> list[Seen[Dialogue]]:
    return [item for item in facts.of(Dialogue, seen.subject) if item.number < seen.number]


def overwritten(facts: Facts, seen: Seen[Dialogue]) -> list[Seen[Dialogue]]:
    """Return what was said before in asterisks, which is what Cisco's inspection leaves of a greeting."""
    return [item for item in _before(facts, seen) if "****" in (item.action.text or "")]


def not_offered(facts: Facts) -> Iterator[Finding]:
    """STARTTLS is not announced. What the server answers to it all the same tells whether somebody deleted it."""
    for seen in _requests(facts, FailureCode.CAPABILITY_MISSING):
        before = _before(facts, seen)
        evidence = (*(item.number for item in before), seen.number)
        values = {
            **host_and_port(seen.subject),
            "protocol": LABELS[seen.action.protocol],
            "offered": ", ".join(seen.action.capabilities) or "nothing",
            "answer": f"{seen.action.status or ''} {seen.action.text or ''}".strip() or "nothing",
        }
        if overwritten(facts, seen) or any(_MASK.match(word) for word in seen.action.capabilities):
            yield Finding(code="starttls/masked", subject=seen.subject, evidence=evidence, values=values)
        elif seen.action.status in _ACCEPTED:
            yield Finding(code="starttls/stripped", subject=seen.subject, evidence=evidence, values=values)
        elif seen.action.status and service_of(str(values["host"])):
            at = ways.told(facts, seen.subject, service_of(str(values["host"])))
            yield _blocked(seen, evidence, {**values, "announced": "was not announced"}, at)
        else:
            yield Finding(code="starttls/not-offered", subject=seen.subject, evidence=evidence, values=values)


def refused(facts: Facts) -> Iterator[Finding]:
    """STARTTLS is announced and refused."""
    for seen in _requests(facts, FailureCode.REPLY_REFUSED):
        values = {
            **host_and_port(seen.subject),
            "answer": f"{seen.action.status} {seen.action.text}",
            "protocol": LABELS[seen.action.protocol],
        }
        at = ways.told(facts, seen.subject, service_of(str(values["host"])))
        if at.on_the_way:
            yield _blocked(seen, (seen.number,), {**values, "announced": "was announced"}, at)
        else:
            evidence = (seen.number, *at.evidence)
            values["told_by"] = at.by
            yield Finding(code="starttls/refused", subject=seen.subject, evidence=evidence, values=values)


def _blocked(seen: Seen[Dialogue], evidence: tuple[int, ...], values: Mapping[str, Value], at: ways.Told) -> Finding:
    """Conclude that the network refuses what the server takes, as is known of it or seen on another way: likely."""
    whole = {**values, "service": service_of(str(values["host"])) or "the server", "told_by": at.by}
    return Finding(
        code="starttls/blocked",
        subject=seen.subject,
        evidence=(*evidence, *at.evidence),
        values=whole,
        confidence="likely",
    )


def injected(facts: Facts) -> Iterator[Finding]:
    """Plaintext follows the answer to STARTTLS, where TLS has to begin."""
    for seen in _requests(facts, FailureCode.PLAINTEXT_AFTER_STARTTLS):
        detail = seen.failure.detail if seen.failure else ""
        place = host_and_port(seen.subject)
        at = ways.told(facts, seen.subject, service_of(str(place["host"])))
        values: dict[str, Value] = {
            **place,
            "injected": detail,
            "protocol": LABELS[seen.action.protocol],
            "told_by": at.by,
            "who": "network admin" if at.on_the_way else "mail admin",
        }
        evidence = (seen.number, *at.evidence)
        yield Finding(code="starttls/plaintext-injected", subject=seen.subject, evidence=evidence, values=values)
