"""A report as parts in order, before it takes a form: what every form says, in the same words.

Texts here are plain; each form escapes them for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag import catalogue, clouds
from diag.model.actions import TcpConnect, Trial
from diag.report.words import describe, failed
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
NOTHING = "nothing could be asked, for want of a Microsoft 365 tenant or of a token to read it with"
GUIDE: dict[GuideState, str] = {
    "fulfilled": "fulfilled",
    "not-needed": "not needed",
    "missing": "missing",
    "waiting": "wait",
    "unknown": "could not tell",
    "not-tested": "not tested",
}
HAPPENED = "What happened"
ADVICE = ("Why", "What to do", "How to be sure")
PLACE = ("host", "port", "address")
"""Values by which two causes may differ and still be told of in the same words."""
LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause with its proof and what is to be done, but for what an earlier cause says in the same words."""

    number: int
    code: str
    subject: str
    confidence: str
    summary: str
    who: str
    happened: str
    """What was done and what came back, as Markdown."""
    evidence: tuple[str, ...]
    weighty: tuple[int, ...] = ()
    """Which of ``evidence`` to show where there is no room for all: of each kind of step the first."""
    advice: tuple[tuple[str, str], ...] = ()
    """Headings with the Markdown of the page, filled in."""
    references: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()
    """Sentences that name the earlier cause in which the headings that are left out stand."""


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
        lists=tuple(_lists(verdict, measurement, by_number)),
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
    if verdict.state == "unclear" and not (verdict.paths or verdict.guide or verdict.unexplained or verdict.notes):
        return NOTHING
    return SENTENCES[verdict.state]


def summary(finding: Finding) -> str:
    """Return the first sentence about a finding; one of another package may have no page."""
    try:
        return catalogue.page(finding.code).summary
    except catalogue.NoPageError:
        return f"{finding.code} at {finding.subject}"


def _causes(verdict: Verdict, by_number: Mapping[int, Observation]) -> Iterator[Cause]:
    told: dict[tuple[str, str, str], int] = {}
    for number, finding in enumerate(verdict.causes, 1):
        try:
            page = catalogue.page(finding.code)
        except catalogue.NoPageError:
            page = None
        advice: list[tuple[str, str]] = []
        again: dict[int, list[str]] = {}
        for heading in ADVICE if page else ():
            text = page.sections[heading] if page else ""
            first = told.setdefault((finding.code, heading, _elsewhere(text, finding)), number)
            if first == number:
                advice.append((heading, catalogue.fill(text, finding.values)))
            else:
                again.setdefault(first, []).append(heading)
        seen = [by_number[key] for key in finding.evidence if key in by_number]
        yield Cause(
            number=number,
            code=finding.code,
            subject=escape(finding.subject),
            confidence=finding.confidence,
            summary=escape(catalogue.fill(summary(finding), finding.values), LONGEST),
            who=catalogue.who(page, finding.values) if page else "",
            happened=catalogue.fill(page.sections[HAPPENED], finding.values) if page else "",
            evidence=tuple(f"#{item.number} {describe(item)}" for item in seen),
            weighty=_weighty(seen),
            advice=tuple(advice),
            references=page.references if page and not again else (),
            repeats=tuple(f"{_joined(headings)}: as in {first}." for first, headings in again.items()),
        )


def _elsewhere(text: str, finding: Finding) -> str:
    """Return what a page would say of the same finding at a place without a name."""
    host = str(finding.values.get("host") or "\0")
    values = {
        key: value.replace(host, "-") if isinstance(value, str) else value for key, value in finding.values.items()
    }
    return catalogue.fill(text, {**values, **dict.fromkeys(PLACE, "-")})


def _weighty(seen: Sequence[Observation]) -> tuple[int, ...]:
    """Return the places of those that differ in kind from all before them."""
    first: dict[tuple[object, ...], int] = {}
    for at, item in enumerate(seen):
        action = item.action
        kind = tuple(getattr(action, name, None) for name in ("kind", "role", "purpose", "way"))
        first.setdefault((*kind, item.failure.code if item.failure else None), at)
    return tuple(first.values())


def _joined(headings: list[str]) -> str:
    words = [headings[0], *(heading[:1].lower() + heading[1:] for heading in headings[1:])]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _lists(
    verdict: Verdict, measurement: Measurement, by_number: Mapping[int, Observation]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the lists that are not empty."""
    parts = {
        "Follows from the above": [
            f"{symptom.finding.code} at {symptom.finding.subject} (because of {symptom.because})"
            for symptom in verdict.symptoms
        ],
        "Worth knowing": [catalogue.fill(summary(finding), finding.values) for finding in verdict.notes],
        "Not explained": [f"#{key} {describe(by_number[key])}" for key in verdict.unexplained if key in by_number],
        "Not tested": list(verdict.not_tested),
        "Connected to for comparison": _compared(measurement),
        "Connected to for the sign-in page": [", ".join(hosts)] if (hosts := _page_hosts(measurement)) else [],
    }
    for title, lines in parts.items():
        if lines:
            yield title, tuple(escape(line, LONGEST) for line in lines)


def _compared(measurement: Measurement) -> list[str]:
    """Name the places outside the check itself that were connected to, so that nobody wonders about them in a log."""
    own = {endpoint.subject for endpoint in measurement.target.endpoints}
    own |= set(_page_hosts(measurement))
    found: dict[str, list[Observation]] = {}
    for item in measurement.observations:
        if isinstance(item.action, Trial) and item.action.port is not None:
            found.setdefault(f"{item.action.server_name}:{item.action.port}", []).append(item)
        if not isinstance(item.action, TcpConnect) or item.subject in own:
            continue
        if item.action.role in {"control", "nowhere"}:
            found.setdefault(item.subject, []).append(item)
    return [f"{place}: {_opened(tried)}" for place, tried in found.items()]


def _page_hosts(measurement: Measurement) -> list[str]:
    """Name the further hosts of the sign-in page that were connected to; that one could not be is a finding."""
    known = {f"{host}:443" for cloud in clouds.clouds() for host in cloud.page}
    tried = dict.fromkeys(item.subject for item in measurement.observations if isinstance(item.action, TcpConnect))
    return sorted(known & set(tried))


def _opened(tried: list[Observation]) -> str:
    ends = [failed(item.failure, item) if item.failure else "open" for item in tried]
    return "open" if "open" in ends else ends[0]


def clean(text: str, limit: int = 4000) -> str:
    """Make the Markdown of a page harmless line by line, since the values in it may come from a server."""
    return "\n".join(escape(line, limit) for line in text.splitlines())
