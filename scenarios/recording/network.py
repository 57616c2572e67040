"""What the network did: ports that a device treats in its own way, addresses that are dead, and interceptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import ProxyTunnel, TcpConnect
from diag.model.failure import FailureCode
from diag.model.target import Tls
from scenarios.recording import pages

if TYPE_CHECKING:
    from typing import Any

    from diag.model.finding import Finding
    from diag.model.target import Endpoint
    from diag.rules.facts import Seen
    from fakes.declare import IcmpCode
    from scenarios.recording.sketch import Sketch

BY_FINDING = {
    "tls/handshake-reset": "reset_hello",
    "tls/handshake-silent": "swallow",
    "starttls/stripped": "strip_starttls",
    "starttls/masked": "mask_starttls",
    "tls/hello-lost": "drop_hello",
    "tls/version-blocked": "reset_tls13",
    "tls/large-hello-dropped": "drop_large_hello",
    "tls/large-hello-refused": "refuse_large_hello",
    "tcp/reset-after-accept": "reset",
    "service/captive-portal": "portal",
    "service/http-proxy": "web_proxy",
    "service/block-page": "block_page",
}
"""What only a device does, by the finding that says so."""
BY_FAILURE = {
    FailureCode.CONNECT_TIMEOUT: "drop",
    FailureCode.MAX_TIME: "drop",
    FailureCode.INTERRUPTED: "drop",
    FailureCode.ADMIN_PROHIBITED: "prohibit",
}
NO_FAMILY = {FailureCode.NETWORK_UNREACHABLE, FailureCode.ADDRESS_UNAVAILABLE}
ICMP: dict[tuple[int, int], IcmpCode] = {
    (3, 0): "net-unreachable", (3, 1): "host-unreachable", (3, 2): "protocol-unreachable", (3, 3): "port-unreachable",
    (3, 9): "net-prohibited", (3, 10): "host-prohibited", (3, 13): "admin-prohibited",
    (3, 5): "net-unreachable", (3, 6): "net-unreachable", (3, 7): "host-unreachable", (3, 8): "host-unreachable",
    (3, 11): "net-unreachable", (3, 12): "host-unreachable", (3, 14): "host-prohibited", (3, 15): "admin-prohibited",
    (1, 0): "net-unreachable", (1, 2): "net-unreachable", (1, 1): "admin-prohibited",
    (1, 3): "host-unreachable", (1, 4): "port-unreachable",
    (1, 5): "admin-prohibited", (1, 6): "admin-prohibited",
}  # fmt: skip
"""ICMP and ICMPv6 destination unreachable by type and code (RFC 792, RFC 1812, RFC 4443); a code that no stage can
send is the one that means the same."""
ACCEPTED = ("tcp/terminated-on-the-way", "tcp/relayed-on-the-way")
"""Findings that say that a device accepts connections, which is drawn nearer than the host."""
SPOKEN = {
    "starttls/blocked": "refuse_starttls",
    "starttls/plaintext-injected": "inject_plaintext",
    "smtp/ehlo-refused": "refuse_ehlo",
}
"""What a device does that speaks in the server's name, by what is found then."""
SLOW = 550
"""Milliseconds of a way that is too slow for the time allowed in a recorded check."""
FARTHER = 150
"""Milliseconds from a device that answers in a host's name to the host behind it."""


def draw(sketch: Sketch) -> None:
    """Draw the path and the addresses."""
    slow = any(seen.action.late is not None for seen in sketch.facts.of(TcpConnect))
    for subject, attempts in _attempts(sketch).items():
        _connects(sketch, subject, attempts, slow=slow)
    for endpoint in sketch.endpoints:
        if _taken(sketch, endpoint):
            continue
        for code, key in BY_FINDING.items():
            if sketch.found(code, endpoint.subject) and not (key == "reset_hello" and endpoint.tls is Tls.STARTTLS):
                sketch.block(endpoint.subject, key)
        if _answers_as_web(sketch, endpoint):
            _web(sketch, endpoint)
        _minds_the_name(sketch, endpoint)
        _speaks_in_its_name(sketch, endpoint)
        if sketch.found("tcp/path-mtu", endpoint.subject):
            _black_hole(sketch, endpoint)
    if any(
        sketch.found(code, endpoint.subject)
        for endpoint in sketch.measurement.target.endpoints
        for code in ("tcp/refused-on-the-way", *ACCEPTED)
    ):
        sketch.world["path"].append({"router": {"delay_ms": FARTHER}})
    for entry in sketch.measurement.vantage.interceptor_roots:
        _trusted_interceptor(sketch, entry)


