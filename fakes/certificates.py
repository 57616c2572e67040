"""The certificates of a world: its public CA with an intermediate, private CAs, and leafs right and wrong.

Everything is made when it is first needed. Worlds of about the same time share it, since making a key and a chain costs
more than a whole check does; nothing in it is changed once it is made, so no world sees another.
"""

from __future__ import annotations

import tomllib
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import trustme
from cryptography.hazmat.primitives.asymmetric import rsa

from fakes.contexts import WEB, load, server_context
from fakes.forging import Forger, vendors
from fakes.minting import Authority, intermediate, leaf, root, self_signed, signed_with_sha1

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from fakes.declare import Certificate, Intercept, Service

LIFETIME = timedelta(days=100)
"""Of a leaf: about that of Microsoft's front ends in 2026."""
AGE = timedelta(days=30)
SHARED_FOR = 600
"""Seconds of a world's time within which certificates are shared."""


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
    chains: dict[object, tuple[bytes, list[x509.Certificate]]] = field(default_factory=dict)
    vendor_keys: dict[str, dict[str, ec.EllipticCurvePrivateKey]] = field(default_factory=dict)


@lru_cache(maxsize=16)
def _made(public_ca: str, stretch: int) -> _Made:
    return _Made(public_ca, stretch)


class Certificates:
    """Makes and keeps them. ``now`` is the world's time in seconds since 1970; ``public_ca`` a known public CA.

    ``private_ca`` is the common name of the private one, if it has any.
    """

    def __init__(self, *, now: Callable[[], float], public_ca: str = "digicert", private_ca: str | None = None) -> None:
        """Make nothing yet."""
        self._now = now
        self._shape = public_cas()[public_ca]
        self._private_ca = private_ca
        made = _made(public_ca, int(now()) // SHARED_FOR)
        self._authorities, self._contexts = made.authorities, made.contexts
        self._chains, self._vendor_keys = made.chains, made.vendor_keys

    def authority(self, name: str) -> Authority:
        """Return a CA: ``public``, ``issuing`` or ``issuing, of old`` (both below it), or any other, a private one."""
        key = f"private, called {self._private_ca}" if name == "private" and self._private_ca else name
        known = self._authorities.get(key)
        # Worlds of several threads may ask at once; all of them must get the same.
        return known or self._authorities.setdefault(key, self._make_authority(name))

    def _make_authority(self, name: str) -> Authority:
        if name == "issuing":
            return intermediate(self.authority("public"), self._shape["issuing"], self._span(timedelta(days=900)))
        if name == "issuing, of old":
            key = rsa.generate_private_key(65537, 2048)
            span = self._span(timedelta(days=900))
            return intermediate(self.authority("public"), self._shape["issuing"], span, key)
        if name == "public":
            return root(self._shape["root"], self._span(timedelta(days=3650)))
        if name == "private" and self._private_ca:
            return root({"O": "Contoso", "CN": self._private_ca}, self._span(timedelta(days=3650)))
        made = trustme.CA(organization_name=f"Contoso {name}", organization_unit_name="Corporate Root CA")
        return Authority.of(made)

    def interceptor(self, vendor: str, *, in_doubt: bool = False) -> Authority:
        """Return the CA with which a product signs what it intercepts; ``in_doubt``, where it distrusts the server."""
        subject = vendors()[vendor]["ca"]
        own = vendors()[vendor].get("doubts", subject) if in_doubt else subject
        name = f"vendor {own}"
        made = self._authorities.get(name)
        return made or self._authorities.setdefault(name, root(dict(own), self._span(timedelta(days=3650))))

    def forged(self, wanted: Intercept, service: Service, host: str, *, in_doubt: bool = False) -> ssl.SSLContext:
        """Return the server context of an interceptor in front of a service, which it may trust or doubt."""
        key = ("forged", astuple(wanted), astuple(service.certificate), host, in_doubt, self._private_ca)
        if key not in self._contexts:
            authority = self.interceptor(wanted.vendor, in_doubt=in_doubt)
            forger = Forger(authority, wanted, self._now(), self._keys(wanted))
            self._contexts[key] = forger.context(self.chain(service, host)[1][0], host)
        return self._contexts[key]

    def _keys(self, wanted: Intercept) -> dict[str, ec.EllipticCurvePrivateKey]:
        return self._vendor_keys.setdefault(wanted.vendor, {})

    def root(self, name: str) -> str:
        """Return a CA's certificate as PEM: one of the world's own, or a vendor's."""
        return (self.interceptor(name) if name in vendors() else self.authority(name)).pem

    def context(self, service: Service, host: str) -> ssl.SSLContext:
        """Return the server context of a service."""
        protocols = service.application_protocols
        if protocols is None:
            protocols = (WEB,) if service.speaks == "http" else ()
        key = (astuple(service.certificate), service.tls_versions, protocols, host, self._private_ca)
        if key not in self._contexts:
            weak = service.certificate.weak_key or service.certificate.weak_signature
            made = server_context(service.tls_versions, weak=weak, protocols=protocols)
            self._contexts[key] = load(made, *self.chain(service, host))
        return self._contexts[key]

    def chain(self, service: Service, host: str) -> tuple[bytes, list[x509.Certificate]]:
        """Return the key of a service as PEM, and its certificates as it sends them."""
        key = (astuple(service.certificate), host, self._private_ca)
        known = self._chains.get(key)
        return known or self._chains.setdefault(key, self._make_chain(service.certificate, host))

    def subject(self, names: tuple[str, ...]) -> dict[str, str]:
        """Return the subject that the public CA gives a server with these names."""
        return {**self._shape["subject"], "CN": names[0][:64]}

    def _make_chain(self, wanted: Certificate, host: str) -> tuple[bytes, list[x509.Certificate]]:
        """Make key and chain as declared."""
        names = wanted.names or (host,)
        validity = self._validity(wanted)
        if wanted.issuer == "self":
            key, own = self_signed(names, validity)
            return key, [own]
        public = wanted.issuer == "public"
        of_public = "issuing, of old" if wanted.weak_signature else "issuing"
        issuer = self.authority(of_public if public else wanted.issuer)
        subject = self.subject(names) if public else {"O": "Contoso", "CN": names[0][:64]}
        # A log tells the time at which it was asked, whatever day a certificate is made out for.
        logged = min(validity[0], datetime.fromtimestamp(self._now(), UTC))
        key, own = leaf(
            issuer,
            names,
            subject,
            validity,
            public=public,
            weak=wanted.weak_key,
            logged=logged if public and not wanted.weak_signature else None,
            for_clients=wanted.for_clients,
        )
        if wanted.weak_signature:
            own = signed_with_sha1(own, issuer)
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
