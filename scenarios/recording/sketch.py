"""The case in the making: what the parts of the recording write into, and what they all look up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from diag.clouds import clouds
from diag.model.actions import TlsHandshake, Trial
from diag.model.target import Endpoint, Protocol, Tls
from diag.rules.facts import Facts
from scenarios.recording import clocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from diag.model.finding import Finding
    from diag.model.measurement import Measurement, Observation
    from diag.model.verdict import Verdict
    from diag.rules.facts import Seen
    from scenarios.recording.pseudonyms import Pseudonyms

ON_THE_PATH = {
    "tls/handshake-reset", "tls/handshake-silent", "starttls/stripped", "starttls/masked", "tls/hello-lost",
    "tls/name-filtered", "tcp/reset-after-accept", "tcp/path-mtu", "service/captive-portal", "service/http-proxy",
    "service/block-page", "tls/version-blocked", "tcp/terminated-on-the-way",
}  # fmt: skip
"""Findings for which a device on the path is drawn and not a server that behaves so."""
SITES = {
    **{host: "entra" for cloud in clouds() for host in cloud.sign_in},
    "graph.microsoft.com": "graph",
    "outlook.office365.com": "exchange-admin",
}
"""What the sites of Microsoft's hosts are."""


@dataclass(slots=True)
class Sketch:
    """A case that is not written yet. Parts fill ``world`` and ``check``; the order of the keys is that of the file."""

    measurement: Measurement
    verdict: Verdict
    pseudonyms: Pseudonyms
    world: dict[str, Any] = field(default_factory=dict)
    check: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    facts: Facts = field(init=False)

    def __post_init__(self) -> None:
        """Index the measurement as rules do."""
        self.facts = Facts(self.measurement)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was concluded, as cause, as symptom or as note."""
        verdict = self.verdict
        return (*verdict.causes, *(symptom.finding for symptom in verdict.symptoms), *verdict.notes)

    def found(self, code: str, subject: str | None = None) -> Finding | None:
        """Return the finding of a code, of one subject or of any."""
        fitting = (item for item in self.findings if item.code == code and subject in {None, item.subject})
        return next(fitting, None)

    @property
    def ahead(self) -> float:
        """Seconds by which the computer's clock was ahead of the world's, 0 where it was right."""
        return clocks.ahead(self)

    @property
    def now(self) -> datetime:
        """When the measurement began, by the world's clock."""
        return self.facts.at - timedelta(seconds=self.ahead)

    def is_impostor(self, host: str) -> bool:
        """Tell whether the name of a host led to somebody else's address."""
        return any(item.code.startswith("dns/address-") and item.subject == host for item in self.findings)

    @property
    def endpoints(self) -> list[Endpoint]:
        """The endpoints of the check, and the web sites that were asked beside them."""
        own = list(self.measurement.target.endpoints)
        known = {endpoint.subject for endpoint in own}
        for subject in dict.fromkeys(seen.subject for seen in self.seen_handshakes()):
            host, _, port = subject.rpartition(":")
            if subject not in known and port.isdecimal():
                own.append(Endpoint(protocol=Protocol.HTTPS, host=host, port=int(port), tls=Tls.IMPLICIT))
        return own

    def place(self, endpoint: Endpoint) -> str:
        """Return the ``host:port`` of an endpoint under its example name."""
        return f"{self.pseudonyms.host(endpoint.host)}:{endpoint.port}"

    def service(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return the service at an endpoint, to be filled."""
        speaks = "http" if endpoint.protocol is Protocol.HTTPS else str(endpoint.protocol)
        services: dict[str, Any] = self.world.setdefault("services", {})
        service: dict[str, Any] = services.setdefault(self.place(endpoint), {"speaks": speaks})
        if endpoint.protocol is Protocol.HTTPS and endpoint.host in SITES:
            service["serves"] = SITES[endpoint.host]
        return service

    def refused_behind_a_proxy(self, subject: str) -> None:
        """Let nothing listen at an endpoint that a proxy could not connect to."""
        for endpoint in self.measurement.target.endpoints:
            if endpoint.subject == subject:
                self.service(endpoint)["down"] = True

    def seen_handshakes(self, subject: str | None = None) -> list[Seen[TlsHandshake]]:
        """Return the handshakes with one subject, or all."""
        return self.facts.of(TlsHandshake, subject)

    def handshakes(self, subject: str | None = None) -> list[TlsHandshake]:
        """Return what the handshakes with one subject, or all, showed."""
        return [seen.action for seen in self.seen_handshakes(subject)]

    def on_the_path(self, seen: Seen[Any]) -> bool:
        """Tell whether a finding about an observation says that a device on the path did it."""
        codes = {finding.code for finding in self.findings if seen.number in finding.evidence}
        return bool(codes & ON_THE_PATH)

    def heard_elsewhere(self, subject: str) -> tuple[int, ...]:
        """Return the other ports at which the same server took STARTTLS, so that a device has spoken in its name."""
        tries = [seen.action for seen in self.facts.of(Trial, subject) if seen.action.answer == "STARTTLS"]
        return tuple(item.port for item in tries if item.port is not None)

    def block(self, subject: str, how: str, code: str | None = None, *, everywhere: bool = False) -> None:
        """Let a device on the path treat the port of a place; ``code`` is of the ICMP message that it answers with.

        ``everywhere``: it does so whatever the host.
        """
        host, _, port = subject.rpartition(":")
        hosts = {} if everywhere else {"hosts": [self.pseudonyms.host(host.strip("[]"))]}
        firewall = self._firewall(how, lambda device: device.get("hosts") == hosts.get("hosts"))
        firewall.update(hosts)
        ports: list[int] = firewall.setdefault(how, {} if code else [])
        if code:
            ports = firewall[how].setdefault(code, [])
        if int(port) not in ports:
            ports.append(int(port))

    def intercept(self, endpoint: Endpoint, wanted: dict[str, Any]) -> None:
        """Let a device on the path inspect the port of an endpoint."""
        host = self.pseudonyms.host(endpoint.host)

        def fits(device: dict[str, Any]) -> bool:
            own = {key: value for key, value in device["intercept"].items() if key != "ports"}
            return own == wanted and device["hosts"] == [host]

        firewall = self._firewall("intercept", fits)
        firewall["hosts"] = [host]
        ports = firewall.setdefault("intercept", {"ports": [], **wanted})["ports"]
        if endpoint.port not in ports:
            ports.append(endpoint.port)

    def _firewall(self, how: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        path: list[dict[str, dict[str, Any]]] = self.world.setdefault("path", [])
        for hop in path:
            if how in hop.get("firewall", {}) and fits(hop["firewall"]):
                return hop["firewall"]
        path.append({"firewall": {}})
        return path[-1]["firewall"]

    def service_at(self, subject: str) -> dict[str, Any]:
        """Return the service at an endpoint, or at a place that endpoints were compared with."""
        for endpoint in self.endpoints:
            if endpoint.subject == subject:
                service = self.service(endpoint)
                if endpoint.tls is not Tls.IMPLICIT:
                    service["tls"] = str(endpoint.tls)
                return service
        host, _, port = subject.rpartition(":")
        place = f"{self.pseudonyms.host(host.strip('[]'))}:{port}"
        return self.world.setdefault("services", {}).setdefault(place, {"speaks": "http", "tls": "none"})  # type: ignore[no-any-return]

    def leave_out(self, item: Observation | None, text: str) -> None:
        """Keep on record that something has no words in a scenario."""
        self.left_out.append(f"#{item.number} {text}" if item else text)
