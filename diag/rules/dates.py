"""Whether certificates are out of date, or the clock by which they are judged."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from diag.model.actions import TlsHandshake
from diag.model.finding import Finding
from diag.rules import clock
from diag.rules.facts import host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.actions import Certificate
    from diag.model.finding import Confidence
    from diag.rules.facts import Facts, Seen

SOON = timedelta(days=14)


def chains(facts: Facts) -> Iterator[tuple[Seen[TlsHandshake], Certificate]]:
    """Yield the first handshake of each endpoint that showed a certificate, with the leaf."""
    done: set[str] = set()
    for seen in facts.of(TlsHandshake):
        if seen.action.chain and seen.subject not in done:
            done.add(seen.subject)
            yield seen, seen.action.chain[0]


def validity(leaf: Certificate) -> tuple[datetime, datetime] | None:
    """Return when a certificate begins and ends to be valid, None where that cannot be read."""
    try:
        return datetime.fromisoformat(leaf.not_before), datetime.fromisoformat(leaf.not_after)
    except ValueError:
        return None


def dates(facts: Facts) -> Iterator[Finding]:
    """The leaf is not valid at the time of the measurement, by this computer's clock."""
    for seen, leaf in chains(facts):
        span = validity(leaf)
        if span is None:
            continue
        begins, ends = span
        values = {**host_and_port(seen.subject), "begins": f"{begins:%Y-%m-%d %H:%M} UTC",
                  "ends": f"{ends:%Y-%m-%d %H:%M} UTC", "now": f"{facts.at:%Y-%m-%d %H:%M} UTC"}  # fmt: skip
        if facts.at > ends:
            values["days"] = (facts.at - ends).days
            yield Finding(code="tls/certificate-expired", subject=seen.subject, evidence=(seen.number,), values=values)
        elif facts.at < begins:
            code = "tls/certificate-not-yet-valid"
            yield Finding(code=code, subject=seen.subject, evidence=(seen.number,), values=values)


def expires_soon(facts: Facts) -> Iterator[Finding]:
    """The leaf is valid for a few days more."""
    for seen, leaf in chains(facts):
        span = validity(leaf)
        if span is not None and seen.code is None and timedelta(0) <= span[1] - facts.at < SOON:
            values = {
                **host_and_port(seen.subject),
                "ends": f"{span[1]:%Y-%m-%d %H:%M} UTC",
                "days": (span[1] - facts.at).days,
            }
            code = "tls/certificate-expires-soon"
            yield Finding(code=code, subject=seen.subject, evidence=(seen.number,), values=values)


def by_a_wrong_clock(facts: Facts) -> Iterator[Finding]:
    """Certificates seem out of date because this computer's clock is wrong, as other clocks show."""
    faulty = [(seen, leaf) for seen, leaf in chains(facts) if _out_of_date(leaf, facts.at)]
    if not faulty:
        return
    told = list(clock.readings(facts))
    off = clock.ahead(facts)
    if told and abs(off) > clock.TOLERATED:
        times = {seen.subject: facts.at - timedelta(seconds=seconds) for seen, seconds in told}
        said = "; ".join(f"{who} says {when:%Y-%m-%d %H:%M} UTC" for who, when in list(times.items())[:3])
        yield _finding(facts, [seen.number for seen, _ in told], off, said)
    elif not told:
        yield from _by_certificates(facts, faulty)


def _by_certificates(facts: Facts, faulty: list[tuple[Seen[TlsHandshake], Certificate]]) -> Iterator[Finding]:
    """Judge by certificates alone: a log's clock that is ahead of ours, or hosts that all seem to be out of date."""
    numbers = [seen.number for seen, _ in faulty]
    stamps = [stamp for seen, _ in faulty for stamp in seen.action.timestamps if stamp.verdict == "valid"]
    latest = max((datetime.fromisoformat(stamp.at) for stamp in stamps), default=facts.at)
    if (latest - facts.at).total_seconds() > clock.TOLERATED:
        said = f"a log has signed these certificates on {latest:%Y-%m-%d %H:%M} UTC"
        yield _finding(facts, numbers, (facts.at - latest).total_seconds(), said, at_least=True)
        return
    different = {leaf.sha256 for _, leaf in faulty}
    if len(different) > 1 and len(faulty) == len(list(chains(facts))):
        ends = [datetime.fromisoformat(leaf.not_after) for _, leaf in faulty]
        starts = [datetime.fromisoformat(leaf.not_before) for _, leaf in faulty]
        ahead = max((facts.at - end).total_seconds() for end in ends)
        if all(facts.at < start for start in starts):
            ahead = min((facts.at - start).total_seconds() for start in starts)
        said = f"{len(different)} certificates of all the hosts that were asked seem to be out of date at once"
        yield _finding(facts, numbers, ahead, said, at_least=True, confidence="likely")


def _out_of_date(leaf: Certificate, at: datetime) -> bool:
    span = validity(leaf)
    return span is not None and not span[0] <= at <= span[1]


def _finding(
    facts: Facts,
    evidence: list[int],
    seconds: float,
    said: str,
    *,
    at_least: bool = False,
    confidence: Confidence = "certain",
) -> Finding:
    values = {
        "by": ("at least " if at_least else "") + clock.duration(abs(seconds)),
        "direction": "ahead" if seconds > 0 else "behind",
        "now": f"{facts.at:%Y-%m-%d %H:%M} UTC",
        "said": said,
    }
    code = "this-computer/clock-breaks-trust"
    numbers = tuple(dict.fromkeys(evidence))
    return Finding(code=code, subject="this-computer", evidence=numbers, values=values, confidence=confidence)
