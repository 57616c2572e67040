"""What becomes of STARTTLS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diag.model.actions import Dialogue
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules.facts import LABELS, host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.rules.facts import Facts, Seen

_MASK = re.compile(r"X{3,}[A-Z]?\Z")
"""What Cisco's ESMTP inspection leaves of a capability (Cisco document 113423)."""
_ACCEPTED = {"OK", "+OK", "220"}


def _requests(facts: Facts, *codes: FailureCode) -> Iterator[Seen[Dialogue]]:
    for seen in facts.failed(Dialogue, *codes):
        if seen.action.purpose == "starttls":
            yield seen


def not_offered(facts: Facts) -> Iterator[Finding]:
    """STARTTLS is not announced. What the server answers to it all the same tells whether somebody deleted it."""
    for seen in _requests(facts, FailureCode.CAPABILITY_MISSING):
        greetings = [item for item in facts.of(Dialogue, seen.subject) if item.number < seen.number]
        evidence = (*(item.number for item in greetings), seen.number)
        values = {
            **host_and_port(seen.subject),
            "protocol": LABELS[seen.action.protocol],
            "offered": ", ".join(seen.action.capabilities) or "nothing",
            "answer": f"{seen.action.status or ''} {seen.action.text or ''}".strip() or "nothing",
        }
        stars = any("****" in (item.action.text or "") for item in greetings)
        if stars or any(_MASK.match(word) for word in seen.action.capabilities):
            yield Finding(code="starttls/masked", subject=seen.subject, evidence=evidence, values=values)
        elif seen.action.status in _ACCEPTED:
            yield Finding(code="starttls/stripped", subject=seen.subject, evidence=evidence, values=values)
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
        yield Finding(code="starttls/refused", subject=seen.subject, evidence=(seen.number,), values=values)


def injected(facts: Facts) -> Iterator[Finding]:
    """Plaintext follows the answer to STARTTLS, where TLS has to begin."""
    for seen in _requests(facts, FailureCode.PLAINTEXT_AFTER_STARTTLS):
        detail = seen.failure.detail if seen.failure else ""
        values = {**host_and_port(seen.subject), "injected": detail, "protocol": LABELS[seen.action.protocol]}
        yield Finding(code="starttls/plaintext-injected", subject=seen.subject, evidence=(seen.number,), values=values)
