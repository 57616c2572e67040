"""The outcome of judging a measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diag.model.finding import Finding

State = Literal["works", "impaired", "broken", "unclear"]
StageName = Literal["name", "port", "tls", "greeting", "sign-in", "mailbox"]
StageState = Literal["ok", "warning", "failed", "not-reached", "not-tested", "not-applicable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of the path to one endpoint; ``took`` is in seconds."""

    name: StageName
    state: StageState
    took: float | None = None
    version: str = ""
    """What was agreed upon there, such as the 1.3 of TLS; empty where nothing was."""
    evidence: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The name with the version, as a report shows it: ``tls 1.3``."""
        return f"{self.name} {self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class PathState:
    """How far the way to one endpoint led. ``subject`` is ``host:port``, ``label`` such as ``IMAP``."""

    subject: str
    label: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A finding that another one explains; ``because`` is the code of the cause."""

    finding: Finding
    because: str


GuideState = Literal["fulfilled", "not-needed", "missing", "waiting", "unknown", "not-tested"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideStep:
    """One step of the set-up guide, held against what was found.

    ``not-needed``: another step makes up for it. ``unknown``: it could not be told, and ``found`` says why;
    ``not-tested``: nothing was tried that would show it.
    """

    number: int
    title: str
    required: str
    found: str
    state: GuideState
    who: str
    portal: str
    command: str
    """What mends the step where it is missing, else what shows how it stands."""
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a measurement means.

    ``works``: everything tested succeeded. ``impaired``: mail flows, but something needs attention. ``broken``: a
    protocol that was asked for cannot be used, and the causes say why. ``unclear``: something failed, or could not
    be tested, and no cause can be named.
    """

    state: State
    causes: tuple[Finding, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    notes: tuple[Finding, ...] = ()
    """Worth knowing, but in nobody's way."""
    unexplained: tuple[int, ...] = ()
    """Numbers of failed observations that no finding rests on."""
    not_tested: tuple[str, ...] = ()
    """What was left out and why, one sentence each."""
    paths: tuple[PathState, ...] = ()
    guide: tuple[GuideStep, ...] = ()
    """The steps of the set-up guide, where the tenant was asked."""
