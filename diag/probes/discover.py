"""Where does the address's domain take its mail? MX, the SRV records of RFC 6186 and RFC 8314, and autodiscover."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.model.target import Endpoint, Protocol, Tls
from diag.net.classify import StepFailed
from diag.net.resolver import system_name_servers

if TYPE_CHECKING:
    from diag.probes.run import Run

SERVICES: dict[str, tuple[Protocol, Tls]] = {
    "_imaps._tcp": (Protocol.IMAP, Tls.IMPLICIT),
    "_imap._tcp": (Protocol.IMAP, Tls.STARTTLS),
    "_pop3s._tcp": (Protocol.POP3, Tls.IMPLICIT),
    "_pop3._tcp": (Protocol.POP3, Tls.STARTTLS),
    "_submissions._tcp": (Protocol.SMTP, Tls.IMPLICIT),
    "_submission._tcp": (Protocol.SMTP, Tls.STARTTLS),
}
"""Service labels, the better protected one of each protocol first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What the domain's records say. ``mx`` and ``autodiscover`` are host names in lower case."""

    mx: tuple[str, ...] = ()
    autodiscover: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()


async def discover(run: Run, domain: str) -> Discovery:
    """Ask for all the records at once. What does not exist is on record as such and is no failure of the check."""
    servers = run.network.settings.name_servers
    chosen = (servers if servers is not None else await asyncio.to_thread(system_name_servers))[:1]
    if not chosen:
        return Discovery()

    async def ask(name: str, kind: str) -> tuple[str, ...]:
        try:
            return (await run.network.query(name, kind, chosen[0])).action.answers
        except StepFailed:
            return ()

    questions = [ask(f"{label}.{domain}", "SRV") for label in SERVICES]
    mx, autodiscover, *services = await asyncio.gather(
        ask(domain, "MX"), ask(f"autodiscover.{domain}", "CNAME"), *questions
    )
    return Discovery(
        mx=tuple(_host(answer.split()[-1]) for answer in mx if answer.split()),
        autodiscover=tuple(_host(answer) for answer in autodiscover),
        endpoints=_endpoints(services),
    )


def _host(name: str) -> str:
    return name.rstrip(".").lower()


def _endpoints(services: list[tuple[str, ...]]) -> tuple[Endpoint, ...]:
    """Take the best record of the best protected service of each protocol (RFC 8314 section 5.1)."""
    chosen: dict[Protocol, Endpoint] = {}
    for (label, (protocol, tls)), answers in zip(SERVICES.items(), services, strict=True):
        records = sorted(record for answer in answers if (record := _srv(answer)))
        if records and protocol not in chosen:
            _, _, port, host = records[0]
            chosen[protocol] = Endpoint(protocol=protocol, host=host, port=port, tls=tls, source=f"SRV {label}")
    return tuple(chosen.values())


def _srv(answer: str) -> tuple[int, int, int, str] | None:
    """Read ``priority weight port target`` (RFC 2782) for sorting; the target ``.`` says that there is no service."""
    parts = answer.split()
    if len(parts) != 4 or not all(part.isdecimal() for part in parts[:3]) or parts[3] == ".":  # noqa: PLR2004
        return None
    priority, weight, port = (int(part) for part in parts[:3])
    return priority, -weight, port, _host(parts[3])
