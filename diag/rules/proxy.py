"""What the proxies on the way say: whether they can be reached, and whether they pass a connection on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import ProxyTunnel, TcpConnect
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.rules.facts import host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

_BY_CODE = {
    FailureCode.PROXY_AUTHENTICATION: "proxy/authentication",
    FailureCode.REPLY_MALFORMED: "proxy/not-a-proxy",
    FailureCode.REPLY_TOO_LONG: "proxy/not-a-proxy",
    FailureCode.CONNECTION_RESET: "proxy/breaks-off",
    FailureCode.CONNECTION_CLOSED: "proxy/breaks-off",
    FailureCode.READ_TIMEOUT: "proxy/breaks-off",
}
_WAYS = {
    FailureCode.CONNECTION_RESET: "reset the connection",
    FailureCode.CONNECTION_CLOSED: "closed the connection",
    FailureCode.READ_TIMEOUT: "did not answer",
}
_CANNOT_HTTP = range(500, 600)
_NO_PROXY = {400, 404, 405, 501}
"""What a web server says to a CONNECT that it does not know."""
_CANNOT_SOCKS = {1, 3, 4, 5, 6}
"""Replies by which a proxy says that it tried (RFC 1928 section 6): any but those about what it allows and knows."""


def unreachable(facts: Facts) -> Iterator[Finding]:
    """The proxy itself cannot be connected to."""
    attempts = [seen for seen in facts.of(TcpConnect) if seen.action.role == "proxy"]
    for subject in dict.fromkeys(seen.subject for seen in attempts):
        own = [seen for seen in attempts if seen.subject == subject]
        failed = [seen for seen in own if seen.failure]
        if len(failed) < len(own) or not facts.measurement.complete:
            continue
        first = failed[0]
        how = first.failure.code.replace("-", " ") if first.failure else ""
        values = {**host_and_port(subject), "address": first.action.address, "how": how}
        evidence = tuple(seen.number for seen in failed)
        yield Finding(code="proxy/unreachable", subject=subject, evidence=evidence, values=values)


def tunnels(facts: Facts) -> Iterator[Finding]:
    """The proxy answers, and does not pass a connection on."""
    for subject in dict.fromkeys(seen.subject for seen in facts.of(ProxyTunnel)):
        tried = [seen for seen in facts.of(ProxyTunnel, subject) if seen.action.role == "endpoint"]
        if not tried:
            continue
        if any(seen.code is None for seen in tried):
            continue
        seen = tried[0]
        code = _code(seen)
        if code:
            evidence = tuple(item.number for item in tried)
            yield Finding(code=code, subject=subject, evidence=evidence, values=_values(facts, seen))


def needed(facts: Facts) -> Iterator[Finding]:
    """The endpoint cannot be reached straight, and a proxy that is not used for mail lets it through."""
    for seen in facts.of(ProxyTunnel):
        straight = [item for item in facts.of(TcpConnect, seen.subject) if item.action.role == "endpoint"]
        if seen.action.role == "control" and seen.code is None and straight and all(item.failure for item in straight):
            evidence = (*(item.number for item in straight), seen.number)
            yield Finding(code="proxy/needed", subject=seen.subject, evidence=evidence, values=_values(facts, seen))


def _straight(facts: Facts, subject: str) -> str:
    """Say what came of a connection without the proxy, where one was tried."""
    tried = [seen for seen in facts.of(TcpConnect, subject) if seen.action.role == "control"]
    if not tried:
        return ""
    port = subject.rpartition(":")[2]
    if any(seen.code is None for seen in tried):
        return f" Without the proxy port {port} can be connected to."
    return f" Without the proxy port {port} cannot be connected to either."


def _code(seen: Seen[ProxyTunnel]) -> str | None:
    if seen.code is FailureCode.PROXY_REFUSED:
        socks = seen.action.proxy.startswith("socks")
        status = seen.action.status or 0
        cannot = status in _CANNOT_SOCKS if socks else status in _CANNOT_HTTP and status not in _NO_PROXY
        if not socks and status in _NO_PROXY:
            return "proxy/not-a-proxy"
        return "proxy/cannot-connect" if cannot else "proxy/refuses-port"
    return _BY_CODE.get(seen.code) if seen.code else None


def _values(facts: Facts, seen: Seen[ProxyTunnel]) -> dict[str, Value]:
    action = seen.action
    named = f"{action.product} at {action.proxy}" if action.product else action.proxy
    own = {endpoint.subject for endpoint in facts.endpoints}
    passed = [item.action.target for item in facts.of(ProxyTunnel) if item.code is None and item.subject in own]
    told = [part for part in (action.error, action.title) if part]
    return {
        **host_and_port(seen.subject),
        "proxy": named,
        "url": action.proxy,
        "source": action.named_by,
        "target": action.target,
        "reply": f"{action.status} {action.reason}".strip() if action.status is not None else "nothing",
        "straight": _straight(facts, seen.subject),
        "told": f" It adds: {'; '.join(told)}." if told else "",
        "how": _WAYS.get(seen.code, "") if seen.code else "",
        "received": seen.failure.detail if seen.failure else "nothing",
        "schemes": ", ".join(dict.fromkeys(action.schemes)) or "it does not say which",
        "given": "A user was named, and was not accepted." if action.authenticated else "No user was named.",
        "passed": ", ".join(dict.fromkeys(passed)) or "nothing that was tried",
    }
