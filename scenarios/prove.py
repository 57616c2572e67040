"""Proof that the diagnosis follows the fault and nothing else, over all cases and not only those written by hand.

Five proofs, each with a score that must be whole: a difference taken away gives ``works``; another in its place gives
the other's causes; two at once give the causes of both, less those that documented dominance hides; what was measured,
recorded as a case and played again, gives the causes of the case and the same recording; and what is done about a case
has the outcome that it promises. Dominance is what the tool itself says (a page that explains a finding, a stage of the
path that an earlier fault kept from being seen) or the world does: of two devices on one path the one nearer to the
client answers, and one that answers itself hides the server. What sums several places up may be told place by place
where one of them has another fault. Nothing here has a list of exceptions.
"""

from __future__ import annotations

import difflib
import tempfile
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from diag.catalogue import NoPageError, page
from diag.model.actions import HttpExchange
from diag.model.finding import covers
from diag.model.tenant import TenantRead
from diag.stages import order, stage_of
from fakes.stages.devices import answered
from scenarios import vary
from scenarios.load import load
from scenarios.play import play_all
from scenarios.recording import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diag.model.finding import Finding
    from diag.model.target import Endpoint
    from diag.model.verdict import StageName, Verdict
    from scenarios.model import Case
    from scenarios.play import Played
    from scenarios.recording import Recording


@dataclass(slots=True, kw_only=True)
class Score:
    """How many were tried, what did not hold, and how many could not be made, by the reason."""

    name: str
    tried: int = 0
    wrong: list[str] = field(default_factory=list)
    impossible: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Write it as one line."""
        held = self.tried - len(self.wrong)
        share = 100 * held / self.tried if self.tried else 100.0
        left = ", ".join(f"{count} {reason}" for reason, count in self.impossible.items())
        line = f"{self.name:12} {held:6} of {self.tried:6} hold, {share:5.1f} %"
        return f"{line}   (left out: {left})" if left else line

    def leave(self, reason: str) -> None:
        """Count one that cannot be made."""
        self.impossible[reason] = self.impossible.get(reason, 0) + 1


def faulty(cases: Iterable[Case]) -> list[Case]:
    """Return the cases that have a cause."""
    return [case for case in cases if case.parts.expect.causes]


async def removals(cases: Iterable[Case]) -> Score:
    """Take the difference away from each case; ``works`` must come out, without a cause."""
    score = Score(name="removal")
    async for played in play_all(vary.removed(case) for case in faulty(cases)):
        score.tried += 1
        if played.verdict.state != "works" or played.verdict.causes:
            score.wrong.append(f"{played.case.name}: {_told(played.verdict)}")
    return score


async def replacements(cases: Iterable[Case]) -> Score:
    """Put another difference in place of each case's; the causes of the other must come out, and only they."""
    score = Score(name="replacement")
    made: dict[str, tuple[Case, Case]] = {}
    for group in vary.groups(faulty(cases)):
        for at, case in enumerate(group):
            donor = _donor(case, group[at + 1 :] + group[:at])
            if donor is None:
                score.leave("without another case of the same check")
            else:
                variant = vary.replaced(case, donor)
                made[variant.name] = (variant, donor)
    async for played in play_all(variant for variant, _ in made.values()):
        score.tried += 1
        donor = made[played.case.name][1]
        if {finding.code for finding in played.verdict.causes} != set(donor.parts.expect.causes):
            score.wrong.append(f"{played.case.name}: {_told(played.verdict)}")
    return score


def _donor(case: Case, others: Iterable[Case]) -> Case | None:
    """Choose the first other case of the same check that has no cause in common with ``case``."""
    own = set(case.parts.expect.causes)
    for other in others:
        same = other.parts.check.protocols == case.parts.check.protocols
        if same and not own & set(other.parts.expect.causes):
            return other
    return None


async def pairs(cases: Iterable[Case], *, every: int = 1) -> Score:
    """Join the differences of every two cases that one world and one check can hold; of these, one in ``every``.

    Each of the two is first played alone under the check of the pair: that is what it comes to.
    """
    score = Score(name="pairs")
    chosen = [group for group in vary.groups(_distinct(faulty(cases))) if len(group) > 1]
    each = (vary.whole(case) for group in chosen for case in group)
    alone = {played.case.name: played async for played in play_all(each)}
    score.wrong += [f"{name} alone: {' '.join(codes)} missing" for name in alone if (codes := _not_told(alone[name]))]
    made: dict[str, tuple[Case, Played, Played]] = {}
    two_of_each = (two for group in chosen for two in combinations(group, 2))
    for number, (one, other) in enumerate(two_of_each):
        if number % every:
            continue
        try:
            variant = vary.joined(one, other)
        except vary.ContradictionError:
            score.leave("that contradict each other")
        except vary.SameWorldError:
            score.leave("of which one holds the other")
        else:
            made[variant.name] = (variant, alone[one.name], alone[other.name])
    async for played in play_all(variant for variant, _, _ in made.values()):
        score.tried += 1
        wrong = list(_astray(played, made[played.case.name][1:]))
        if wrong:
            score.wrong.append(f"{played.case.name}: {'; '.join(wrong)}")
    return score


