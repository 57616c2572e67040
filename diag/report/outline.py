"""A report as parts in order, before it takes a form: what every form says, in the same words.

Texts here are plain; each form escapes them for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag import catalogue
from diag.report.words import describe
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from diag.model.finding import Finding
    from diag.model.measurement import Measurement, Observation
    from diag.model.verdict import GuideState, GuideStep, PathState, State, Verdict

WORDS: dict[State, str] = {"works": "WORKS", "impaired": "IMPAIRED", "broken": "BROKEN", "unclear": "UNCLEAR"}
SENTENCES: dict[State, str] = {
    "works": "everything that was tested works",
    "impaired": "mail flows, but something needs attention",
    "broken": "",
    "unclear": "no cause can be named for what failed",
}
GUIDE: dict[GuideState, str] = {
    "fulfilled": "fulfilled",
    "not-needed": "not needed",
    "missing": "missing",
    "waiting": "wait",
    "unknown": "could not tell",
    "not-tested": "not tested",
}
ADVICE = ("Why", "What to do", "How to be sure")
LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause with its proof and, where it is the first of its code, what is to be done."""

    number: int
    code: str
    subject: str
    confidence: str
    summary: str
    who: str
    evidence: tuple[str, ...]
    advice: tuple[tuple[str, str], ...] = ()
    """Headings with the Markdown of the page, filled in."""
    references: tuple[str, ...] = ()
    explained_in: int | None = None
    """The number of an earlier cause that says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """All parts of a report."""

    word: str
    state: State
    sentence: str
    facts: str
    remarks: tuple[str, ...]
    """What the options changed."""
    paths: tuple[PathState, ...]
    guide: tuple[GuideStep, ...]
    causes: tuple[Cause, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    """Titles with their lines: what follows from the causes, what is worth knowing, what stays open."""


def outline(verdict: Verdict, measurement: Measurement) -> Outline:
    """Put a report together."""
    target = measurement.target
    took = max((item.began + (item.took or 0.0) for item in measurement.observations), default=0.0)
    by_number = {item.number: item for item in measurement.observations}
    return Outline(
        word=WORDS[verdict.state],
        state=verdict.state,
        sentence=escape(sentence(verdict), LONGEST),
        facts=escape(f"{target.address}, {target.provider}, {len(measurement.observations)} steps in {took:.2f} s"),
        remarks=tuple(escape(note) for note in target.notes),
        paths=verdict.paths,
        guide=verdict.guide,
        causes=tuple(_causes(verdict, by_number)),
        lists=tuple(_lists(verdict, by_number)),
    )


def sentence(verdict: Verdict) -> str:
    """Say the verdict in one sentence."""
    if verdict.causes and verdict.state in {"broken", "impaired"}:
        first = verdict.causes[0]
        more = len(verdict.causes) - 1
        rest = f" And {more} more cause{'s' if more > 1 else ''}, see below." if more else ""
        return catalogue.fill(summary(first), first.values) + rest
    if verdict.state == "works" and not verdict.paths:
        guided = "every step of the guide that the tenant can tell of is fulfilled; nothing was dialled"
        return guided if verdict.guide else "nothing is wrong in the definition; nothing was dialled"
    if verdict.state == "works" and any("no credential" in text for text in verdict.not_tested):
        return "everything up to the sign-in works; the sign-in itself was not tested"
    untold = [step for step in verdict.guide if step.state == "unknown"]
    if verdict.state == "unclear" and untold:
        steps = ", ".join(str(step.number) for step in untold)
        return f"nothing wrong was found, but {'step' if len(untold) == 1 else 'steps'} {steps} could not be told"
    return SENTENCES[verdict.state]


def summary(finding: Finding) -> str:
    """Return the first sentence about a finding; one of another package may have no page."""
    try:
        return catalogue.page(finding.code).summary
    except catalogue.NoPageError:
        return f"{finding.code} at {finding.subject}"


def _causes(verdict: Verdict, by_number: Mapping[int, Observation]) -> Iterator[Cause]:
    explained: dict[str, int] = {}
    for number, finding in enumerate(verdict.causes, 1):
        try:
            page = catalogue.page(finding.code)
        except catalogue.NoPageError:
            page = None
        earlier = explained.get(finding.code)
        explained.setdefault(finding.code, number)
        shown = page if earlier is None else None
        sections = [(head, catalogue.fill(shown.sections[head], finding.values)) for head in ADVICE] if shown else []
        yield Cause(
            number=number,
            code=finding.code,
            subject=escape(finding.subject),
            confidence=finding.confidence,
            summary=escape(catalogue.fill(summary(finding), finding.values), LONGEST),
            who=page.who if page else "",
            evidence=tuple(f"#{key} {describe(by_number[key])}" for key in finding.evidence if key in by_number),
            advice=tuple(sections),
            references=shown.references if shown else (),
            explained_in=earlier,
        )


def _lists(verdict: Verdict, by_number: Mapping[int, Observation]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the lists that are not empty."""
    parts = {
        "Follows from the above": [
            f"{symptom.finding.code} at {symptom.finding.subject} (because of {symptom.because})"
            for symptom in verdict.symptoms
        ],
        "Worth knowing": [catalogue.fill(summary(finding), finding.values) for finding in verdict.notes],
        "Not explained": [f"#{key} {describe(by_number[key])}" for key in verdict.unexplained if key in by_number],
        "Not tested": list(verdict.not_tested),
    }
    for title, lines in parts.items():
        if lines:
            yield title, tuple(escape(line, LONGEST) for line in lines)


def clean(text: str, limit: int = 4000) -> str:
    """Make the Markdown of a page harmless line by line, since the values in it may come from a server."""
    return "\n".join(escape(line, limit) for line in text.splitlines())
