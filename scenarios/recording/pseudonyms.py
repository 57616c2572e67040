"""Example names and addresses in place of a customer's own; the same one for the same, in the order of their names.

What belongs to a provider that everybody knows stays, because the diagnosis depends on it. What is an example already
stays too, so that recording a recorded case changes nothing. An address keeps its kind: private, published by the
provider, or any other.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING

from diag.clouds import clouds
from diag.plan import providers
from diag.wire.issuers import expected_issuers

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_DOMAIN = {"microsoft365": "contoso.example", "gmail": "fabrikam.example"}
"""By provider; any other mailbox lives at ``example.org``."""
RESERVED = re.compile(r"(?:.*\.)?(?:example|invalid|test|localhost|example\.(?:com|net|org))\Z")
"""Names that can belong to nobody (RFC 2606)."""
PLAIN_LABELS = {
    "mail", "imap", "imap4", "pop", "pop3", "smtp", "mx", "mx1", "mx2", "www", "webmail", "autodiscover", "autoconfig",
    "old", "v6", "login", "sts",
}  # fmt: skip
"""First labels that tell nothing of a customer."""
_OF_PROVIDERS = ("msidentity.com", "microsoftonline.com", "tm-4.office.com", "google.com", "aka.ms", "microsoft.com")
_OF_TENANTS = (".mail.protection.outlook.com", ".onmicrosoft.com")
"""Endings below which providers put a customer's name."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HOST = re.compile(r"(?<![\w@.-])(?:[a-zA-Z0-9_](?:[\w-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,24}(?![\w.-])")
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
_DOCUMENTATION = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
_LAST_BYTE = 254


@cache
def _well_known() -> frozenset[str]:
    """Return the hosts of the known providers' endpoints, and those of their sign-in pages."""
    endpoints = {str(entry["host"]) for facts in providers().values() for entry in facts.get("endpoints", ())}
    return frozenset(endpoints | {host for cloud in clouds() for host in (*cloud.sign_in, *cloud.page)})


def is_well_known(host: str) -> bool:
    """Tell whether a host belongs to a provider, so that its name says nothing of the customer."""
    host = host.rstrip(".").lower()
    if host.endswith(_OF_TENANTS):
        return False
    return host in _well_known() or bool(expected_issuers(host)) or host.endswith(_OF_PROVIDERS)


class Pseudonyms:
    """The example names of one recording."""

    def __init__(self, address: str, provider: str) -> None:
        """Give the mailbox ``address`` and its domain theirs."""
        local, _, domain = address.rpartition("@")
        self._hosts: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self.domain = domain.lower() if RESERVED.match(domain.lower()) else OWN_DOMAIN.get(provider, "example.org")
        self._hosts[domain.lower()] = self.domain
        own = local if RESERVED.match(domain.lower()) else "helpdesk"
        self._people[address.lower()] = f"{own}@{self.domain}"

    def meet(self, hosts: Iterable[str], addresses: Iterable[str]) -> None:
        """Give ``hosts`` and ``addresses`` their names in an order that does not depend on who answered first."""
        for host in sorted(set(hosts)):
            self.host(host)
        for address in sorted(set(addresses), key=lambda text: (":" in text, ipaddress.ip_address(text))):
            self.address(address)

    def person(self, address: str) -> str:
        """Return an example address for a mail address; what is no address is treated as any text."""
        if "@" not in address.strip("@"):
            return self.text(address)
        domain = address.rpartition("@")[2]
        if RESERVED.match(domain.lower()) or address.lower() in self._people:
            return self._people.get(address.lower(), address)
        return self._people.setdefault(address.lower(), f"user{len(self._people)}@{self.host(domain)}")

    def host(self, name: str) -> str:
        """Return an example name for a host name, or for a name of DNS with service labels."""
        lower = name.rstrip(".").lower()
        if is_address(lower):
            return self.address(lower)
        if lower in self._hosts or RESERVED.match(lower) or is_well_known(lower):
            return self._hosts.get(lower, lower)
        first, _, rest = lower.partition(".")
        tenants = next((ending for ending in _OF_TENANTS if lower.endswith(ending)), None)
        if tenants:
            new = f"{self.domain.replace('.', '-')}{tenants}"
        elif rest and (first.startswith("_") or first in PLAIN_LABELS):
            new = f"{first}.{self.host(rest)}"
        elif rest in self._hosts:
            new = f"host{len(self._hosts)}.{self._hosts[rest]}"
        else:
            new = f"other{len(self._hosts)}.example"
        return self._hosts.setdefault(lower, new)

    def address(self, text: str) -> str:
        """Return an example address of the same kind for an IP address."""
        address = ipaddress.ip_address(text)
        if any(address in network for network in _DOCUMENTATION) or address.is_loopback or _is_published(text):
            return text
        if text not in self._addresses:
            private = address.is_private or not address.is_global
            v6 = isinstance(address, ipaddress.IPv6Address)
            prefix = ("fd00::" if private else "2001:db8::") if v6 else ("10.0.0." if private else "198.51.100.")
            number = 1 + sum(new.startswith(prefix) for new in self._addresses.values()) % _LAST_BYTE
            self._addresses[text] = f"{prefix}{number:x}" if v6 else f"{prefix}{number}"
        return self._addresses[text]

    def text(self, text: str) -> str:
        """Return a sentence of a server with all names and addresses in it replaced."""
        text = _EMAIL.sub(lambda match: self.person(match[0]), text)
        text = _HOST.sub(lambda match: self.host(match[0]) if _may_be_host(match[0]) else match[0], text)
        text = _IPV4.sub(lambda match: self._literal(match[0]), text)
        return _IPV6.sub(lambda match: self._literal(match[0]), text)

    def _literal(self, text: str) -> str:
        return self.address(text) if is_address(text) else text


def _may_be_host(text: str) -> bool:
    """Tell a host name from a word with dots in it, such as ``STOREDRV.Submission`` or a version."""
    return text == text.lower() or text.lower().endswith((".com", ".net", ".org"))


def is_address(text: str) -> bool:
    """Tell an address literal from a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@cache
def _pretended() -> frozenset[str]:
    """Return the addresses of the bundled worlds; they are the provider's, and nothing is ever sent to them."""
    from scenarios.load import world, worlds

    declared = (names for name in worlds() for names in world(name).names.values())
    return frozenset(address for names in declared for address in (*names.a, *names.aaaa))


def _is_published(text: str) -> bool:
    return text in _pretended()
