"""What the person asked for: the endpoints and limits of the check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diag.model.actions import SystemLookup
from diag.model.failure import FailureCode
from diag.model.settings import Setting
from diag.model.target import Protocol
from diag.plan import endpoint_at
from scenarios.recording import interceptors

if TYPE_CHECKING:
    from scenarios.recording.sketch import Sketch

MAIL = (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)


def draw(sketch: Sketch) -> None:
    """Draw the check."""
    target = sketch.measurement.target
    check = sketch.check
    if any(sketch.facts.of(Setting)):
        check["settings"] = _settings(sketch)
        if any(seen.action.name == "user" for seen in sketch.facts.of(Setting)):
            check.pop("user", None)
    else:
        _endpoints(sketch)
    if target.sign_in_anyway:
        check["sign_in_anyway"] = True
    _families(sketch)
    named = [seen for seen in sketch.seen_handshakes()
             if any(verdict.store == "custom" and verdict.trusted for verdict in seen.action.stores)]  # fmt: skip
    if named:
        check["cacert"] = sorted({interceptors.authority(sketch, seen) for seen in named})
    for note in target.notes:
        if not note.startswith(("--sign-in-anyway", "--cacert")):
            sketch.leave_out(None, f"the option {sketch.pseudonyms.text(note)}")
    if not sketch.measurement.complete:
        check.update(max_time=1.5, read_timeout=5)


def _endpoints(sketch: Sketch) -> None:
    mail = [endpoint for endpoint in sketch.measurement.target.endpoints if endpoint.protocol in MAIL]
    sources = {endpoint.source.partition(" ")[0] for endpoint in mail}
    if sources == {"preset"}:
        sketch.check["provider"] = sketch.measurement.target.provider
    elif "option" in sources:
        for endpoint in mail:
            sketch.check.setdefault(str(endpoint.protocol), []).append(sketch.place(endpoint))
            if endpoint != endpoint_at(endpoint.protocol, endpoint.host, endpoint.port):
                sketch.check["tls"] = str(endpoint.tls)
        return
    chosen = [str(endpoint.protocol) for endpoint in mail]
    if mail and len(set(chosen)) < len(MAIL):
        sketch.check["protocols"] = list(dict.fromkeys(chosen))


def _settings(sketch: Sketch) -> dict[str, Any]:
    """Write the mailbox definition again, in its own words."""
    found: dict[str, Any] = {}
    for seen in sketch.facts.of(Setting):
        line = seen.action
        value: str | int = int(line.value) if line.name == "port" and line.value.isdecimal() else line.value
        if line.name in {"user", "sender"}:
            value = sketch.pseudonyms.person(str(value))
        elif line.name == "server":
            value = _server(sketch, line.value)
        elif isinstance(value, str):
            value = sketch.pseudonyms.text(value)
        found.setdefault(line.section, {})[line.name] = value
    return found


def _server(sketch: Sketch, text: str) -> str:
    """Replace the name in a server setting and keep what is wrong around it, such as a space."""
    bare = text.strip().rstrip(".").lower()
    known = next((endpoint.host for endpoint in sketch.measurement.target.endpoints if endpoint.host == bare), None)
    return text.lower().replace(bare, sketch.pseudonyms.host(known)) if known else sketch.pseudonyms.text(text)


def _families(sketch: Sketch) -> None:
    """Draw -4 or -6, which is on record where a name has no address of the family that was asked for."""
    for seen in sketch.facts.failed(SystemLookup, FailureCode.ADDRESS_UNAVAILABLE):
        detail = seen.failure.detail if seen.failure else ""
        if detail in {"ipv4", "ipv6"}:
            sketch.check["families"] = [detail]
