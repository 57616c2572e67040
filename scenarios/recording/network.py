"""What the network did: ports that a device treats in its own way, addresses that are dead, and interceptors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diag.model.actions import TcpConnect
from diag.model.failure import FailureCode
from diag.model.target import Tls

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.rules.facts import Seen
    from scenarios.recording.sketch import Sketch

BY_FINDING = {
    "tls/handshake-reset": "reset_hello",
    "tls/handshake-silent": "swallow",
    "starttls/stripped": "strip_starttls",
    "starttls/masked": "mask_starttls",
}
"""What only a device does, by the finding that says so."""
BY_FAILURE = {
    FailureCode.CONNECT_TIMEOUT: "drop",
    FailureCode.MAX_TIME: "drop",
    FailureCode.INTERRUPTED: "drop",
    FailureCode.ADMIN_PROHIBITED: "prohibit",
}
NO_FAMILY = {FailureCode.NETWORK_UNREACHABLE, FailureCode.ADDRESS_UNAVAILABLE}


def draw(sketch: Sketch) -> None:
    """Draw the path and the addresses."""
    for endpoint in sketch.measurement.target.endpoints:
        _connects(sketch, endpoint)
        for code, key in BY_FINDING.items():
            if sketch.found(code, endpoint.subject) and not (key == "reset_hello" and endpoint.tls is Tls.STARTTLS):
                sketch.block(endpoint, key)
        if _answers_as_web(sketch, endpoint):
            sketch.block(endpoint, "block_page")
    for entry in sketch.measurement.vantage.interceptor_roots:
        _trusted_interceptor(sketch, entry)


def _connects(sketch: Sketch, endpoint: Endpoint) -> None:
    attempts: dict[str, Seen[TcpConnect]] = {}
    for seen in sketch.facts.of(TcpConnect, endpoint.subject):
        attempts.setdefault(seen.action.address, seen)
    failed = {address: seen for address, seen in attempts.items() if seen.code is not None}
    if any(seen.code in NO_FAMILY and seen.action.family == "ipv6" for seen in failed.values()):
        sketch.world.setdefault("client", {})["ipv6"] = False
        failed = {address: seen for address, seen in failed.items() if seen.code not in NO_FAMILY}
    if not failed:
        if attempts and endpoint.protocol:
            sketch.service(endpoint)
        return
    if len(failed) < len([seen for seen in attempts.values() if seen.code not in NO_FAMILY]):
        dead = sketch.world.setdefault("dead_addresses", [])
        dead += [new for address in failed if (new := sketch.pseudonyms.address(address)) not in dead]
        return
    _refused_everywhere(sketch, endpoint, next(iter(failed.values())))


def _refused_everywhere(sketch: Sketch, endpoint: Endpoint, seen: Seen[TcpConnect]) -> None:
    code = seen.code
    if code is FailureCode.HOST_UNREACHABLE:
        return  # a host without any service: nothing leads to its address
    service: dict[str, Any] = sketch.service(endpoint)
    if endpoint.tls is not Tls.IMPLICIT:
        service["tls"] = str(endpoint.tls)
    if code in BY_FAILURE:
        sketch.block(endpoint, BY_FAILURE[code])
    elif code in {FailureCode.CONNECTION_REFUSED, FailureCode.CONNECTION_RESET}:
        service["down"] = True
    else:
        sketch.leave_out(seen.observation, f"connection to {sketch.place(endpoint)}: {code}")


def _answers_as_web(sketch: Sketch, endpoint: Endpoint) -> bool:
    """Tell whether a device answers in HTTP before TLS, where TLS or another greeting was expected."""
    if sketch.found("service/web-answer", endpoint.subject) and endpoint.tls is not Tls.IMPLICIT:
        return True
    finding = sketch.found("tls/not-tls", endpoint.subject)
    return finding is not None and str(finding.values.get("first", "")).startswith("HTTP/")


def _trusted_interceptor(sketch: Sketch, entry: str) -> None:
    """Draw a CA of a known product among the roots of the operating system."""
    from fakes.forging import vendors

    _, _, subject = entry.partition(": ")
    fitting = [name for name, shape in vendors().items() if f"CN={shape['ca'].get('CN')}" in subject]
    if not fitting:
        sketch.leave_out(None, f"the trusted CA {sketch.pseudonyms.text(subject)}, of which no fake is there")
        return
    installed = [hop["firewall"].get("intercept", {}) for hop in sketch.world.get("path", []) if "firewall" in hop]
    if not any(item.get("vendor") == fitting[0] and item.get("trusted_by_os") for item in installed):
        trusts: list[str] = sketch.world.setdefault("client", {}).setdefault("trusts", [])
        if fitting[0] not in trusts:
            trusts.append(fitting[0])
