"""The proxy that the check went through: what it lets pass, and how it refuses the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from diag.model.actions import ProxyTunnel, TcpConnect
from diag.model.failure import FailureCode
from scenarios.recording.known import SCHEMES

if TYPE_CHECKING:
    from diag.rules.facts import Seen
    from scenarios.recording.sketch import Sketch

USER, PASSWORD = "helpdesk", "secret"
_URL = re.compile(r"(?:(?P<scheme>[a-z0-9]+)://)?(?P<place>.+)")
_SOCKS_PORT = 1080
_NOT_ALLOWED = 2
"""What SOCKS5 replies to a target that its rules forbid (RFC 1928 section 6)."""
_TRIED = range(500, 600)
"""By which an HTTP proxy says that it tried and could not (RFC 9110 section 15.6)."""
_NO_PROXY = {400, 404, 405, 501}
_DENIES = {FailureCode.CONNECTION_RESET: "reset", FailureCode.CONNECTION_CLOSED: "reset",
           FailureCode.READ_TIMEOUT: "silence"}  # fmt: skip


def draw(sketch: Sketch) -> None:
    """Draw the proxies and the option that names the first one."""
    tunnels: dict[str, list[Seen[ProxyTunnel]]] = {}
    for seen in sketch.facts.of(ProxyTunnel):
        tunnels.setdefault(seen.action.proxy, []).append(seen)
    for url, tried in tunnels.items():
        _proxy(sketch, url, tried)
    if not tunnels:
        _unreachable(sketch)


def _proxy(sketch: Sketch, url: str, tried: list[Seen[ProxyTunnel]]) -> None:
    match = _URL.fullmatch(url)
    assert match is not None
    scheme, socks = match["scheme"] or "http", (match["scheme"] or "").startswith("socks")
    host, _, port = match["place"].rpartition(":")
    place = f"{sketch.pseudonyms.host(host)}:{port}"
    service: dict[str, Any] = sketch.world.setdefault("services", {}).setdefault(place, {})
    user = ""
    if any(_is_no_proxy(seen) for seen in tried):
        if not service:
            service.update({"speaks": "smtp", "like": "dovecot", "tls": "starttls"} if socks
                           else {"speaks": "http", "tls": "none"})  # fmt: skip
    else:
        service["speaks"] = "socks5-proxy" if socks else "http-proxy"
        policy = _policy(sketch, tried, socks=socks)
        refused = any(seen.code is FailureCode.PROXY_AUTHENTICATION for seen in tried)
        if refused or any(seen.action.authenticated for seen in tried):
            policy["users"] = {USER: PASSWORD}
        if any(seen.action.authenticated for seen in tried):
            user = f"{USER}:{'wrong' if refused else PASSWORD}@"
        if policy:
            service["proxy"] = policy
    address = f"{scheme}://{user}{place}"
    named_by = tried[0].action.named_by
    if named_by.isupper():
        sketch.check.setdefault("environment", {})[named_by] = address
    else:
        sketch.check.setdefault("proxy", address)


def _is_no_proxy(seen: Seen[ProxyTunnel]) -> bool:
    by_status = seen.code is FailureCode.PROXY_REFUSED and seen.action.status in _NO_PROXY
    return by_status or seen.code in {FailureCode.REPLY_MALFORMED, FailureCode.REPLY_TOO_LONG}


def _policy(sketch: Sketch, tried: list[Seen[ProxyTunnel]], *, socks: bool) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    allowed = {int(seen.action.target.rpartition(":")[2]) for seen in tried if _allows(seen, socks=socks)}
    asked = {int(seen.action.target.rpartition(":")[2]) for seen in tried}
    if asked - allowed:
        policy["ports"] = sorted(allowed)
    elif not allowed <= {443, 993, 995, 587}:
        policy["ports"] = sorted(allowed | {443, 993, 995, 587})
    denied = next((_DENIES[seen.code] for seen in tried if seen.code in _DENIES), None)
    if denied:
        policy["denies_by"] = denied
    schemes = next((seen.action.schemes for seen in tried if seen.action.schemes), ())
    if schemes:
        policy["schemes"] = [scheme for scheme in schemes if scheme.lower() in SCHEMES]
    if any("tinyproxy" in seen.action.product.lower() for seen in tried):
        policy["product"] = "tinyproxy"
    for seen in tried:
        if not _allows(seen, socks=socks) or seen.code is None:
            continue
        if not socks or seen.action.status == 5:  # noqa: PLR2004  connection refused (RFC 1928 section 6)
            sketch.refused_behind_a_proxy(seen.subject)
    return policy


def _allows(seen: Seen[ProxyTunnel], *, socks: bool) -> bool:
    """Tell whether the policy allows a target, whatever became of the connection then."""
    if seen.code is None or seen.code is FailureCode.PROXY_AUTHENTICATION:
        return True
    status = seen.action.status or 0
    return seen.code is FailureCode.PROXY_REFUSED and (status != _NOT_ALLOWED if socks else status in _TRIED)


def _unreachable(sketch: Sketch) -> None:
    """Draw a proxy that could not be connected to: nothing listens there."""
    for seen in sketch.facts.of(TcpConnect):
        if seen.action.role == "proxy":
            host, _, port = seen.subject.rpartition(":")
            scheme = "socks5" if int(port) == _SOCKS_PORT else "http"
            place = f"{sketch.pseudonyms.host(host)}:{port}"
            services = sketch.world.setdefault("services", {})
            services[place] = {"speaks": "socks5-proxy" if scheme == "socks5" else "http-proxy", "down": True}
            if seen.code is FailureCode.CONNECT_TIMEOUT:
                sketch.leave_out(seen.observation, "that the proxy did not answer at all")
            sketch.check.setdefault("proxy", f"{scheme}://{place}")
