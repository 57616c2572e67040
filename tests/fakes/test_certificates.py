"""Certificates as OpenSSL's own verifier sees them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from cryptography import x509
from OpenSSL import crypto

from fakes.certificates import Certificates
from fakes.declare import Certificate, Service

HOST = "mail.example"


def verify(certificates: Certificates, wanted: Certificate, root: str = "public") -> int:
    """Return OpenSSL's verdict on the chain that a service with this certificate would send."""
    _, chain = certificates._make_chain(wanted, HOST)
    store = crypto.X509Store()
    store.add_cert(crypto.load_certificate(crypto.FILETYPE_PEM, certificates.root(root).encode()))
    first, *others = (crypto.X509.from_cryptography(item) for item in chain)
    try:
        crypto.X509StoreContext(store, first, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return int(error.errors[0])
    return 0


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Certificate(), 0),
        (Certificate(expired_days_ago=1), 10),
        (Certificate(valid_from_in_days=1), 9),
        (Certificate(issuer="self"), 18),
        (Certificate(issuer="private"), 20),
        (Certificate(send_intermediate=False), 20),
    ],
)
def test_each_fault_is_the_declared_one(wanted: Certificate, code: int) -> None:
    assert verify(Certificates(now=time.time), wanted) == code


def test_a_private_ca_may_have_a_name() -> None:
    named = Certificates(now=time.time, private_ca="Local Authority")
    _, (leaf,) = named.chain(Service(speaks="imap", certificate=Certificate(issuer="private")), "mail.example")
    assert leaf.issuer.rfc4514_string() == "CN=Local Authority,O=Contoso"
    assert named.root("private") != Certificates(now=time.time).root("private")
    assert verify(named, Certificate(issuer="private"), root="private") == 0


def test_a_private_ca_is_right_for_those_who_have_it() -> None:
    assert verify(Certificates(now=time.time), Certificate(issuer="private"), root="private") == 0


def test_the_world_has_its_own_time() -> None:
    later = Certificates(now=lambda: time.time() + 90 * 86400)
    assert verify(later, Certificate()) == 9


def test_a_public_leaf_looks_like_one() -> None:
    _, (leaf, issuing) = Certificates(now=time.time)._make_chain(
        Certificate(names=("outlook.com", "*.office365.com")), HOST
    )
    present = {extension.oid.dotted_string for extension in leaf.extensions}
    assert {
        x509.OID_AUTHORITY_INFORMATION_ACCESS.dotted_string,
        x509.OID_CRL_DISTRIBUTION_POINTS.dotted_string,
    } <= present
    assert "O=Microsoft Corporation" in leaf.subject.rfc4514_string()
    assert "O=DigiCert Inc" in leaf.issuer.rfc4514_string()
    assert issuing.subject == leaf.issuer
    assert leaf.not_valid_before_utc < datetime.now(UTC) < leaf.not_valid_after_utc


def test_contexts_are_made_once_and_have_the_declared_versions() -> None:
    certificates = Certificates(now=time.time)
    old = certificates.context(Service(speaks="imap", tls_versions=("TLSv1", "TLSv1.1")), HOST)
    assert (old.minimum_version.name, old.maximum_version.name) == ("TLSv1", "TLSv1_1")
    assert certificates.context(Service(speaks="pop3"), HOST) is certificates.context(Service(speaks="imap"), HOST)


def test_a_weak_key_is_weak_and_served_all_the_same() -> None:
    certificates = Certificates(now=time.time)
    service = Service(speaks="imap", certificate=Certificate(weak_key=True))
    assert certificates.context(service, HOST).get_ciphers()
    _, (leaf, _) = certificates._make_chain(service.certificate, HOST)
    assert leaf.public_key().key_size == 1024  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("public_ca", "issuer", "subject"),
    [
        ("digicert", "O=DigiCert Inc", "O=Microsoft Corporation"),
        ("google", "CN=WR2,O=Google Trust Services", "CN=mail.example"),
        ("letsencrypt", "CN=R12,O=Let's Encrypt", "CN=mail.example"),
    ],
)
def test_each_public_ca_has_its_own_shape(public_ca: str, issuer: str, subject: str) -> None:
    certificates = Certificates(now=time.time, public_ca=public_ca)
    assert verify(certificates, Certificate()) == 0
    _, (leaf, issuing) = certificates._make_chain(Certificate(), HOST)
    assert issuer in leaf.issuer.rfc4514_string()
    assert subject in leaf.subject.rfc4514_string()
    assert (public_ca == "digicert") is ("O=Microsoft" in leaf.subject.rfc4514_string())
    assert issuing.subject == leaf.issuer


def test_worlds_of_the_same_time_share_what_is_made_and_others_do_not() -> None:
    one, other = Certificates(now=lambda: 1_800_000_000.0), Certificates(now=lambda: 1_800_000_000.0)
    service = Service(speaks="imap")
    assert one.context(service, HOST) is other.context(service, HOST)
    assert one.root("private") == other.root("private")
    later = Certificates(now=lambda: 1_800_000_000.0 + 86400)
    assert later.context(service, HOST) is not one.context(service, HOST)
    assert later.root("public") != one.root("public")
    google = Certificates(now=lambda: 1_800_000_000.0, public_ca="google")
    assert google.root("public") != one.root("public")
