"""The text that the owner of a firewall, a proxy or a name server needs to act upon what was found, and no more.

It says what has to be allowed from where to where, with the published addresses, and why: what was seen, when, and at
which hop. It claims nothing that the measurement does not show, and holds no secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag import catalogue, published
from diag.model.actions import TcpConnect
from diag.model.hops import TraceRoute
from diag.model.target import Protocol, Tls
from diag.report.words import describe
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Finding
    from diag.model.measurement import Measurement
    from diag.model.target import Endpoint
    from diag.model.verdict import Verdict

LAYERS = {"dns", "proxy", "tcp", "tls", "starttls", "service"}
"""What a network can be at fault for."""
MOST_EVIDENCE = 8
ACCEPTED = "tcp/terminated-on-the-way"
"""The cause for which it is not enough to let connections pass."""
_SPOKEN = {
    Protocol.IMAP: "IMAP (RFC 3501)",
    Protocol.POP3: "POP3 (RFC 1939)",
    Protocol.SMTP: "SMTP submission (RFC 6409)",
    Protocol.HTTPS: "HTTPS (sign-in)",
}
_BEGINS = {Tls.IMPLICIT: "TLS from the first byte", Tls.STARTTLS: "TLS after STARTTLS", Tls.NONE: "without TLS"}


def wanted(verdict: Verdict) -> list[Finding]:
    """Return the causes that the administrator of the network has to do something about."""
    return [finding for finding in verdict.causes if _who(finding) == "network admin" and _layer(finding) in LAYERS]


def render(verdict: Verdict, measurement: Measurement) -> str:
    """Write the request as plain text."""
    causes = wanted(verdict)
    if not causes:
        return "No change is needed in the network: nothing that was seen is for its administrator to repair.\n"
    parts = (
        _heading(measurement),
        _section("Source", _source(measurement)),
        _section("Destination", _destination(measurement)),
        _section("Requested", _requested(causes, measurement)),
        _section("Why", (line for finding in causes for line in _evidence(finding, measurement))),
        _section("Where on the way", _hops(causes, measurement)),
        _section("How to be sure", _check(measurement)),
    )
    return "\n".join(part for part in parts if part)


def _layer(finding: Finding) -> str:
    return finding.code.partition("/")[0]


def _who(finding: Finding) -> str:
    try:
        return catalogue.who(catalogue.page(finding.code), finding.values)
    except catalogue.NoPageError:
        return ""


def _heading(measurement: Measurement) -> str:
    title = f"Change request: let mail through for {escape(measurement.target.address, 320)}"
    made = f"Measured {measurement.vantage.started or 'at an unknown time'} by {measurement.tool}."
    return f"{title}\n{'=' * len(title)}\n{made}\n"


def _section(title: str, lines: Iterator[str]) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return f"{title}\n{'-' * len(title)}\n{text}" if text else ""


def _source(measurement: Measurement) -> Iterator[str]:
    vantage = measurement.vantage
    found = [item.action.local_address for item in measurement.observations if isinstance(item.action, TcpConnect)]
    addresses = sorted({address for address in (*found, *vantage.addresses) if address})
    yield f"Host       {escape(vantage.host, 255) or 'unknown'}"
    yield f"Addresses  {', '.join(addresses) or 'unknown: no connection was opened'}"


def _destination(measurement: Measurement) -> Iterator[str]:
    for endpoint in measurement.target.endpoints:
        spoken = f"{_SPOKEN[endpoint.protocol]}, {_BEGINS[endpoint.tls]}"
        yield f"TCP {endpoint.port:<5} {endpoint.host:32} {spoken}"
    for found in _sets(measurement.target.endpoints):
        yield ""
        yield f"Published addresses, set '{found.name}' as of {found.date} (compare https://endpoints.office.com):"
        line = "   "
        for text in found.ranges:
            if len(line) + len(text) > 100:  # noqa: PLR2004  columns
                yield line
                line = "   "
            line += f" {text}"
        yield line


def _sets(endpoints: tuple[Endpoint, ...]) -> list[published.Published]:
    found = (published.of_host(endpoint.host) for endpoint in endpoints)
    return list(dict.fromkeys(item for item in found if item))


def _requested(causes: list[Finding], measurement: Measurement) -> Iterator[str]:
    """Yield what is asked for, first what is not so now: where all ports are open, that is no decryption."""
    ports = ", ".join(str(port) for port in dict.fromkeys(item.port for item in measurement.target.endpoints))
    allowing = (
        f"Allow outgoing TCP from the source to the destination, ports {ports}, and the answers to it.",
        "Allow by name, or by all of the published addresses: single addresses change.",
    )
    unread = (
        "No decryption (TLS or SSL inspection) and no protocol inspection (STARTTLS, ESMTP) for these: mail\n"
        "   programs refuse a certificate that is not the server's own, and a token must not be read on the way."
    )
    icmp = "Let ICMP 'fragmentation needed' and 'packet too big' through."
    only_read = all(_layer(finding) in {"tls", "starttls"} for finding in causes)
    wishes: tuple[str, ...] = (unread, *allowing, icmp) if only_read else (*allowing, unread, icmp)
    if any(finding.code == ACCEPTED for finding in causes):
        wishes = (
            "No proxy that accepts connections in the servers' name: let the source connect to them itself.",
            *wishes,
        )
    for number, wish in enumerate(wishes, 1):
        yield f"{number}. {wish}"


def _evidence(finding: Finding, measurement: Measurement) -> Iterator[str]:
    page = catalogue.page(finding.code)
    yield f"* {escape(catalogue.fill(page.summary, finding.values), 500)}"
    by_number = {item.number: item for item in measurement.observations}
    for number in finding.evidence[:MOST_EVIDENCE]:
        if number in by_number:
            yield f"  #{number} at {by_number[number].began:.3f} s: {describe(by_number[number])}"
    scope = finding.values.get("scope")
    if scope:
        yield f"  {escape(str(scope), 1000)}"
    for line in catalogue.fill(page.sections["What to do"], finding.values).splitlines():
        if line[:1].isdigit():
            yield f"  To do: {escape(line.partition(' ')[2], 1000)}"


def _hops(causes: list[Finding], measurement: Measurement) -> Iterator[str]:
    for finding in causes:
        place = finding.values.get("where") if "hop" in finding.values else None
        if isinstance(place, str) and place:
            yield f"{finding.subject}: {escape(place, 500)}"
    for item in measurement.observations:
        if isinstance(item.action, TraceRoute) and item.action.hops:
            yield f"#{item.number} {describe(item)}"


def _check(measurement: Measurement) -> Iterator[str]:
    for endpoint in measurement.target.endpoints:
        if endpoint.tls is not Tls.NONE:
            starttls = f" -starttls {endpoint.protocol}" if endpoint.tls is Tls.STARTTLS else ""
            yield f"    openssl s_client{starttls} -connect {endpoint.subject} -servername {endpoint.host} </dev/null"
    yield f"    maildiag check {escape(measurement.target.address, 320)}"