async def round_trips(cases: Iterable[Case]) -> Score:
    """Record each case from what is measured in it; the recording must play to the same verdict, and to itself."""
    score = Score(name="round-trip")
    once = [played async for played in play_all(replace(case, then=()) for case in cases)]
    with tempfile.TemporaryDirectory(prefix="maildiag-") as folder:
        made = {_written(folder, played): played for played in once}
        async for again in play_all(load(file) for file in made):
            score.tried += 1
            first = made[again.case.file]
            expect = first.case.parts.expect
            if (again.verdict.state, _codes(again.verdict)) != (expect.state, set(expect.causes)):
                score.wrong.append(f"{first.case.name} recorded: {_told(again.verdict)}")
            elif changed := _changed(record(first.measurement), record(again.measurement)):
                score.wrong.append(f"{first.case.name}: recording the recorded case gives another file: {changed}")
    return score


async def remedies(cases: Iterable[Case]) -> Score:
    """Play what is done after the verdict of each case that goes on; each step must come to what it says."""
    score = Score(name="remedy")
    async for played in play_all(case for case in cases if case.then):
        score.tried += 1
        score.wrong += [f"{played.case.name}: {text}" for text in played.differences if text.startswith("then ")]
    return score


def _written(folder: str, played: Played) -> str:
    """Record what was measured in a case, and return the name of the file."""
    file = Path(folder, f"{played.case.name.replace('/', '_')}.yaml")
    file.write_text(record(played.measurement).text, encoding="utf-8")
    return str(file)


def _changed(first: Recording, again: Recording) -> str:
    """Return the lines of two recordings that differ."""
    before, after = ([*recording.text.splitlines(), *recording.left_out] for recording in (first, again))
    changed = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]  # after the names of the files
    return " ".join(line for line in changed if not line.startswith("@@"))


def _not_told(played: Played) -> list[str]:
    """Return the causes of a case that do not come out, under the check of all protocols, even as a symptom."""
    symptoms = {symptom.finding.code for symptom in played.verdict.symptoms}
    return sorted(set(played.case.parts.expect.causes) - _codes(played.verdict) - symptoms)


def _codes(verdict: Verdict) -> set[str]:
    return {finding.code for finding in verdict.causes}


def _distinct(cases: Iterable[Case]) -> list[Case]:
    """Keep one case of each set of causes in each world, check and set of protocols."""
    kept: dict[object, Case] = {}
    for case in cases:
        parts = case.parts
        key = (parts.world.like, repr(vary.of_check(case)), parts.check.protocols, frozenset(parts.expect.causes))
        kept.setdefault(key, case)
    return list(kept.values())


def _astray(both: Played, alone: tuple[Played, Played]) -> Iterator[str]:
    """Say what in the verdict over two differences is neither the sum of the two nor documented dominance."""
    causes = [(finding, played) for played in alone for finding in played.verdict.causes]
    union = {(finding.code, finding.subject): (finding, played) for finding, played in causes}
    seen = {(finding.code, finding.subject) for finding in both.verdict.causes}
    told = seen | {(symptom.finding.code, symptom.finding.subject) for symptom in both.verdict.symptoms}
    for key, (finding, played) in union.items():
        hidden = any(hides(finding, played, both) for hides in (_hidden, _unanswered, _in_parts))
        if key not in told and not hidden and not _said(finding, both) and not _shadowed(finding, alone):
            yield f"{finding.code} at {finding.subject} is missing"
    symptoms = {(item.finding.code, item.finding.subject) for played in alone for item in played.verdict.symptoms}
    untold = [finding for key, (finding, _) in union.items() if key not in told]
    for finding in both.verdict.causes:
        # What was a symptom stands alone where the other difference hides its cause.
        known = (finding.code, finding.subject) in {*union, *symptoms} or _sums_up(finding, {code for code, _ in union})
        known = known or any(_laid_bare(finding, played.verdict.causes, untold) for played in alone)
        if not known and not any(_shows(cause, finding, both) for cause in untold):
            yield f"{finding.code} at {finding.subject} is blamed"
    if both.verdict.unexplained and not any(played.verdict.unexplained for played in alone):
        yield f"unexplained: {' '.join(map(str, both.verdict.unexplained))}"


def _laid_bare(finding: Finding, causes: Iterable[Finding], untold: list[Finding]) -> bool:
    """Tell whether a case has ``finding`` elsewhere, and a cause of its own kept it from being seen here until now."""
    elsewhere = any(cause.code == finding.code for cause in causes)
    return elsewhere and any(cause in untold and covers(cause.subject, finding.subject) for cause in causes)


def _hidden(finding: Finding, alone: Played, both: Played) -> bool:
    """Tell whether the stage that shows ``finding`` was kept from being seen on every path that it concerns.

    A path that is not there at all was not found by its names, so none of its stages was reached.
    """
    address = both.measurement.target.address
    everywhere = finding.subject in {address, "this-computer"}
    states = {path.subject: {stage.name: stage.state for stage in path.stages} for path in both.verdict.paths}
    concerned = [
        states.get(endpoint.subject, {}).get(stage, "not-reached")
        for endpoint in alone.measurement.target.endpoints
        if everywhere or covers(finding.subject, endpoint.subject)
        for stage in [_stage(finding, alone, endpoint)]
        if stage is not None
    ]
    return bool(concerned) and set(concerned) <= {"failed", "not-reached"}


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
    ports = {str(port) for firewall in firewalls for port in answered(firewall)}
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


def _shows(cause: Finding, finding: Finding, both: Played) -> bool:
    """Tell whether ``finding`` is what is left to be seen of a cause that could not be concluded in full."""
    everywhere = cause.subject in {both.measurement.target.address, "this-computer"}
    return _sums_up(cause, {finding.code}) and (everywhere or covers(cause.subject, finding.subject))


def _told(verdict: Verdict) -> str:
    return f"{verdict.state} {' '.join(finding.code for finding in verdict.causes) or 'without a cause'}"
