"""Certificates read without trusting them: whatever can be read is read, and nothing is raised.

Parsing is cryptography's; this module turns its objects into the plain record that goes into a measurement, and
answers whether a certificate is for a name. It costs 60 ms to import, so only a handshake does.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import ssl
import warnings
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509  # noqa: TID253  see the module's text
from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: TID253
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: TID253
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID  # noqa: TID253

from diag.model.actions import Certificate
from diag.wire.lines import escape

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Extensions = dict[type[x509.ExtensionType], x509.ExtensionType]
LONGEST_CHAIN = 12
"""Certificates of one handshake that are read."""
MOST_PARTS = 20
"""Parts of a distinguished name that are kept."""
MOST_NAMES = 200
"""Names of one certificate that are kept; Microsoft's front end has 30."""
_SHORT = {
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.LOCALITY_NAME: "L",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.COUNTRY_NAME: "C",
    NameOID.EMAIL_ADDRESS: "emailAddress",
}
_USAGES = {ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth", ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth"}


def read_certificate(der: bytes) -> Certificate:
    """Read one certificate as sent; where a part cannot be read, its field stays empty."""
    # One check meets the same few certificates many times; each record has one of its own all the same.
    return replace(_read_once(der))


@lru_cache(maxsize=256)
def _read_once(der: bytes) -> Certificate:
    digest = hashlib.sha256(der).hexdigest()
    pem = ssl.DER_cert_to_PEM_cert(der)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd serials and the like are for the rules to judge
            found = x509.load_der_x509_certificate(der)
            return _read(found, digest, pem)
    except Exception as error:  # noqa: BLE001  a hostile certificate must not end a measurement, whatever the parser raises
        return Certificate(
            subject="(cannot be read)",
            issuer=escape(str(error)),
            serial="",
            not_before="",
            not_after="",
            sha256=digest,
            spki_sha256="",
            pem=pem,
        )


def _read(found: x509.Certificate, digest: str, pem: str) -> Certificate:
    subject, issuer = _name(found.subject), _name(found.issuer)
    extensions: list[x509.Extension[x509.ExtensionType]] = _try(lambda: list(found.extensions), [])
    by_type = {type(extension.value): extension.value for extension in extensions}
    certificate = Certificate(
        subject=subject,
        issuer=issuer,
        serial=f"{found.serial_number:x}",
        not_before=found.not_valid_before_utc.isoformat(),
        not_after=found.not_valid_after_utc.isoformat(),
        sha256=digest,
        spki_sha256=_try(lambda: _spki(found), ""),
        key=_try(lambda: _key(found), ""),
        signature=_try(lambda: found.signature_hash_algorithm.name if found.signature_hash_algorithm else "", ""),
        self_issued=found.subject == found.issuer,
        extensions=tuple(extension.oid.dotted_string for extension in extensions),
        names=_names(by_type),
        key_usages=_key_usages(by_type),
        aia_issuers=_locations(by_type, AuthorityInformationAccessOID.CA_ISSUERS),
        ocsp=_locations(by_type, AuthorityInformationAccessOID.OCSP),
        crl=_distribution_points(by_type),
        scts=_timestamps(by_type),
        pem=pem,
    )
    constraints = by_type.get(x509.BasicConstraints)
    certificate.is_ca = bool(constraints is not None and getattr(constraints, "ca", False))
    authority, own = by_type.get(x509.AuthorityKeyIdentifier), by_type.get(x509.SubjectKeyIdentifier)
    if isinstance(authority, x509.AuthorityKeyIdentifier) and authority.key_identifier:
        certificate.authority_key = authority.key_identifier.hex()
    if isinstance(own, x509.SubjectKeyIdentifier):
        certificate.subject_key = own.digest.hex()
    return certificate


def _try(read: Callable[[], T], otherwise: T) -> T:
    with contextlib.suppress(Exception):
        return read()
    return otherwise


def _name(name: x509.Name) -> str:
    """Write a distinguished name with the most telling part first: ``CN=..., O=..., C=...``."""
    parts = []
    for attribute in reversed(list(name)[:MOST_PARTS]):
        value = escape(str(attribute.value)).replace(",", "\\,")
        parts.append(f"{_SHORT.get(attribute.oid, attribute.oid.dotted_string)}={value}")
    return ", ".join(parts)


def _spki(found: x509.Certificate) -> str:
    data = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(data).hexdigest()


def _key(found: x509.Certificate) -> str:
    key = found.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey").strip("_")


def _names(by_type: Extensions) -> tuple[str, ...]:
    alternative = by_type.get(x509.SubjectAlternativeName)
    if not isinstance(alternative, x509.SubjectAlternativeName):
        return ()
    dns = [escape(name, 255) for name in alternative.get_values_for_type(x509.DNSName)]
    return tuple([*dns, *(str(address) for address in alternative.get_values_for_type(x509.IPAddress))][:MOST_NAMES])


def _key_usages(by_type: Extensions) -> tuple[str, ...]:
    usages = by_type.get(x509.ExtendedKeyUsage)
    if not isinstance(usages, x509.ExtendedKeyUsage):
        return ()
    return tuple(_USAGES.get(oid, oid.dotted_string) for oid in usages)


def _locations(by_type: Extensions, method: x509.ObjectIdentifier) -> tuple[str, ...]:
    access = by_type.get(x509.AuthorityInformationAccess)
    if not isinstance(access, x509.AuthorityInformationAccess):
        return ()
    return tuple(escape(str(item.access_location.value)) for item in access if item.access_method == method)


def _distribution_points(by_type: Extensions) -> tuple[str, ...]:
    points = by_type.get(x509.CRLDistributionPoints)
    if not isinstance(points, x509.CRLDistributionPoints):
        return ()
    return tuple(escape(str(name.value)) for point in points for name in point.full_name or ())


def _timestamps(by_type: Extensions) -> tuple[str, ...]:
    embedded = by_type.get(x509.PrecertificateSignedCertificateTimestamps)
    if not isinstance(embedded, x509.PrecertificateSignedCertificateTimestamps):
        return ()
    return tuple(f"{sct.log_id.hex()}@{sct.timestamp.isoformat()}" for sct in embedded)


def names_match(certificate: Certificate, server_name: str) -> bool:
    """Tell whether ``certificate`` is for ``server_name`` (RFC 9525 section 6).

    Only subjectAltName counts, never the common name. A wildcard stands for exactly one whole leftmost label. An
    address literal matches an iPAddress alone.
    """
    try:
        address = ipaddress.ip_address(server_name)
    except ValueError:
        wanted = server_name.rstrip(".").lower()
        return any(_matches(pattern.rstrip(".").lower(), wanted) for pattern in certificate.names)
    return str(address) in certificate.names


def _matches(pattern: str, name: str) -> bool:
    if not pattern.startswith("*."):
        return pattern == name
    _, _, rest = name.partition(".")
    return bool(rest) and rest == pattern[2:] and "." in rest
