"""Certificates with the shape that the public CAs of mail services give theirs, and certificates without any.

trustme makes roots; what it has no words for (pointers to issuer and revocation, a subject like the real one, a
certificate that vouches for itself) is built here with cryptography.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from fakes.timestamps import timestamps

if TYPE_CHECKING:
    from datetime import datetime

    import trustme

_OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}
Subject = dict[str, str]
POINTERS = "http://cacerts.digicert.example/issuing.crt"
OCSP = "http://ocsp.digicert.example"
CRL = "http://crl3.digicert.example/issuing.crl"
ORGANISATION_VALIDATED = x509.ObjectIdentifier("2.23.140.1.2.2")
"""The CA/Browser Forum's policy for certificates whose owner was looked up."""
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Authority:
    """A certificate with its key, that signs others. ``chain`` is what is sent below a root: none for a root itself."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()

    @classmethod
    def of(cls, ca: trustme.CA) -> Authority:
        """Take over a root that trustme made."""
        key = load_pem_private_key(ca.private_key_pem.bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(x509.load_pem_x509_certificate(ca.cert_pem.bytes()), key)

    @cached_property
    def pem(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()


def name_of(subject: Subject) -> x509.Name:
    """Make a distinguished name of short names, in the order given."""
    return x509.Name([x509.NameAttribute(_OIDS[key], value) for key, value in subject.items()])


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    validity: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
    )


def root(subject: Subject, validity: tuple[datetime, datetime]) -> Authority:
    """Make a root with a name of its own choosing, which trustme does not offer."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = name_of(subject)
    builder = _begin(name, name, key.public_key(), validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def intermediate(
    root: Authority, subject: Subject, validity: tuple[datetime, datetime], key: Key | None = None
) -> Authority:
    """Make a CA below ``root``."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = _begin(name_of(subject), root.certificate.subject, key.public_key(), validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    certificate = _authority_key(builder, root).sign(root.key, hashes.SHA256())
    return Authority(certificate, key, (certificate, *root.chain))


def leaf(  # noqa: PLR0913  the ways in which one certificate differs from another
    issuer: Authority,
    names: tuple[str, ...],
    subject: Subject,
    validity: tuple[datetime, datetime],
    *,
    public: bool,
    weak: bool = False,
    logged: datetime | None = None,
    for_clients: bool = False,
) -> tuple[bytes, x509.Certificate]:
    """Make a server certificate; return its key as PEM and itself.

    ``public`` ones have all that public CAs have to give: pointers to issuer and revocation, policies, and timestamps
    of a log, ``logged`` being when. ``weak`` ones have a key that nobody should accept.
    """
    key = rsa.generate_private_key(65537, 1024) if weak else ec.generate_private_key(ec.SECP256R1())  # noqa: S505  on purpose
    builder = bare(issuer, names, name_of(subject), validity, key, for_clients=for_clients)
    if public:
        builder = _policies(_pointers(builder))
    if logged:
        alike = builder.sign(issuer.key, hashes.SHA256())
        builder = builder.add_extension(timestamps(alike, issuer.certificate, logged), critical=False)
    return key_pem(key), builder.sign(issuer.key, hashes.SHA256())


def bare(
    issuer: Authority,
    names: tuple[str, ...],
    subject: x509.Name,
    validity: tuple[datetime, datetime],
    key: Key,
    *,
    for_clients: bool = False,
) -> x509.CertificateBuilder:
    """Begin a server certificate with what it must have to be used at all."""
    purpose = ExtendedKeyUsageOID.CLIENT_AUTH if for_clients else ExtendedKeyUsageOID.SERVER_AUTH
    builder = _begin(subject, issuer.certificate.subject, key.public_key(), validity)
    builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return _authority_key(builder, issuer)


def signed_with_sha1(certificate: x509.Certificate, issuer: Authority) -> x509.Certificate:
    """Return ``certificate`` with an RSA signature over SHA-1, which cryptography itself refuses to make."""
    assert isinstance(issuer.key, rsa.RSAPrivateKey)
    old, new = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))  # RFC 8017 appendix A.2.4
    tbs = certificate.tbs_certificate_bytes.replace(old, new)
    signature = issuer.key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  on purpose
    der = certificate.public_bytes(Encoding.DER).replace(certificate.tbs_certificate_bytes, tbs).replace(old, new)
    return x509.load_der_x509_certificate(der.replace(certificate.signature, signature))


def self_signed(names: tuple[str, ...], validity: tuple[datetime, datetime]) -> tuple[bytes, x509.Certificate]:
    """Make a certificate that vouches for itself, as a server makes one when it is installed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = name_of({"CN": names[0][:64]})
    builder = _begin(name, name, key.public_key(), validity)
    builder = builder.add_extension(x509.SubjectAlternativeName([_general(item) for item in names]), critical=False)
    return key_pem(key), builder.sign(key, hashes.SHA256())


def _authority_key(builder: x509.CertificateBuilder, issuer: Authority) -> x509.CertificateBuilder:
    """Point to the issuer's key by its identifier."""
    own = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    pointer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
    return builder.add_extension(pointer, critical=False)


def _pointers(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP)),
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(POINTERS)),
        ]
    )
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(CRL)], None, None, None)
    return builder.add_extension(access, critical=False).add_extension(
        x509.CRLDistributionPoints([point]), critical=False
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _policies(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    policies = x509.CertificatePolicies([x509.PolicyInformation(ORGANISATION_VALIDATED, None)])
    return builder.add_extension(usage, critical=True).add_extension(policies, critical=False)


def key_pem(key: Key) -> bytes:
    """Return a key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
