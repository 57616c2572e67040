"""From findings to a verdict: which are causes, which are symptoms of them, and what stays open.

A pure function of the measurement. It reaches neither the network nor the clock, so a saved measurement gives the
same verdict at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.catalogue import NoPageError, page
from diag.guide import guide
from diag.model.actions import DnsQuery, ProxyTunnel, SystemLookup, TcpConnect
from diag.model.failure import UNFINISHED, FailureCode
from diag.model.finding import Finding, covers
from diag.model.settings import Setting
from diag.model.signin import TokenGrant
from diag.model.target import Credential, Protocol
from diag.model.verdict import Symptom, Verdict
from diag.rules import conclude
from diag.stages import LADDER, path_states

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.catalogue import Page
    from diag.model.measurement import Measurement, Observation
    from diag.model.verdict import GuideStep, PathState, State
    from diag.rules import Rule

_LAYERS = (
    "settings",
    "this-computer",
    "dns",
    "proxy",
    "tcp",
    "tls",
    "starttls",
    "service",
    "sign-in",
    "entra",
    "token",
    "account",
    "tenant",
    "imap",
    "pop3",
    "smtp",
)
_CONFIDENCE = ("certain", "likely", "possible")


def judge(measurement: Measurement, *, without: Rule | None = None) -> Verdict:
    """Judge a measurement; ``without`` a rule, to learn what depends on it."""
    findings = _unique(conclude(measurement, without=without))
    errors = [finding for finding in findings if _severity(finding) != "note"]
    causes, symptoms = _part(errors, measurement)
    causes.sort(key=_rank)
    paths = path_states(measurement, [finding for finding in errors if _severity(finding) == "error"])
    unexplained = _unexplained(measurement, findings)
    steps = guide(measurement, causes, paths)
    return Verdict(
        state=_state(causes, paths, unexplained, measurement, steps),
        causes=tuple(causes),
        symptoms=tuple(symptoms),
        notes=tuple(finding for finding in findings if _severity(finding) == "note"),
        unexplained=unexplained,
        not_tested=tuple(_not_tested(measurement, paths)),
        paths=tuple(paths),
        guide=steps,
    )


def _page(finding: Finding) -> Page | None:
    """Return the finding's page; a rule of another package may come without one."""
    try:
        return page(finding.code)
    except NoPageError:
        return None


