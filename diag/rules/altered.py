"""Whether somebody alters what DNS says: a second name server, the published addresses and common sense are asked."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from diag import published
from diag.model.actions import DnsQuery, SystemLookup, TlsHandshake
from diag.model.failure import FailureCode
from diag.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.rules.facts import Facts, Seen

_NONE = {FailureCode.DNS_NXDOMAIN, FailureCode.DNS_NO_DATA}


_DOCUMENTATION = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
"""Addresses of examples (RFC 5737, RFC 3849), which belong to no network inside."""


def _is_private(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return not found.is_global and not any(found in network for network in _DOCUMENTATION)


def _addresses(seen: list[Seen[DnsQuery]]) -> list[str]:
    """Return the addresses that were answered, IPv4 first, in an order that does not depend on who answered first."""
    found = {address for item in seen if item.action.record_type in {"A", "AAAA"} for address in item.action.answers}
    return sorted(found, key=lambda address: (":" in address, address))


def _vouched(facts: Facts, host: str) -> bool:
    """Tell whether a certificate that verifies says that the right host was reached, which is all that counts."""
    return any(
        seen.code is None and seen.action.server_name == host and seen.action.name_matches
        for seen in facts.of(TlsHandshake)
    )


def altered(facts: Facts) -> Iterator[Finding]:
    """The network's name server and the second one contradict each other, and the way there does not lead to the host.

    That two name servers give different addresses of one large service is the ordinary course of things.
    """
    for host in dict.fromkeys(endpoint.host for endpoint in facts.endpoints):
        own = [seen for seen in facts.of(DnsQuery, host) if seen.action.role == "own"]
        second = [seen for seen in facts.of(DnsQuery) if seen.action.role == "second" and seen.action.name == host]
        told, other = _addresses(own), _addresses(second)
        denied = bool(own) and not told and any(seen.code in _NONE for seen in own)
        if not other or _vouched(facts, host) or not (denied or (told and not set(told) & set(other))):
            continue
        values = {
            "host": host,
            "own": ", ".join(told) or "no such name",
            "other": ", ".join(other),
            "server": own[0].action.server,
            "second": second[0].action.server,
        }
        evidence = tuple(seen.number for seen in (*own, *second))
        yield Finding(code="dns/altered", subject=host, evidence=evidence, values=values,
                      confidence="certain" if denied else "likely")  # fmt: skip


def unpublished(facts: Facts) -> Iterator[Finding]:
    """A provider's host has an address that is not the provider's: a private one, or one outside of its ranges."""
    for lookup in facts.of(SystemLookup):
        host, found = lookup.subject, published.of_host(lookup.subject)
        strange = [address for address in lookup.action.addresses if found and not found.has(address)]
        if lookup.action.role != "endpoint" or not found or not strange or _vouched(facts, host):
            continue
        private = [address for address in strange if _is_private(address)]
        values = {"host": host, "addresses": ", ".join(private or strange), "set": found.name, "date": found.date}
        code = "dns/address-private" if private else "dns/address-unpublished"
        yield Finding(code=code, subject=host, evidence=(lookup.number,), values=values,
                      confidence="certain" if private else "likely")  # fmt: skip


def invented(facts: Facts) -> Iterator[Finding]:
    """The name server has an address for a name that cannot exist."""
    for seen in facts.of(DnsQuery):
        if seen.action.role == "nonsense" and seen.action.answers:
            values = {"server": seen.action.server, "name": seen.action.name, "answer": ", ".join(seen.action.answers)}
            yield Finding(code="dns/invents-answers", subject="this-computer", evidence=(seen.number,), values=values)
