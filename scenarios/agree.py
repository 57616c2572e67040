"""One case on two stages: where their verdicts part."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.play import Outcome


def disagreements(one: Outcome, other: Outcome) -> Iterator[str]:
    """Say in what two plays of one case and its steps differ: state, causes and symptoms, each with its subject."""
    for number, (first, second) in enumerate(zip((one, *one.then), (other, *other.then), strict=True)):
        at = f"then {number}: " if number else ""
        if first.verdict.state != second.verdict.state:
            yield f"{at}{first.verdict.state} on one stage, {second.verdict.state} on the other"
        for kind, ours, theirs in zip(("cause", "symptom"), _told(first), _told(second), strict=True):
            for code, subject in sorted(ours ^ theirs):
                yield f"{at}{kind} {code} at {subject} on one stage only"


def _told(played: Outcome) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    verdict = played.verdict
    return (
        {(finding.code, finding.subject) for finding in verdict.causes},
        {(symptom.finding.code, symptom.finding.subject) for symptom in verdict.symptoms},
    )