def _taken(sketch: Sketch, endpoint: Endpoint) -> bool:
    """Draw a device that accepts the connections to an endpoint, if one was seen; tell whether they end there."""
    for code in ACCEPTED:
        finding = sketch.found(code, endpoint.subject)
        if finding is not None:
            how = "relay" if code == "tcp/relayed-on-the-way" else "reset" if _cut(sketch, finding) else "swallow"
            sketch.block(endpoint.subject, how, everywhere=finding.confidence == "certain")
            return how != "relay"
    return False


def _cut(sketch: Sketch, finding: Finding) -> bool:
    """Tell whether a connection that a finding is about was ended, and not left without an answer."""
    codes = {item.failure.code for item in sketch.measurement.observations
             if item.number in finding.evidence and item.failure}  # fmt: skip
    return bool(codes & {FailureCode.CONNECTION_RESET, FailureCode.CONNECTION_CLOSED})


def _attempts(sketch: Sketch) -> dict[str, dict[str, Seen[TcpConnect]]]:
    """Return the first attempt at each address of each place: endpoints, and what a closed one was compared with.

    Beside an endpoint that opened late a comparison may have begun too, which then says nothing.
    """
    found: dict[str, dict[str, Seen[TcpConnect]]] = {}
    for seen in sketch.facts.of(TcpConnect):
        if seen.action.role in {"endpoint", "control"}:
            found.setdefault(seen.subject, {}).setdefault(seen.action.address, seen)
    own = {seen.subject for seen in sketch.facts.of(TcpConnect) if seen.action.role == "endpoint"}
    controls = set(found) - own
    closed = [subject for subject in own if all(seen.code is not None for seen in found[subject].values())]
    closed += [seen.subject for seen in sketch.facts.of(ProxyTunnel) if seen.code is not None]
    hosts, ports = ({subject.rpartition(":")[at] for subject in closed} for at in (0, 2))
    own_hosts = {endpoint.host for endpoint in sketch.measurement.target.endpoints}
    compared = {
        subject
        for subject in controls
        for host, _, port in [subject.rpartition(":")]
        if host in hosts or (port in ports and host not in own_hosts)
    }
    order = [endpoint.subject for endpoint in sketch.endpoints]
    telling = own | compared | (controls & set(pages.shut(sketch)))
    places = [*(subject for subject in order if subject in telling), *sorted(compared - set(order))]
    return {subject: found[subject] for subject in (*places, *sorted(telling - {*order, *places}))}


def _connects(sketch: Sketch, subject: str, attempts: dict[str, Seen[TcpConnect]], *, slow: bool) -> None:
    failed = {address: seen for address, seen in attempts.items() if seen.code is not None}
    if any(seen.code in NO_FAMILY and seen.action.family == "ipv6" and not seen.action.icmp_from
           for seen in failed.values()):  # fmt: skip
        sketch.world.setdefault("client", {})["ipv6"] = False
        failed = {address: seen for address, seen in failed.items() if seen.code not in NO_FAMILY}
        attempts = {address: seen for address, seen in attempts.items() if seen.code not in NO_FAMILY}
    if slow and all(seen.code is FailureCode.CONNECT_TIMEOUT for seen in failed.values()):
        # Also what came too late to be seen at all.
        sketch.service_at(subject)
        _too_slow(sketch)
    elif not failed:
        if attempts:
            sketch.service_at(subject)
    elif len(failed) < len(attempts):
        dead = sketch.world.setdefault("dead_addresses", [])
        dead += [new for address in failed if (new := sketch.pseudonyms.address(address)) not in dead]
    else:
        _closed(sketch, subject, _deciding(failed))


def _deciding(failed: dict[str, Seen[TcpConnect]]) -> Seen[TcpConnect]:
    """Choose the attempt by which all are judged, as the rules do: the first by IPv4."""
    return next((seen for seen in failed.values() if seen.action.family == "ipv4"), next(iter(failed.values())))


