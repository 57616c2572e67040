"""Proof that the diagnosis follows the fault and nothing else, over all cases and not only those written by hand.

Six proofs, each with a score that must be whole: a difference taken away from the running world gives ``works``;
another in its place gives the other's causes; two at once give the causes of both, less what :mod:`scenarios.dominance`
lets one hide of the other; what was measured, recorded as a case and played again, gives the causes of the case and the
same recording; what is done about a case has the outcome that it promises, and the finding is gone; and every rule
speaks in some case whose verdict is another one without it.
"""

from __future__ import annotations

import difflib
import tempfile
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from diag.judge import judge
from diag.rules import all_rules, obtained
from diag.rules.check import unclassified
from diag.rules.facts import Facts
from scenarios import vary
from scenarios.dominance import astray
from scenarios.load import load
from scenarios.play import compare, play_all
from scenarios.recording import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.finding import Finding
    from diag.model.verdict import Verdict
    from diag.rules import Rule
    from scenarios.model import Case
    from scenarios.play import Played
    from scenarios.recording import Recording


OUTSIDE: dict[Rule, str] = {
    unclassified: "that speaks only where no other does",
    obtained.resource: "of a sign-in alone, which is no check of a mailbox",
    obtained.permissions: "of a sign-in alone, which is no check of a mailbox",
}
"""Rules that no scenario can let speak, and why."""


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
        left = ", ".join(f"{count} {reason}" for reason, count in self.impossible.items())
        line = f"{self.name:12} {held:6} of {self.tried:6} hold, {100 * held / max(self.tried, 1):5.1f} %"
        if not self.tried and not self.wrong:
            line = f"{self.name:12} nothing to try"
        return f"{line}   (left out: {left})" if left else line

    def leave(self, reason: str, count: int = 1) -> None:
        """Count what cannot be made."""
        if count:
            self.impossible[reason] = self.impossible.get(reason, 0) + count


def faulty(cases: Iterable[Case]) -> list[Case]:
    """Return the cases that have a cause."""
    return [case for case in cases if case.parts.expect.causes]


async def removals(cases: Iterable[Case]) -> Score:
    """Take the difference away from the world of each case; ``works`` must come out, without a cause."""
    score = Score(name="removal")
    async for played in play_all(replace(case, then=(vary.removed(case),)) for case in faulty(cases)):
        score.tried += 1
        verdict = played.then[0].verdict
        if verdict.state != "works" or verdict.causes:
            score.wrong.append(f"{played.case.name} without its difference: {_told(verdict)}")
    return score


async def replacements(cases: Iterable[Case]) -> Score:
    """Put another difference in place of each case's; the causes of the other must come out, and only they."""
    score = Score(name="replacement")
    chosen = faulty(cases)
    made: list[Case] = []
    for at, case in enumerate(chosen):
        donor = _donor(case, chosen[at + 1 :] + chosen[:at])
        if donor is None:
            score.leave("without another case of the same world")
        else:
            made.append(replace(case, then=(replace(donor, then=()),)))
    async for played in play_all(made):
        score.tried += 1
        step = played.then[0]
        wrong = compare(step.case, step.verdict)
        if wrong:
            score.wrong.append(f"{step.case.name} in place of {played.case.name}: {'; '.join(wrong)}")
    return score


def _donor(case: Case, others: Iterable[Case]) -> Case | None:
    """Choose the first other case of the same base world that has no cause in common with ``case``."""
    own = set(case.parts.expect.causes)
    for other in others:
        if other.parts.world.like == case.parts.world.like and not own & set(other.parts.expect.causes):
            return other
    return None


async def pairs(cases: Iterable[Case], *, every: int = 1) -> Score:
    """Join the differences of every two cases that one world and one check can hold; of these, one in ``every``.

    Each of the two is first played alone under the check of the pair: that is what it comes to.
    """
    score = Score(name="pairs")
    known = faulty(cases)
    distinct = _distinct(known)
    groups = vary.groups(distinct)
    chosen = [group for group in groups if len(group) > 1]
    score.leave("cases that are like another one but for details", len(known) - len(distinct))
    score.leave("cases whose check no other has", len(groups) - len(chosen))
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
            score.leave("pairs that contradict each other")
        except vary.SameWorldError:
            score.leave("pairs of which one holds the other")
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
    """Play what is done after the verdict of each case that goes on; each step must come to what it says.

    After the last one, what the case is about must not be told any more, not even as something worth knowing.
    """
    score = Score(name="remedy")
    async for played in play_all(case for case in cases if case.then):
        score.tried += 1
        wrong = [text for text in played.differences if text.startswith("then ")]
        last = played.then[-1]
        if last.case.parts.expect.state == "works":
            expect = played.case.parts.expect
            left = {*expect.causes, *(expect.notes or ())} & {finding.code for finding in _all(last.verdict)}
            wrong += [f"{code} is still there" for code in sorted(left - set(last.case.parts.expect.notes or ()))]
        score.wrong += [f"{played.case.name}: {text}" for text in wrong]
    return score


async def needed(cases: Iterable[Case]) -> Score:
    """Judge each case once more without each rule that spoke in it; one of the verdicts must be a wrong one then."""
    score = Score(name="rules")
    spoke: dict[Rule, list[Played]] = {}
    async for played in play_all(replace(case, then=()) for case in cases):
        facts = Facts(played.measurement)
        for rule in all_rules():
            if any(True for _ in rule(facts)):
                spoke.setdefault(rule, []).append(played)
    for rule in all_rules():
        name = f"{rule.__module__}.{rule.__name__}"
        if rule in OUTSIDE:
            score.leave(OUTSIDE[rule])
            continue
        score.tried += 1
        if rule not in spoke:
            score.wrong.append(f"{name} says nothing in any case")
        elif not any(compare(played.case, judge(played.measurement, without=rule)) for played in spoke[rule]):
            score.wrong.append(f"{name} can be taken away without a case noticing")
    return score


def _all(verdict: Verdict) -> list[Finding]:
    return [*verdict.causes, *(symptom.finding for symptom in verdict.symptoms), *verdict.notes]


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
