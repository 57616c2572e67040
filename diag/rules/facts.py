"""A measurement, indexed: what rules look things up in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from diag.model.target import Protocol, Tls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from diag.model.actions import Action
    from diag.model.failure import Failure, FailureCode
    from diag.model.measurement import Measurement, Observation
    from diag.model.target import Endpoint, Target

A = TypeVar("A")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[A]):
    """One observation under the type of its action."""

    observation: Observation
    action: A

    @property
    def number(self) -> int:
        """The observation's number, for evidence."""
        return self.observation.number

    @property
    def subject(self) -> str:
        """What the observation speaks of."""
        return self.observation.subject

    @property
    def failure(self) -> Failure | None:
        """How it failed, if it did."""
        return self.observation.failure

    @property
    def code(self) -> FailureCode | None:
        """The failure's code, if there is one."""
        return self.observation.failure.code if self.observation.failure else None


class Facts:
    """Typed views of the observations of one measurement."""

    def __init__(self, measurement: Measurement) -> None:
        """Index ``measurement``."""
        self.measurement = measurement
        self._answers: dict[object, Any] = {}
        self._by_type: dict[type, list[Seen[Action]]] = defaultdict(list)
        for observation in measurement.observations:
            self._by_type[type(observation.action)].append(Seen(observation, observation.action))

    @property
    def target(self) -> Target:
        """What was checked."""
        return self.measurement.target

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that were checked."""
        return self.measurement.target.endpoints

    def of(self, kind: type[A], subject: str | None = None) -> list[Seen[A]]:
        """Return the observations of one kind of action, all or those of one subject, in order."""
        found = cast("list[Seen[A]]", self._by_type.get(kind, []))
        if subject is None:
            return found.copy()
        return [seen for seen in found if seen.observation.subject == subject]

    def once(self, question: Callable[[Facts], T]) -> T:
        """Return the answer to a question that many rules ask of the same measurement."""
        if question not in self._answers:
            self._answers[question] = question(self)
        answer: T = self._answers[question]
        return answer

    def failed(self, kind: type[A], *codes: FailureCode) -> Iterator[Seen[A]]:
        """Yield those that failed, with one of ``codes`` where some are given."""
        for seen in self.of(kind):
            if seen.code is not None and (not codes or seen.code in codes):
                yield seen

    def endpoint(self, subject: str) -> Endpoint | None:
        """Return the endpoint that a subject names."""
        return next((endpoint for endpoint in self.endpoints if endpoint.subject == subject), None)

    @property
    def at(self) -> datetime:
        """The client's clock when the measurement began."""
        try:
            return datetime.fromisoformat(self.measurement.vantage.started)
        except ValueError:
            return datetime.now(UTC)

    def starttls(self, host: object, port: object) -> str:
        """Return the option by which ``openssl s_client`` reaches TLS at an endpoint; empty where TLS comes first."""
        here = [item for item in self.endpoints if (item.host, item.port) == (host, port) and item.tls is Tls.STARTTLS]
        return f" -starttls {here[0].protocol.value}" if here else ""


LABELS = {Protocol.IMAP: "IMAP", Protocol.POP3: "POP3", Protocol.SMTP: "SMTP", Protocol.HTTPS: "HTTPS"}


def host_and_port(subject: str) -> dict[str, str | int]:
    """Split ``host:port`` into the values that every page about an endpoint can use."""
    host, _, port = subject.rpartition(":")
    return {"host": host.strip("[]"), "port": int(port) if port.isdecimal() else 0}
