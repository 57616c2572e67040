"""How far the way to each endpoint led: the stages that a report draws as a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import Dialogue, DnsQuery, ProxyTunnel, SystemLookup, TcpConnect, TlsHandshake
from diag.model.signin import TokenGrant
from diag.model.target import Credential, Protocol, Tls
from diag.model.verdict import PathState, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diag.model.actions import Action
    from diag.model.finding import Finding
    from diag.model.measurement import Measurement, Observation
    from diag.model.target import Endpoint
    from diag.model.verdict import StageName, StageState

LADDER: tuple[StageName, ...] = ("name", "port", "tls", "greeting", "sign-in", "mailbox")
_LABELS = {Protocol.IMAP: "IMAP", Protocol.POP3: "POP3", Protocol.SMTP: "SMTP", Protocol.HTTPS: "Sign-in page"}
_PURPOSES: dict[str, StageName] = {
    "greeting": "greeting",
    "capabilities": "greeting",
    "starttls": "tls",
    "sign-in": "sign-in",
    "inbox": "mailbox",
    "sender": "mailbox",
}


def path_states(measurement: Measurement, errors: list[Finding]) -> list[PathState]:
    """Return the path of each endpoint; an error among ``errors`` fails its stage, also where that went through."""
    return [
        PathState(
            subject=endpoint.subject,
            label=_LABELS[endpoint.protocol],
            stages=tuple(_stages(endpoint, measurement, _blamed(endpoint, measurement, errors))),
        )
        for endpoint in measurement.target.endpoints
    ]


def _blamed(endpoint: Endpoint, measurement: Measurement, errors: list[Finding]) -> set[int]:
    """Return the observations that an error rests upon although nothing failed at the endpoint."""
    own = [item for item in measurement.observations if item.subject == endpoint.subject]
    if any(item.failure and not isinstance(item.action, TcpConnect | ProxyTunnel) for item in own):
        return set()
    return {number for finding in errors if finding.subject == endpoint.subject for number in finding.evidence}


def order(endpoint: Endpoint) -> tuple[StageName, ...]:
    """Return the stages in the order in which they happen at this endpoint."""
    if endpoint.protocol is Protocol.HTTPS:
        return ("name", "port", "tls", "sign-in")
    if endpoint.tls is Tls.STARTTLS:
        return ("name", "port", "greeting", "tls", "sign-in", "mailbox")
    return LADDER


def _stages(endpoint: Endpoint, measurement: Measurement, blamed: set[int]) -> Iterable[Stage]:
    """Yield the stages; after the first that failed, none is reached."""
    by_stage: dict[StageName, list[Observation]] = {}
    for item in measurement.observations:
        name = stage_of(item, endpoint)
        if name:
            by_stage.setdefault(name, []).append(item)
    failed = False
    for name in order(endpoint):
        items = by_stage.get(name, [])
        if endpoint.protocol is Protocol.HTTPS and name == "sign-in" and not items:
            continue  # no token was to be obtained
        if failed:
            yield Stage(name=name, state="not-reached")
        elif name == "tls" and endpoint.tls is Tls.NONE:
            yield Stage(name=name, state="not-applicable")
        elif not items:
            given = measurement.target.credential is not Credential.NONE
            literal = name == "name"
            state: StageState = "ok" if literal else "not-reached" if given or name in LADDER[:4] else "not-tested"
            yield Stage(name=name, state=state)
        else:
            stage = _stage(name, items, blamed)
            failed = stage.state == "failed"
            yield stage


def stage_of(item: Observation, endpoint: Endpoint) -> StageName | None:
    """Return the stage of the path to ``endpoint`` that an observation belongs to; None if it does not lie on it."""
    action = item.action
    if isinstance(action, SystemLookup | TcpConnect | ProxyTunnel) and action.role != "endpoint":
        return None
    if isinstance(action, DnsQuery | SystemLookup):
        return "name" if item.subject == endpoint.host else None
    if isinstance(action, TokenGrant):
        own = endpoint.protocol is Protocol.HTTPS and f"//{endpoint.host}/" in f"{action.authority}/"
        return "sign-in" if own else None
    if item.subject != endpoint.subject:
        return None
    return _of_connection(action)


def _of_connection(action: Action) -> StageName | None:
    """Return the stage of what was done on the way to one endpoint."""
    if isinstance(action, TcpConnect | ProxyTunnel):
        return "port"
    if isinstance(action, TlsHandshake):
        return "tls"
    return _PURPOSES.get(action.purpose) if isinstance(action, Dialogue) else None


def _stage(name: StageName, items: list[Observation], blamed: set[int]) -> Stage:
    """Sum up the observations of one stage: alternatives need one success, steps in a row need all."""
    failures = [item for item in items if item.failure]
    alternatives = name in {"name", "port"}
    state: StageState
    if alternatives:
        state = "failed" if len(failures) == len(items) else "ok"
        if name == "port" and failures and state == "ok":
            state = "warning"
    else:
        state = "failed" if failures or any(item.number in blamed for item in items) else "ok"
    good = [item for item in items if not item.failure]
    shown = good or items
    took = min((item.took or 0.0) for item in shown) if alternatives else sum(item.took or 0.0 for item in items)
    return Stage(
        name=name,
        state=state,
        took=round(took, 6),
        version=_agreed(good),
        evidence=tuple(item.number for item in failures or items),
    )


def _agreed(good: list[Observation]) -> str:
    """Return the version of TLS that was agreed upon; several only where a server changes its mind."""
    versions = [item.action.version for item in good if isinstance(item.action, TlsHandshake) and item.action.version]
    return " and ".join(dict.fromkeys(version.removeprefix("TLSv") for version in versions))
