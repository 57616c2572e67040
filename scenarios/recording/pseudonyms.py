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
from diag.model.signin import GUID
from diag.plan import providers
from diag.wire.issuers import attribute, expected_issuers, is_public_organisation
from scenarios.recording import known
from scenarios.recording.words import Words

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
_OF_TENANTS = (".mail.protection.outlook.com", ".onmicrosoft.com", ".sharepoint.com")
"""Endings below which providers put a customer's name."""
_OF_SERVERS = (".prod.outlook.com", ".prod.exchangelabs.com")
"""Endings of the names of Microsoft's single servers, which tell where a tenant's data is."""
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_HOST = r"(?<![\w@.-])(?:\*\.)?(?:\w(?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}(?![\w-]|\.\w)"
_IPV4 = r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
_IPV6 = r"(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])"
_VERSION = rf"(?i:\b(?:{'|'.join(sorted(known.SOFTWARE))}):?[ /]v?)\d+(?:\.\d+){{3,}}"
"""Four numbers that are no address."""
_ACCOUNT = r"(?<![\w\\])[A-Za-z][\w.-]{0,63}(?P<stroke>\\{1,2})(?!x[0-9a-fA-F]{2}|[rnt](?!\w))\w[\w-]*(?:\.[\w-]+)*"
_STAMP = r"\[[\w-]+(?:\.[\w-]+)+ \d{4}-\d\d-\d\dT[\d:.]+Z [0-9A-F]{12,}\]"
_BANNER = r"\[(?=[^\]]*[a-z])(?=[^\]]*[A-Z])(?=[^\]]*\d)[A-Za-z0-9+/]{19,}={0,2}\]"
_TRACE = r"\b(?:08D[0-9A-F]{13}|[0-9a-fA-F]{20,})\b"
_PARTS = {
    "resource": r"\bapi://[^\s,;]+", "stamp": _STAMP, "banner": _BANNER, "email": _EMAIL, "guid": GUID.pattern,
    "account": _ACCOUNT, "version": _VERSION, "host": _HOST, "ipv4": _IPV4, "ipv6": _IPV6, "trace": _TRACE,
}  # fmt: skip
_PART = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PARTS.items()))
STAMP = "[smtp.office365.com 2026-01-01T00:00:00.000Z 08DE000000000000]"
"""What Exchange Online adds to a refusal, as it says which server spoke, when, and in which session."""
BANNER = "[c2VydmVyLmV4YW1wbGU=]"
"""What it adds to a greeting: the name of a server in base64."""
_DOCUMENTATION = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
_LAST_BYTE = 254
_COUNTRY = 2
"""Letters of a country's domain."""
PRIVATE_CA = "OU=Corporate Root CA, O=Contoso private"
"""The private CA of emulated worlds, which stands for any."""


@cache
def _well_known() -> frozenset[str]:
    """Return the hosts of the known providers' endpoints, and those of their sign-in pages."""
    endpoints = {str(entry["host"]) for facts in providers().values() for entry in facts.get("endpoints", ())}
    return frozenset(endpoints | {host for cloud in clouds() for host in (*cloud.sign_in, *cloud.page)})


