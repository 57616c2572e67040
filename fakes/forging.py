"""The certificates that an interceptor makes: like the genuine one in what it copies, its own in everything else."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from fakes.contexts import WEB, load, server_context
from fakes.minting import bare, key_pem
from fakes.timestamps import PRIVATE, timestamps

if TYPE_CHECKING:
    import ssl

    from fakes.declare import Intercept
    from fakes.minting import Authority

AGE = timedelta(days=1)
"""How far interceptors date their certificates back, for clients whose clocks are behind (sslsplit: one day)."""
_TAKEN = {"ignores": (), "takes": ("imap", "pop3", WEB), "web": (WEB,)}
"""The application protocols that a device takes, by the word of a declaration."""
_COPIED = {
    "pointers": (ExtensionOID.AUTHORITY_INFORMATION_ACCESS, ExtensionOID.CRL_DISTRIBUTION_POINTS),
    "policies": (ExtensionOID.CERTIFICATE_POLICIES, ExtensionOID.KEY_USAGE),
    "timestamps": (ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS,),
}
"""The extensions behind each word of a declaration's ``copies``."""


@cache
def vendors() -> dict[str, dict[str, Any]]:
    """Return how each known product makes its certificates."""
    return tomllib.loads(files("fakes.data").joinpath("vendors.toml").read_text("utf-8"))


@dataclass(slots=True)
class Forger:
    """Makes certificates in a product's way, under its CA, as of a moment in seconds since 1970."""

    authority: Authority
    wanted: Intercept
    now: float
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)

    @property
    def shape(self) -> dict[str, Any]:
        """How the product makes its certificates."""
        return vendors()[self.wanted.vendor]

    def forge(self, genuine: x509.Certificate, names: tuple[str, ...]) -> tuple[bytes, list[x509.Certificate]]:
        """Return a key as PEM and a chain, for ``names`` and with the subject of the ``genuine`` certificate."""
        key = self._key(names[0])
        builder = bare(self.authority, names, genuine.subject, self._validity(genuine), key)
        builder = self._number(builder, genuine)
        for word, oids in _COPIED.items():
            if word in self.wanted.copies:
                builder = _with_extensions(builder, genuine, oids)
        if self.wanted.own_log:
            alike = builder.sign(self.authority.key, hashes.SHA256())
            stamps = timestamps(alike, self.authority.certificate, datetime.fromtimestamp(self.now, UTC), PRIVATE)
            builder = builder.add_extension(stamps, critical=False)
        own = builder.sign(self.authority.key, hashes.SHA256())
        return key_pem(key), [own, *([self.authority.certificate] if self.shape["sends_root"] else [])]

    def context(self, genuine: x509.Certificate, host: str) -> ssl.SSLContext:
        """Return the server context of a device in front of ``host``."""
        context = self._context(genuine, _names(genuine) or (host,))
        if self.wanted.made_to_order:
            made: dict[str, ssl.SSLContext] = {}

            def to_order(handshake: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
                if name and name != host:
                    made[name] = made.get(name) or self._context(genuine, (name,))
                    handshake.context = made[name]

            context.sni_callback = to_order
        return context

    def _context(self, genuine: x509.Certificate, names: tuple[str, ...]) -> ssl.SSLContext:
        key, chain = self.forge(genuine, names)
        taken = _TAKEN[self.wanted.application_protocols]
        return load(server_context(self.wanted.tls_versions, protocols=taken), key, chain)

    def _key(self, name: str) -> ec.EllipticCurvePrivateKey:
        """Return the one key, or that of a name."""
        kept = "" if self.wanted.one_key else name
        return self.keys.setdefault(kept, ec.generate_private_key(ec.SECP256R1()))

    def _validity(self, genuine: x509.Certificate) -> tuple[datetime, datetime]:
        if "dates" in self.wanted.copies:
            return genuine.not_valid_before_utc, genuine.not_valid_after_utc
        begins = datetime.fromtimestamp(self.now, UTC) - AGE
        return begins, begins + timedelta(days=self.shape["days"])

    def _number(self, builder: x509.CertificateBuilder, genuine: x509.Certificate) -> x509.CertificateBuilder:
        number = genuine.serial_number if "serial" in self.wanted.copies else self.shape.get("serial")
        if number is not None:
            builder._serial_number = number  # noqa: SLF001  the builder refuses to be given a second one
        return builder


def _names(genuine: x509.Certificate) -> tuple[str, ...]:
    alternative = genuine.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(alternative.get_values_for_type(x509.DNSName))


def _with_extensions(
    builder: x509.CertificateBuilder, genuine: x509.Certificate, oids: tuple[x509.ObjectIdentifier, ...]
) -> x509.CertificateBuilder:
    for extension in genuine.extensions:
        if extension.oid in oids:
            # As the bytes that they are: some kinds can be read, and not be written again.
            copy = x509.UnrecognizedExtension(extension.oid, extension.value.public_bytes())
            builder = builder.add_extension(copy, critical=extension.critical)
    return builder
