"""The outcome of a check as metrics: names, labels and numbers, before any library writes them down.

Names and units follow Prometheus' own guide: base units, and ``_total`` for what only grows. Every label is one of a
closed list, or of what the user asked to be checked; nothing that a server says becomes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from diag.model.actions import TlsHandshake
from diag.model.signin import TokenClaims
from diag.model.verdict import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict

STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric with its samples, each by the values of the labels."""

    name: str
    text: str
    labels: tuple[str, ...]
    samples: tuple[tuple[tuple[str, ...], float], ...]
    kind: Literal["gauge", "counter"] = "gauge"


class Board:
    """What a scraper sees: the last check, and counts since the beginning. Replaced as a whole, so never half."""

    def __init__(self) -> None:
        """Begin with nothing to show."""
        self.families: tuple[Family, ...] = ()
        self._address = ""
        self._counts = dict.fromkeys(STATES, 0)
        self._errors = 0

    def show(self, verdict: Verdict, measurement: Measurement, *, at: float, took: float) -> None:
        """Show the outcome of a check that ended at ``at`` and took ``took`` seconds."""
        self._address = address = measurement.target.address
        self._counts[verdict.state] += 1
        last = (
            Family(name="maildiag_last_check_timestamp_seconds", text="When the last check ended.",
                   labels=("address",), samples=(((address,), at),)),
            Family(name="maildiag_check_seconds", text="How long the last check took.",
                   labels=("address",), samples=(((address,), took),)),
        )  # fmt: skip
        self.families = (*families(verdict, measurement), *last, *self._counted())

    def fail(self) -> None:
        """Count a check that could not be made, such as without its token; what the last one found is not shown."""
        self._errors += 1
        self.families = tuple(self._counted())

    def _counted(self) -> Iterator[Family]:
        yield Family(
            name="maildiag_checks", text="Checks made, by what came out.", labels=("address", "state"), kind="counter",
            samples=tuple(((self._address, state), float(count)) for state, count in self._counts.items()),
        )  # fmt: skip
        yield Family(
            name="maildiag_check_errors", text="Checks that could not be made.", labels=("address",), kind="counter",
            samples=(((self._address,), float(self._errors)),),
        )  # fmt: skip

    def collect(self) -> Iterator[Any]:
        """Yield the families as the library that writes them down wants them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        kinds = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}
        for family in self.families:
            metric = kinds[family.kind](family.name, family.text, labels=family.labels)
            for labels, value in family.samples:
                metric.add_metric(labels, value)
            yield metric


def families(verdict: Verdict, measurement: Measurement) -> Iterator[Family]:
    """Yield what one check says."""
    address = measurement.target.address
    yield Family(
        name="maildiag_state", text="1 for the state that the mailbox is in.", labels=("address", "state"),
        samples=tuple(((address, state), float(state == verdict.state)) for state in STATES),
    )  # fmt: skip
    yield Family(
        name="maildiag_cause", text="1 for each cause that was found.", labels=("address", "code", "subject"),
        samples=tuple(((address, cause.code, cause.subject), 1.0) for cause in verdict.causes),
    )  # fmt: skip
    stages = [(path.subject, stage) for path in verdict.paths for stage in path.stages]
    tried = {"ok": 1.0, "warning": 1.0, "failed": 0.0}
    yield Family(
        name="maildiag_stage_up", text="Whether a stage of the path to an endpoint was passed.",
        labels=("address", "endpoint", "stage"),
        samples=_each(
            ((address, where, stage.name), tried[stage.state]) for where, stage in stages if stage.state in tried
        ),
    )  # fmt: skip
    yield Family(
        name="maildiag_stage_seconds", text="How long a stage took.", labels=("address", "endpoint", "stage"),
        samples=_each(((address, where, stage.name), stage.took) for where, stage in stages if stage.took is not None),
    )  # fmt: skip
    yield from _deadlines(address, measurement)


def _deadlines(address: str, measurement: Measurement) -> Iterator[Family]:
    """Yield what will end: certificates, and the token."""
    ends: dict[str, float] = {}
    tokens = []
    for item in measurement.observations:
        if isinstance(item.action, TlsHandshake) and item.action.chain:
            ends[item.subject] = min(ends.get(item.subject, float("inf")), _seconds(item.action.chain[0].not_after))
        elif isinstance(item.action, TokenClaims) and item.action.expires_at is not None:
            tokens.append(float(item.action.expires_at))
    yield Family(
        name="maildiag_certificate_not_after_timestamp_seconds", text="When the certificate of an endpoint ends.",
        labels=("address", "endpoint"), samples=_each(((address, where), end) for where, end in ends.items()),
    )  # fmt: skip
    yield Family(
        name="maildiag_token_expires_timestamp_seconds", text="When the access token in use ends.",
        labels=("address",), samples=(((address,), min(tokens)),) if tokens else (),
    )  # fmt: skip


def _each(samples: Iterable[tuple[tuple[str, ...], float]]) -> tuple[tuple[tuple[str, ...], float], ...]:
    """Return each set of labels once; the same endpoint may be there for two protocols, and the worse one counts."""
    found: dict[tuple[str, ...], float] = {}
    for labels, value in samples:
        found[labels] = min(value, found.get(labels, value))
    return tuple(found.items())


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
