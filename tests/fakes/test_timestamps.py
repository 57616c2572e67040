"""Timestamps that can be verified as RFC 6962 says."""

from __future__ import annotations

import hashlib
import struct
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fakes.certificates import Certificates
from fakes.declare import Certificate
from fakes.timestamps import log_id, log_key


def test_a_genuine_leaf_is_logged_and_the_signature_holds() -> None:
    _, (made, issuer) = Certificates(now=time.time)._make_chain(Certificate(), "mail.example")
    leaf = x509.load_der_x509_certificate(made.public_bytes(Encoding.DER))
    (stamp,) = leaf.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
    assert stamp.log_id == log_id()
    assert stamp.entry_type is x509.certificate_transparency.LogEntryType.PRE_CERTIFICATE
    spki = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    tbs = leaf.tbs_precertificate_bytes
    entry = hashlib.sha256(spki).digest() + struct.pack("!I", len(tbs))[1:] + tbs
    moment = int(stamp.timestamp.replace(tzinfo=leaf.not_valid_before_utc.tzinfo).timestamp() * 1000)
    signed = struct.pack("!BBQH", 0, 0, moment, 1) + entry + b"\0\0"
    log_key().public_key().verify(stamp.signature, signed, ec.ECDSA(hashes.SHA256()))


def test_a_private_leaf_is_not_logged() -> None:
    _, (made,) = Certificates(now=time.time)._make_chain(Certificate(issuer="private"), "mail.example")
    assert x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2") not in {item.oid for item in made.extensions}