def _closed(sketch: Sketch, subject: str, seen: Seen[TcpConnect]) -> None:
    """Draw a place of which no address can be connected to."""
    action, code = seen.action, seen.code
    message = ICMP.get((action.icmp_type or 0, action.icmp_code or 0)) if action.icmp_from else None
    if code is FailureCode.HOST_UNREACHABLE and message is None:
        return  # a host without any service: nothing leads to its address
    service = sketch.service_at(subject)
    if message is not None:
        _refused_by_icmp(sketch, subject, message)
    elif code in BY_FAILURE:
        sketch.block(subject, BY_FAILURE[code])
    elif sketch.found("tcp/refused-on-the-way", subject):
        sketch.block(subject, "refuse")
    elif code in {FailureCode.CONNECTION_REFUSED, FailureCode.CONNECTION_RESET}:
        service["down"] = True
    else:
        sketch.leave_out(seen.observation, f"connection to {sketch.pseudonyms.text(subject)}: {code}")


def _refused_by_icmp(sketch: Sketch, subject: str, message: IcmpCode) -> None:
    if message == "admin-prohibited":
        sketch.block(subject, "prohibit")
    else:
        sketch.block(subject, "icmp", message)


def _too_slow(sketch: Sketch) -> None:
    """Draw a way on which answers come after the time allowed, in the proportions of an emulated world."""
    path = sketch.world.setdefault("path", [])
    if not any("router" in hop for hop in path):
        path.append({"router": {"delay_ms": SLOW}})
    sketch.check.update(connect_timeout=0.3, grace=1.2, read_timeout=4)


def _speaks_in_its_name(sketch: Sketch, endpoint: Endpoint) -> None:
    """Draw a device that speaks in the server's name, where the same server says otherwise at another port."""
    said = [key for code, key in SPOKEN.items() if sketch.found(code, endpoint.subject)]
    for port in sketch.heard_elsewhere(endpoint.subject) if said else ():
        sketch.block(endpoint.subject, said[0])
        service = sketch.service_at(f"{endpoint.host}:{port}")
        service.update(speaks=str(endpoint.protocol), like="dovecot", tls="starttls")


def _minds_the_name(sketch: Sketch, endpoint: Endpoint) -> None:
    """Draw a filter on the name of an endpoint's host, as it treats a ClientHello with that name."""
    finding = sketch.found("tls/name-filtered", endpoint.subject)
    if finding is None:
        return
    how = "reset_names" if finding.values.get("how") == "reset" else "drop_names"
    path: list[dict[str, Any]] = sketch.world.setdefault("path", [])
    name = sketch.pseudonyms.host(endpoint.host)
    devices = [hop["firewall"] for hop in path if how in hop.get("firewall", {})]
    if not devices:
        devices = [{how: []}]
        path.append({"firewall": devices[0]})
    if name not in devices[0][how]:
        devices[0][how].append(name)


def _black_hole(sketch: Sketch, endpoint: Endpoint) -> None:
    """Draw a link of its own for each port, since each is lost in the direction in which it was seen."""
    finding = sketch.found("tcp/path-mtu", endpoint.subject)
    up = finding is not None and str(finding.values.get("direction", "")).startswith("from this computer")
    link = {"ports": [endpoint.port], "direction": "up" if up else "down"}
    host = sketch.pseudonyms.host(endpoint.host)
    sketch.world.setdefault("path", []).append({"firewall": {"hosts": [host], "black_hole": link}})


def _web(sketch: Sketch, endpoint: Endpoint) -> None:
    """Draw who answers in HTTP: whoever is at the address that an altered answer leads to, or a device."""
    if sketch.found("dns/altered", endpoint.host):
        service = sketch.service(endpoint)
        service.clear()
        service.update(speaks="http", tls="none")
    else:
        sketch.block(endpoint.subject, "block_page")


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
        sketch.leave_out(None, f"the trusted CA {sketch.pseudonyms.subject(subject)}, of which no fake is there")
        return
    installed = [hop["firewall"].get("intercept", {}) for hop in sketch.world.get("path", []) if "firewall" in hop]
    if not any(item.get("vendor") == fitting[0] and item.get("trusted_by_os") for item in installed):
        trusts: list[str] = sketch.world.setdefault("client", {}).setdefault("trusts", [])
        if fitting[0] not in trusts:
            trusts.append(fitting[0])
