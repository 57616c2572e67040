"""A forged certificate is like the genuine one in what is copied, and in nothing else."""

from __future__ import annotations

import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from fakes.certificates import Certificates
from fakes.declare import Intercept, Service
from fakes.forging import Forger, vendors

HOST = "mail.example"
NOW = time.time()
MADE = Certificates(now=lambda: NOW)
GENUINE = MADE.chain(Service(speaks="imap"), HOST)[1][0]


def forged(**how: object) -> x509.Certificate:
    wanted = Intercept(ports=(993,), **how)  # type: ignore[arg-type]
    _, chain = Forger(MADE.interceptor(wanted.vendor), wanted, NOW).forge(GENUINE, (HOST,))
    # Read again, since a builder's own extensions are not yet what a client would read.
    return x509.load_der_x509_certificate(chain[0].public_bytes(Encoding.DER))


def has(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> bool:
    return oid in {extension.oid for extension in certificate.extensions}


def test_names_and_subject_are_always_copied_and_nothing_else() -> None:
    made = forged()
    assert made.subject == GENUINE.subject
    assert made.issuer != GENUINE.issuer
    assert made.serial_number != GENUINE.serial_number
    assert made.not_valid_before_utc != GENUINE.not_valid_before_utc
    for oid in (ExtensionOID.AUTHORITY_INFORMATION_ACCESS, ExtensionOID.CERTIFICATE_POLICIES):
        assert not has(made, oid)
    assert not has(made, ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS)


@pytest.mark.parametrize(
    ("word", "oid"),
    [
        ("pointers", ExtensionOID.CRL_DISTRIBUTION_POINTS),
        ("policies", ExtensionOID.CERTIFICATE_POLICIES),
        ("timestamps", ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS),
    ],
)
def test_extensions_are_copied_byte_by_byte(word: str, oid: x509.ObjectIdentifier) -> None:
    made = forged(copies=(word,))
    copied, original = (item.extensions.get_extension_for_oid(oid).value for item in (made, GENUINE))
    assert copied.public_bytes() == original.public_bytes()


def test_dates_and_serial_are_copied() -> None:
    made = forged(copies=("dates", "serial"))
    assert made.not_valid_after_utc == GENUINE.not_valid_after_utc
    assert made.serial_number == GENUINE.serial_number


def test_a_log_of_its_own_and_a_serial_of_its_own() -> None:
    made = forged(own_log=True, vendor="careless")
    assert has(made, ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS)
    assert made.serial_number == vendors()["careless"]["serial"]


def test_one_key_or_one_for_each_name() -> None:
    wanted = Intercept(ports=(993,), one_key=False)
    forger = Forger(MADE.interceptor("unknown"), wanted, NOW)
    keys = [forger.forge(GENUINE, (name,))[0] for name in ("a.example", "a.example", "b.example")]
    assert keys[0] == keys[1] != keys[2]
    wanted.one_key = True
    assert forger.forge(GENUINE, ("a.example",))[0] == forger.forge(GENUINE, ("b.example",))[0]
