"""Signed certificate timestamps of a Certificate Transparency log of our own (RFC 6962 section 3).

A genuine public certificate carries them, and so do those of a healthy world. The logs' keys are made for each process;
nobody but these worlds ever trusts them.
"""

from __future__ import annotations

import hashlib
import struct
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_PRECERT = 1
_SHA256_ECDSA = b"\x04\x03"


PUBLIC, PRIVATE = "Example 'Oak' log", "a log of somebody's own"
"""The log that public CAs use in these worlds, and one that nobody lists."""


@cache
def _keys() -> dict[str, ec.EllipticCurvePrivateKey]:
    return {log: ec.generate_private_key(ec.SECP256R1()) for log in (PUBLIC, PRIVATE)}


def log_key(log: str = PUBLIC) -> ec.EllipticCurvePrivateKey:
    """Return a log's key."""
    return _keys()[log]


def public_key(log: str = PUBLIC) -> bytes:
    """Return a log's public key, as lists of logs have it."""
    return _spki(log_key(log).public_key())


def log_id(log: str = PUBLIC) -> bytes:
    """Return a log's identifier: the hash of its public key."""
    return hashlib.sha256(public_key(log)).digest()


def timestamps(
    certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, log: str = PUBLIC
) -> x509.UnrecognizedExtension:
    """Return the extension that a certificate like ``certificate``, which lacks it, gets for being logged ``at``."""
    moment = int(at.timestamp() * 1000)
    issuer_key = issuer.public_key()
    tbs = certificate.tbs_certificate_bytes
    entry = hashlib.sha256(_spki(issuer_key)).digest() + struct.pack("!I", len(tbs))[1:] + tbs
    signed = struct.pack("!BBQH", 0, 0, moment, _PRECERT) + entry + b"\0\0"
    signature = log_key(log).sign(signed, ec.ECDSA(hashes.SHA256()))
    stamp = b"\0" + log_id(log) + struct.pack("!Q", moment) + b"\0\0" + _SHA256_ECDSA + _vector(signature)
    octets = _vector(_vector(stamp))
    header = b"\x04" + (bytes([len(octets)]) if len(octets) < 128 else b"\x81" + bytes([len(octets)]))  # noqa: PLR2004  DER
    return x509.UnrecognizedExtension(ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS, header + octets)


def _spki(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _vector(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data
