"""What the check says of itself: that it met something unknown, or did not come to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.failure import UNFINISHED, FailureCode
from diag.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.rules.facts import Facts


def unclassified(facts: Facts) -> Iterator[Finding]:
    """A step failed in a way that the closed list does not have."""
    for observation in facts.measurement.observations:
        if observation.failure and observation.failure.code is FailureCode.UNCLASSIFIED:
            values = {"detail": observation.failure.detail, "step": observation.action.kind}
            evidence = (observation.number,)
            yield Finding(
                code="check/failure-unclassified", subject=observation.subject, evidence=evidence, values=values
            )


def incomplete(facts: Facts) -> Iterator[Finding]:
    """The check was ended before it was over."""
    if not facts.measurement.complete:
        ended = [item for item in facts.measurement.observations if item.failure and item.failure.code in UNFINISHED]
        late = any(item.failure and item.failure.code is FailureCode.MAX_TIME for item in ended)
        values = {"why": "its time was over (--max-time)" if late else "it was interrupted", "steps": len(ended)}
        yield Finding(
            code="check/incomplete",
            subject=facts.target.address,
            evidence=tuple(item.number for item in ended),
            values=values,
        )