def is_well_known(host: str) -> bool:
    """Tell whether a host belongs to a provider, so that its name says nothing of the customer."""
    host = host.rstrip(".").lower()
    if host.endswith((*_OF_TENANTS, *_OF_SERVERS)):
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
        self.is_example = RESERVED.match(domain.lower()) is not None
        self._guids: dict[str, str] = {}
        self.words = Words()
        if not self.is_example:
            self.words.learn(local, own)
            if not is_well_known(domain):
                self._learn(domain.lower(), self.domain)

    def meet(self, hosts: Iterable[str], addresses: Iterable[str]) -> None:
        """Give ``hosts`` and ``addresses`` their names in an order that does not depend on who answered first."""
        for host in sorted(set(hosts)):
            self.host(host)
        for address in sorted(set(addresses), key=lambda text: (":" in text, ipaddress.ip_address(text))):
            self.address(address)

    def person(self, address: str) -> str:
        """Return an example address for a mail address; what is no address is treated as any text."""
        if "@" not in address.strip("@"):
            return self._account(address)
        domain = address.rpartition("@")[2]
        if RESERVED.match(domain.lower()) or address.lower() in self._people:
            return self._people.get(address.lower(), address)
        return self._people.setdefault(address.lower(), f"user{len(self._people)}@{self.host(domain)}")

    def _account(self, text: str) -> str:
        """Return an example for a user's name without a domain."""
        made = self.text(text)
        if made == text and not self.is_example and text.strip():
            self.words.learn(text.strip(), f"user{len(self._people)}")
            self._people.setdefault(text.strip().lower(), f"user{len(self._people)}")
            made = self.text(text)
        return made

    def host(self, name: str) -> str:
        """Return an example name for a host name, or for a name of DNS with service labels."""
        lower = name.rstrip(".").lower()
        if lower.startswith("*."):
            return f"*.{self.host(lower.removeprefix('*.'))}"
        if is_address(lower):
            return self.address(lower)
        if lower in self._hosts or RESERVED.match(lower) or is_well_known(lower):
            return self._hosts.get(lower, lower)
        new = self._named(lower)
        self._learn(lower, new)
        return self._hosts.setdefault(lower, new)

    def _named(self, lower: str) -> str:
        """Make an example name, below that of the domain that a host is in."""
        first, _, rest = lower.partition(".")
        if lower.endswith(_OF_SERVERS):
            return f"server{next(ending for ending in _OF_SERVERS if lower.endswith(ending))}"
        tenants = next((ending for ending in _OF_TENANTS if lower.endswith(ending)), None)
        if tenants:
            return f"{self.domain.replace('.', '-')}{tenants}"
        if rest and (first.startswith("_") or first in PLAIN_LABELS):
            return f"{first}.{self.host(rest)}"
        if "." in rest:
            parent = self.host(rest)
            return f"host{len(self._hosts)}.{parent}"
        return f"other{len(self._hosts)}.example"

    def _learn(self, host: str, new: str) -> None:
        """Let the labels of a customer's name be replaced also where they stand alone."""
        tenants = next((ending for ending in _OF_TENANTS if host.endswith(ending)), None)
        labels = host.removesuffix(tenants).split(".") if tenants else host.split(".")[:-1]
        for label in labels:
            if label not in {*PLAIN_LABELS, *known.SECOND_LEVEL} and not label.startswith("_"):
                self.words.learn(label, new.partition(".")[0])

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
        """Return a sentence of a server with all names, addresses, identifiers and words of the customer's replaced."""
        done, at = [], 0
        for match in _PART.finditer(text):
            done += [self.words.replace(text[at : match.start()]), self._part(match)]
            at = match.end()
        return "".join([*done, self.words.replace(text[at:])])

    def _part(self, match: re.Match[str]) -> str:
        """Return what stands in place of one part of a sentence."""
        text, kind = match[0], match.lastgroup
        kind = next(name for name in _PARTS if match[name] is not None) if kind == "stroke" else kind
        made = {
            "resource": lambda: self.resource(text),
            "stamp": lambda: STAMP,
            "banner": lambda: BANNER,
            "email": lambda: self.person(text),
            "guid": lambda: self.guid(text),
            "account": lambda: f"{self.domain.partition('.')[0].upper()}{match['stroke']}user",
            "version": lambda: text,
            "host": lambda: self._dotted(text),
            "trace": lambda: "0" * len(text),
        }
        return made.get(kind or "", lambda: self.address(text) if is_address(text) else text)()

    def _dotted(self, text: str) -> str:
        """Return a word with dots in it under an example name, if it is a host's or has a word of the customer's."""
        if self.words.is_whole(text):
            return self.words.replace(text)
        if self._may_be_host(text):
            made = self.host(text)
            return text if made == text.lower() else made
        return self.words.replace(text)

    def _may_be_host(self, text: str) -> bool:
        """Tell a host name from a word with dots in it, such as ``STOREDRV.Submission``."""
        lower = text.lower()
        last = lower.rpartition(".")[2]
        own = any(lower.endswith(f".{host}") for host in self._hosts) or lower in self._hosts
        return own or text in {lower, text.upper()} or last in known.LAST_LABELS or len(last) == _COUNTRY

    def guid(self, text: str) -> str:
        """Return an example identifier for one of the customer's."""
        if known.is_public_guid(text):
            return text
        return self._guids.setdefault(text.lower(), known.EXAMPLE_GUID.format(len(self._guids) + 1))

    def resource(self, text: str) -> str:
        """Return an example for what a token is for, unless it is a service of Microsoft's."""
        if known.is_guid(text):
            return self.guid(text)
        scheme, _, rest = text.partition("://")
        host, slash, path = rest.partition("/")
        if scheme not in {"https", "http"}:
            return "api://other"
        public = is_well_known(host) and not path
        return text if public else f"{scheme}://{self.host(host)}{slash if not path else ''}"

    def permission(self, text: str) -> str:
        """Return an example for a permission, unless it is one of Microsoft's; it may name the resource too."""
        resource, slash, name = text.rpartition("/")
        name = name if known.is_permission(name) else "Other.Permission"
        return f"{self.resource(resource.rstrip('/'))}/{name}" if slash else name

    def subject(self, name: str) -> str:
        """Return an example for the distinguished name in a certificate; of a public CA's only the organisation."""
        if is_public_organisation(attribute(name, "O")):
            return f"O={attribute(name, 'O')}"
        common = attribute(name, "CN")
        bare = common.removeprefix("*.")
        return f"CN={self.host(common)}" if "." in bare and " " not in bare else PRIVATE_CA


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
