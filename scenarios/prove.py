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

from scenarios import vary
from scenarios.dominance import astray
from scenarios.load import load
from scenarios.play import play_all
from scenarios.recording import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.verdict import Verdict
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
        wrong = list(astray(played, made[played.case.name][1:]))
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


def _told(verdict: Verdict) -> str:
    return f"{verdict.state} {' '.join(finding.code for finding in verdict.causes) or 'without a cause'}"
