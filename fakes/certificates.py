"""The certificates of a world: its public CA with an intermediate, private CAs, and leafs right and wrong.

Everything is made when it is first needed. Worlds of about the same time share it, since making a key and a chain costs
more than a whole check does; nothing in it is changed once it is made, so no world sees another.
"""

from __future__ import annotations

import ssl
import tomllib
import warnings
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import trustme
from cryptography.hazmat.primitives.serialization import Encoding

from fakes.minting import Authority, intermediate, leaf, root, self_signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

    from fakes.declare import Certificate, Service

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
OLD = {"TLSv1", "TLSv1.1"}
LIFETIME = timedelta(days=100)
"""Of a leaf: about that of Microsoft's front ends in 2026."""
AGE = timedelta(days=30)
SHARED_FOR = 600
"""Seconds of a world's time within which certificates are shared."""


@cache
def vendors() -> dict[str, dict[str, Any]]:
    """Return how each known product makes its certificates."""
    return tomllib.loads(files("fakes.data").joinpath("vendors.toml").read_text("utf-8"))


@cache
def public_cas() -> dict[str, dict[str, dict[str, str]]]:
    """Return how the known public CAs make their certificates."""
    return tomllib.loads(files("fakes.data").joinpath("public_cas.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made for the worlds of one public CA and one stretch of time."""

    public_ca: str
    stretch: int
    authorities: dict[str, Authority] = field(default_factory=dict)
    contexts: dict[object, ssl.SSLContext] = field(default_factory=dict)


@lru_cache(maxsize=16)
def _made(public_ca: str, stretch: int) -> _Made:
    return _Made(public_ca, stretch)


class Certificates:
    """Makes and keeps them. ``now`` is the world's time in seconds since 1970; ``public_ca`` a known public CA."""

    def __init__(self, *, now: Callable[[], float], public_ca: str = "digicert") -> None:
        """Make nothing yet."""
        self._now = now
        self._shape = public_cas()[public_ca]
        made = _made(public_ca, int(now()) // SHARED_FOR)
        self._authorities, self._contexts = made.authorities, made.contexts

    def authority(self, name: str) -> Authority:
        """Return the CA called ``name``: ``public``, ``issuing`` (below it), or any other for a private one."""
        known = self._authorities.get(name)
        # Worlds of several threads may ask at once; all of them must get the same.
        return known or self._authorities.setdefault(name, self._make_authority(name))

    def _make_authority(self, name: str) -> Authority:
        if name == "issuing":
            return intermediate(self.authority("public"), self._shape["issuing"], self._span(timedelta(days=900)))
        if name == "public":
            return root(self._shape["root"], self._span(timedelta(days=3650)))
        made = trustme.CA(organization_name=f"Contoso {name}", organization_unit_name="Corporate Root CA")
        return Authority.of(made)

    def interceptor(self, vendor: str) -> Authority:
        """Return the CA with which a product signs what it intercepts."""
        name = f"vendor {vendor}"
        made = self._authorities.get(name)
        return made or self._authorities.setdefault(
            name, root(dict(vendors()[vendor]["ca"]), self._span(timedelta(days=3650)))
        )

    def forged(self, vendor: str, names: tuple[str, ...], subject: dict[str, str]) -> ssl.SSLContext:
        """Return the server context of an interceptor for a host, with the genuine certificate's names and subject."""
        key = ("forged", vendor, names)
        if key not in self._contexts:
            authority, shape = self.interceptor(vendor), vendors()[vendor]
            secret, own = leaf(authority, names, subject, self._span(timedelta(days=shape["days"])), public=False)
            chain = [own, authority.certificate] if shape["sends_root"] else [own]
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._load(context, secret, chain)
            self._contexts[key] = context
        return self._contexts[key]

    def root(self, name: str) -> str:
        """Return a CA's certificate as PEM: one of the world's own, or a vendor's."""
        return (self.interceptor(name) if name in vendors() else self.authority(name)).pem

    def context(self, service: Service, host: str) -> ssl.SSLContext:
        """Return the server context of a service."""
        key = (astuple(service.certificate), service.tls_versions, host)
        if key not in self._contexts:
            self._contexts[key] = self._make(service, host)
        return self._contexts[key]

    def subject(self, names: tuple[str, ...]) -> dict[str, str]:
        """Return the subject that the public CA gives a server with these names."""
        return {**self._shape["subject"], "CN": names[0][:64]}

    def _make(self, service: Service, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        versions = [VERSIONS[name] for name in service.tls_versions]
        if OLD.intersection(service.tls_versions) or service.certificate.weak_key:
            context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # being old is what such a service is for
            context.minimum_version, context.maximum_version = min(versions), max(versions)
        self._load(context, *self._chain(service.certificate, host))
        return context

    def _load(self, context: ssl.SSLContext, key: bytes, chain: list[x509.Certificate]) -> None:
        blob = key + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
        with trustme.Blob(blob).tempfile() as path:
            context.load_cert_chain(path)

    def _chain(self, wanted: Certificate, host: str) -> tuple[bytes, list[x509.Certificate]]:
        """Make key and chain as declared."""
        names = wanted.names or (host,)
        validity = self._validity(wanted)
        if wanted.issuer == "self":
            key, own = self_signed(names, validity)
            return key, [own]
        public = wanted.issuer == "public"
        issuer = self.authority("issuing" if public else wanted.issuer)
        subject = self.subject(names) if public else {"O": "Contoso", "CN": names[0][:64]}
        key, own = leaf(issuer, names, subject, validity, public=public, weak=wanted.weak_key)
        return key, [own, *(issuer.chain if wanted.send_intermediate else ())]

    def _span(self, length: timedelta) -> tuple[datetime, datetime]:
        now = datetime.fromtimestamp(self._now(), UTC)
        return now - AGE, now - AGE + length

    def _validity(self, wanted: Certificate) -> tuple[datetime, datetime]:
        now = datetime.fromtimestamp(self._now(), UTC)
        if wanted.expired_days_ago is not None:
            ends = now - timedelta(days=wanted.expired_days_ago)
            return ends - LIFETIME, ends
        if wanted.valid_from_in_days is not None:
            begins = now + timedelta(days=wanted.valid_from_in_days)
            return begins, begins + LIFETIME
        return self._span(LIFETIME)
