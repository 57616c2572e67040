"""What of two faults at once is to be seen: the causes of both, less what one of them hides of the other.

The tool itself says what explains what (the ``explains`` of a page), and which stage of a path was not reached. The
world does the rest: of two devices on one path the one nearer to the client answers, one that answers itself hides the
server, a part of the proof may be gone where the other fault is seen, and what sums several places up may be told place
by place where one of them has another fault. Each of these is asked of the two verdicts and of the world; nothing here
knows a finding by its name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diag.catalogue import NoPageError, page
from diag.judge import explains, reaches
from diag.model.actions import HttpExchange
from diag.model.finding import covers
from diag.model.tenant import TenantRead
from diag.stages import order, stage_of
from fakes.stages.devices import answered, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diag.model.finding import Finding
    from diag.model.measurement import Observation
    from diag.model.target import Endpoint
    from diag.model.verdict import StageName
    from scenarios.model import Case
    from scenarios.play import Played

_STAMPS = re.compile(r"\[.*?\]|\d+")


def astray(both: Played, alone: tuple[Played, Played]) -> Iterator[str]:
    """Say what in the verdict over two differences is neither the sum of the two nor documented dominance."""
    causes = [(finding, played) for played in alone for finding in played.verdict.causes]
    union = {(finding.code, finding.subject): (finding, played) for finding, played in causes}
    seen = {(finding.code, finding.subject) for finding in both.verdict.causes}
    told = seen | {(symptom.finding.code, symptom.finding.subject) for symptom in both.verdict.symptoms}
    missing = [pair for key, pair in union.items() if key not in told]
    for finding, played in missing:
        hidden = any(hides(finding, played, both) for hides in (_hidden, _overlaid, _unanswered, _in_parts))
        if not hidden and not _said(finding, both) and not _shadowed(finding, alone):
            yield f"{finding.code} at {finding.subject} is missing"
    symptoms = {(item.finding.code, item.finding.subject) for played in alone for item in played.verdict.symptoms}
    untold = [finding for finding, _ in missing]
    for finding in both.verdict.causes:
        # What was a symptom stands alone where the other difference hides its cause.
        known = (finding.code, finding.subject) in {*union, *symptoms} or _sums_up(finding, {code for code, _ in union})
        known = known or any(_laid_bare(finding, played.verdict.causes, untold) for played in alone)
        # What is left to be seen of a cause that could not be concluded in full is none that is not there.
        if not known and not any(explains(cause, finding, both.measurement) for cause in untold):
            yield f"{finding.code} at {finding.subject} is blamed"
    if both.verdict.unexplained and not any(played.verdict.unexplained for played in alone):
        yield f"unexplained: {' '.join(map(str, both.verdict.unexplained))}"


def _laid_bare(finding: Finding, causes: Iterable[Finding], untold: list[Finding]) -> bool:
    """Tell whether a case has ``finding`` elsewhere, and a cause of its own kept it from being seen here until now."""
    elsewhere = any(cause.code == finding.code for cause in causes)
    return elsewhere and any(cause in untold and covers(cause.subject, finding.subject) for cause in causes)


def _hidden(finding: Finding, alone: Played, both: Played) -> bool:
    """Tell whether the stage that shows ``finding`` was not reached on any path that it concerns.

    A path that is not there at all was not found by its names, so none of its stages was reached.
    """
    states = {path.subject: {stage.name: stage.state for stage in path.stages} for path in both.verdict.paths}
    concerned = [
        states.get(endpoint.subject, {}).get(stage, "not-reached")
        for endpoint in alone.measurement.target.endpoints
        if reaches(finding.subject, endpoint.subject, both.measurement)
        for stage in [_stage(finding, alone, endpoint)]
        if stage is not None
    ]
    return bool(concerned) and set(concerned) == {"not-reached"}


def _overlaid(finding: Finding, alone: Played, both: Played) -> bool:
    """Tell whether a part of the proof of ``finding`` is gone where a cause is told that is no cause of its own case.

    The place of a proof is where it was seen, or the step that it rested upon.
    """
    own = {(item.code, item.subject) for item in alone.verdict.causes}
    foreign = [cause.subject for cause in both.verdict.causes if (cause.code, cause.subject) not in own]
    here = {_likeness(item) for item in both.measurement.observations}
    there = {item.number: item for item in alone.measurement.observations}
    gone = [there[number] for number in finding.evidence if number in there and _likeness(there[number]) not in here]
    rested = [there[number] for item in gone for number in item.after if number in there]
    return any(reaches(place, item.subject, both.measurement) for item in (*gone, *rested) for place in foreign)


def _likeness(item: Observation) -> tuple[object, ...]:
    """Return what two observations of the same fault have in common; numbers and stamps in replies differ."""
    action, failure = item.action, item.failure
    text = _STAMPS.sub("", str(getattr(action, "text", "")))
    details = (
        getattr(action, name, None) for name in ("purpose", "way", "role", "version", "address", "tenant", "user")
    )
    shown = [(item.issuer, item.extensions) for item in getattr(action, "chain", ())]
    shown += [(item.store, item.trusted) for item in getattr(action, "stores", ())]
    return (action.kind, item.subject, failure and failure.code, failure and failure.number, text, *details, *shown)


def _stage(finding: Finding, alone: Played, endpoint: Endpoint) -> StageName | None:
    """Return the last stage of the path to ``endpoint`` at which ``finding`` was seen where it was alone."""
    observations = {item.number: item for item in alone.measurement.observations}
    seen = {stage_of(observations[number], endpoint) for number in finding.evidence}
    pages = any(isinstance(observations[number].action, HttpExchange) for number in finding.evidence)
    if finding.code.startswith("tls/") or (pages and finding.subject == endpoint.subject):
        seen.add("tls")  # trials beside the handshake, and pages that are read inside it, lie on no path
    return next((stage for stage in reversed(order(endpoint)) if stage in seen), None)


def _unanswered(finding: Finding, alone: Played, both: Played) -> bool:
    """Tell whether a question to the tenant that ``finding`` rests upon was not asked here, or found nothing here."""
    reads = [item.action for item in alone.measurement.observations if item.number in finding.evidence]
    here = {(item.action.asks, item.action.about): item.action.exists for item in both.measurement.observations
            if isinstance(item.action, TenantRead)}  # fmt: skip
    return any(
        (read.asks, read.about) not in here or (read.found and not here[read.asks, read.about])
        for read in reads
        if isinstance(read, TenantRead)
    )


def _said(finding: Finding, both: Played) -> bool:
    """Tell whether the page of a cause says that it explains ``finding``, which the rule then need not say."""
    return any(_sums_up(cause, {finding.code}) for cause in both.verdict.causes)


def _shadowed(finding: Finding, alone: tuple[Played, Played]) -> bool:
    """Tell whether a device nearer to the client answers on the path of ``finding``, which lies behind it.

    Behind the first of two devices lies the second, and behind a device that answers itself the server.
    """
    for own, other, farther in ((alone[0], alone[1], False), (alone[1], alone[0], True)):
        if any(finding is seen for seen in own.verdict.causes):
            second = farther and all("path" in played.case.parts.world.but for played in alone)
            behind = second or ("services" in own.case.parts.world.but and _answered(other.case, finding))
            return behind and any(covers(finding.subject, seen.subject) for seen in other.verdict.causes)
    return False


def _answered(case: Case, finding: Finding) -> bool:
    """Tell whether a device of ``case`` answers in place of the server that ``finding`` is about."""
    firewalls = (hop.firewall for hop in case.declaration.path if hop.firewall is not None)
    ports = {str(port) for firewall in firewalls for port in (*answered(firewall), *refused(firewall))}
    return finding.subject.rpartition(":")[2] in ports


def _in_parts(finding: Finding, alone: Played, both: Played) -> bool:
    """Tell whether what ``finding`` sums up is told place by place, since another fault hides a part of it."""
    told = {(cause.code, cause.subject) for cause in both.verdict.causes}
    parts = [symptom.finding for symptom in alone.verdict.symptoms if symptom.because == finding.code]
    return any((part.code, part.subject) in told for part in parts) and all(
        part.subject != finding.subject and any(covers(part.subject, subject) for _, subject in told) for part in parts
    )


def _sums_up(finding: Finding, codes: set[str]) -> bool:
    """Tell whether the page of ``finding`` says that it explains one of ``codes``: one cause in place of several."""
    try:
        found = page(finding.code)
    except NoPageError:
        return False
    return any(found.explains_code(code) for code in codes)
