"""Hosts of the sign-in page that cannot be reached although the sign-in service itself can.

Where the service is not reached either, that is the cause, and these hosts tell nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diag import clouds
from diag.model.actions import ProxyTunnel, SystemLookup, TcpConnect, TlsHandshake, TlsOffer
from diag.model.failure import UNFINISHED, FailureCode
from diag.model.finding import Finding
from diag.model.target import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from diag.rules.facts import Facts, Seen

PORT = 443
_NOTHING_SAID = UNFINISHED | {FailureCode.UNCLASSIFIED}
_HOW = {
    FailureCode.CONNECT_TIMEOUT: "nothing answers",
    FailureCode.CONNECTION_REFUSED: "the connection is refused",
    FailureCode.CONNECTION_RESET: "the connection is reset",
    FailureCode.HOST_UNREACHABLE: "the host is said to be unreachable",
    FailureCode.ADMIN_PROHIBITED: "the connection is prohibited",
    FailureCode.CONNECTION_CLOSED: "the connection is closed when TLS begins",
    FailureCode.READ_TIMEOUT: "nothing answers when TLS begins",
    FailureCode.TLS_NOT_TLS: "what answers is not TLS",
    FailureCode.PROXY_REFUSED: "the proxy does not let it through",
}


def blocked(facts: Facts) -> Iterator[Finding]:
    """A person could not sign in here: the page would not be whole."""
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    reached: list[Seen[TlsHandshake]] = []
    for endpoint in facts.endpoints:
        cloud = clouds.of_sign_in(endpoint.host) if endpoint.protocol is Protocol.HTTPS else None
        answered = [seen for seen in facts.of(TlsHandshake, endpoint.subject) if seen.action.chain]
        if cloud and answered:
            reached += answered[:1]
            found |= {host: closed for host in cloud.page if (closed := _closed(facts, host))}
    if found:
        values = {
            "hosts": ", ".join(found),
            "host": next(iter(found)),
            "how": "; ".join(f"{host}: {how}" for host, (how, _) in found.items()),
            "service": reached[0].action.server_name,
            "address": facts.target.address,
        }
        numbers = [number for _, shown in found.values() for number in shown]
        evidence = (*numbers, *(seen.number for seen in reached))
        yield Finding(code="entra/page-host-blocked", subject=facts.target.address, evidence=evidence, values=values)


def _closed(facts: Facts, host: str) -> tuple[str, tuple[int, ...]] | None:
    """Say how the way to a host ends, with the observations that show it; None where it leads on, or was not tried."""
    subject = f"{host}:{PORT}"
    lookups = [seen for seen in facts.of(SystemLookup, host) if seen.action.role == "control"]
    opened: list[Seen[Any]] = [*facts.of(TcpConnect, subject), *facts.of(ProxyTunnel, subject)]
    offers = facts.of(TlsOffer, subject)
    last: Sequence[Seen[Any]] = offers or opened or lookups
    steps = [seen.observation for seen in last]
    failures = [step.failure for step in steps if step.failure and step.failure.code not in _NOTHING_SAID]
    if not steps or len(failures) < len(steps):
        return None
    told = next((failure for failure in failures if failure.code in _HOW), failures[0])
    how = _HOW.get(told.code, told.code.replace("-", " ")) if opened else "its name has no address here"
    return how, tuple(step.number for step in steps)
