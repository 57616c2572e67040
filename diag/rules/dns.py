"""What the resolution of names shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diag.model.actions import DnsQuery, SystemLookup
from diag.model.failure import FailureCode
from diag.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diag.rules.facts import Facts, Seen

ADDRESS_TYPES = {"A", "AAAA"}
_BY_CODE = (
    (FailureCode.DNS_NXDOMAIN, "dns/name-does-not-exist"),
    (FailureCode.DNS_TIMEOUT, "dns/resolver-silent"),
    (FailureCode.DNS_REFUSED, "dns/resolver-fails"),
    (FailureCode.DNS_SERVFAIL, "dns/resolver-fails"),
    (FailureCode.DNS_MALFORMED, "dns/resolver-malformed"),
    (FailureCode.DNS_NO_DATA, "dns/no-address"),
)


def no_mail_service(facts: Facts) -> Iterator[Finding]:
    """Nothing says where the domain's mail is fetched and sent."""
    queries = facts.of(DnsQuery)
    if facts.endpoints or facts.target.provider != "custom" or not facts.measurement.complete or not queries:
        return
    domain = facts.target.address.rpartition("@")[2]
    silent = [seen for seen in queries if seen.code in {FailureCode.DNS_TIMEOUT, FailureCode.DNS_MALFORMED}]
    failing = [seen for seen in queries if seen.code in {FailureCode.DNS_SERVFAIL, FailureCode.DNS_REFUSED}]
    values = {"host": domain, "server": queries[0].action.server}
    if len(silent) == len(queries):
        yield Finding(code="dns/resolver-silent", subject=domain, evidence=_numbers(silent), values=values)
    elif len(failing) == len(queries):
        values["rcode"] = failing[0].action.rcode or ""
        yield Finding(code="dns/resolver-fails", subject=domain, evidence=_numbers(failing), values=values)
    else:
        yield Finding(code="dns/no-mail-service", subject=domain, evidence=_numbers(queries), values=values)


def names(facts: Facts) -> Iterator[Finding]:
    """A host has no address, neither for a name server nor for this computer's applications."""
    for host in dict.fromkeys(seen.subject for seen in facts.of(SystemLookup) if seen.action.role == "endpoint"):
        queries = [seen for seen in facts.of(DnsQuery, host) if seen.action.record_type in ADDRESS_TYPES]
        lookups = [seen for seen in facts.of(SystemLookup, host) if seen.action.role == "endpoint"]
        every: list[Seen[Any]] = [*queries, *lookups]
        if any(seen.code is None for seen in every) or not facts.measurement.complete:
            continue
        codes = [seen.code for seen in queries] or [seen.code for seen in lookups]
        code = next((name for failure, name in _BY_CODE if failure in codes), None)
        if code:
            rcode = next((seen.action.rcode for seen in queries if seen.action.rcode), None)
            server = queries[0].action.server if queries else "the system's resolver"
            values = {"host": host, "server": server, "rcode": rcode or ""}
            yield Finding(code=code, subject=host, evidence=_numbers(every), values=values)


def families(facts: Facts) -> Iterator[Finding]:
    """A host has addresses, but none of the family that the user allowed."""
    for lookup in facts.failed(SystemLookup, FailureCode.ADDRESS_UNAVAILABLE):
        family = {"ipv4": "IPv4", "ipv6": "IPv6"}.get(lookup.failure.detail if lookup.failure else "", "such")
        values = {"host": lookup.subject, "family": family, "addresses": ", ".join(lookup.action.addresses)}
        code = "dns/no-address-of-family"
        yield Finding(code=code, subject=lookup.subject, evidence=(lookup.number,), values=values)


def applications(facts: Facts) -> Iterator[Finding]:
    """The name server knows a host that the applications of this computer cannot resolve."""
    for lookup in facts.failed(SystemLookup, FailureCode.DNS_NXDOMAIN):
        if lookup.action.role == "control":
            continue
        queries = [seen for seen in facts.of(DnsQuery, lookup.subject) if seen.action.record_type in ADDRESS_TYPES]
        # Systems leave IPv6 addresses out where the computer has no IPv6 (RFC 3493 section 6.1, AI_ADDRCONFIG).
        served = [address for seen in queries for address in seen.action.answers if ":" not in address]
        if served:
            detail = lookup.failure.detail if lookup.failure else ""
            values = {"host": lookup.subject, "served": ", ".join(served), "detail": detail,
                      "server": queries[0].action.server}  # fmt: skip
            code = "dns/applications-cannot-resolve"
            yield Finding(code=code, subject=lookup.subject, evidence=(lookup.number,), values=values)


def answers_differ(facts: Facts) -> Iterator[Finding]:
    """Applications get other addresses than the name server gives: a hosts file, or another resolver in between."""
    for lookup in facts.of(SystemLookup):
        queries = [seen for seen in facts.of(DnsQuery, lookup.subject) if seen.action.record_type in ADDRESS_TYPES]
        served = {address for seen in queries for address in seen.action.answers}
        own = set(lookup.action.addresses)
        if served and own and not served & own:
            values = {"host": lookup.subject, "own": ", ".join(sorted(own)), "served": ", ".join(sorted(served))}
            evidence = (lookup.number, *_numbers(seen for seen in queries if seen.code is None))
            yield Finding(code="dns/answers-differ", subject=lookup.subject, evidence=evidence, values=values)


def _numbers(seen: Iterable[Seen[Any]]) -> tuple[int, ...]:
    return tuple(item.number for item in seen)