def _severity(finding: Finding) -> str:
    found = _page(finding)
    return found.severity if found else "warning"


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Drop what was concluded twice of the same subject."""
    return list({(finding.code, finding.subject): finding for finding in findings}.values())


def _part(findings: list[Finding], measurement: Measurement) -> tuple[list[Finding], list[Symptom]]:
    """Part causes from symptoms: a finding is a symptom where another on its path says that it explains it."""
    causes: list[Finding] = []
    symptoms: list[Symptom] = []
    for finding in findings:
        because = next((other for other in findings if explains(other, finding, measurement)), None)
        if because is None:
            causes.append(finding)
        else:
            symptoms.append(Symptom(finding=finding, because=because.code))
    return causes, symptoms


def explains(cause: Finding, finding: Finding, measurement: Measurement) -> bool:
    """Tell whether the page of a cause says that it explains ``finding``, which lies where the cause is."""
    found = _page(cause)
    return (
        cause is not finding
        and found is not None
        and found.explains_code(finding.code)
        and reaches(cause.subject, finding.subject, measurement)
    )


def reaches(outer: str, inner: str, measurement: Measurement) -> bool:
    """Tell whether what is at ``outer`` concerns ``inner``: the mailbox and this computer concern every place."""
    return outer in {measurement.target.address, "this-computer"} or covers(outer, inner)


def _rank(finding: Finding) -> tuple[int, int, int]:
    """Order causes: errors before warnings, the earlier stage first, the more certain first."""
    layer = finding.code.partition("/")[0]
    return (
        0 if _severity(finding) == "error" else 1,
        _LAYERS.index(layer) if layer in _LAYERS else len(_LAYERS),
        _CONFIDENCE.index(finding.confidence),
    )


def _state(
    causes: list[Finding],
    paths: list[PathState],
    unexplained: tuple[int, ...],
    measurement: Measurement,
    steps: tuple[GuideStep, ...],
) -> State:
    """Decide on the one word. A step of the guide that could not be told is no step that was passed."""
    broken = any(stage.state == "failed" for path in paths for stage in path.stages)
    if any(_severity(finding) == "error" for finding in causes) or (broken and causes):
        return "broken"
    unreached = any(stage.state == "not-reached" for path in paths for stage in path.stages)
    untold = any(step.state == "unknown" for step in steps)
    anything = paths or steps or _was_read(measurement)
    if broken or unreached or untold or unexplained or not measurement.complete or not anything:
        return "unclear"
    return "impaired" if causes else "works"


def _was_read(measurement: Measurement) -> bool:
    """Tell whether a mailbox definition was read, which can be right also where nothing was dialled."""
    return any(isinstance(item.action, Setting) for item in measurement.observations)


def _unexplained(measurement: Measurement, findings: Iterable[Finding]) -> tuple[int, ...]:
    """Return the failed observations that no finding rests on and that did no harm by themselves."""
    claimed = {number for finding in findings for number in finding.evidence}
    return tuple(
        item.number
        for item in measurement.observations
        if item.failure and item.number not in claimed and not _harmless(item, measurement)
    )


def _harmless(item: Observation, measurement: Measurement) -> bool:
    """Tell whether a failure is the ordinary course of things.

    A name may have no AAAA record and a domain no SRV record; a computer may have no IPv6; one of two ways to resolve
    a name may fail; what was cut short by the end of the check says nothing.
    """
    if item.failure is None or item.failure.code in UNFINISHED or _is_told_below(item):
        return True
    if isinstance(item.action, SystemLookup | DnsQuery) and item.action.role not in {"endpoint", "own"}:
        return True
    if isinstance(item.action, DnsQuery | SystemLookup):
        others = [other for other in measurement.observations if other.subject == item.subject]
        found = any(isinstance(other.action, DnsQuery | SystemLookup) and not other.failure for other in others)
        return found or not any(endpoint.host == item.subject for endpoint in measurement.target.endpoints)
    if isinstance(item.action, TcpConnect | ProxyTunnel) and item.action.role in {"control", "nowhere"}:
        return True
    if isinstance(item.action, TcpConnect):
        return _was_tried(item, measurement) or item.failure.code in {
            FailureCode.NETWORK_UNREACHABLE,
            FailureCode.ADDRESS_UNAVAILABLE,
        }
    return item.action.kind in {"tls-offer", "name-test", "trial"}


def _was_tried(item: Observation, measurement: Measurement) -> bool:
    """Tell whether the same address had failed before: the first attempt says what is wrong."""
    return any(
        earlier.number < item.number and earlier.failure is not None and earlier.subject == item.subject
        for earlier in measurement.observations
        if isinstance(earlier.action, TcpConnect)
        and isinstance(item.action, TcpConnect)
        and earlier.action.address == item.action.address
    )


def _is_told_below(item: Observation) -> bool:
    """Tell whether a failure is that of a step inside, which is on record itself."""
    refused = item.failure is not None and item.failure.code is FailureCode.REPLY_REFUSED
    return isinstance(item.action, TokenGrant) and not refused


def _not_tested(measurement: Measurement, paths: list[PathState]) -> Iterable[str]:
    """Say what was left out, and why."""
    target = measurement.target
    mail = [endpoint for endpoint in target.endpoints if endpoint.protocol is not Protocol.HTTPS]
    if target.credential is Credential.NONE and mail:
        yield "sign-in and mailbox: no credential was given (--token-file, --password)"
    for path in paths:
        left = [stage.name for stage in path.stages if stage.state == "not-reached" and stage.name in LADDER[2:]]
        if left:
            yield f"{path.label} at {path.subject}: {', '.join(left)} (not reached)"
