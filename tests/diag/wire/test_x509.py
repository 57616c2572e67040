"""Certificates read as sent, whatever they are."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from diag.model.actions import Certificate
from diag.wire.x509 import names_match, read_certificate

CA = trustme.CA(organization_name="Test, Inc", organization_unit_name="Unit")
LEAF = CA.issue_cert(
    "mail.example", "192.0.2.1", common_name="mail.example", not_after=datetime(2027, 1, 1, tzinfo=UTC)
)


def der(blob: trustme.Blob) -> bytes:
    return ssl.PEM_cert_to_DER_cert(blob.bytes().decode())


def test_a_leaf_is_read_whole() -> None:
    leaf = read_certificate(der(LEAF.cert_chain_pems[0]))
    assert leaf.subject.startswith("CN=mail.example, ")
    assert r"O=Test\, Inc" in leaf.issuer
    assert leaf.names == ("mail.example", "192.0.2.1")
    assert leaf.not_after == "2027-01-01T00:00:00+00:00"
    assert leaf.key.startswith(("EC", "RSA"))
    assert leaf.signature == "sha256"
    assert (leaf.is_ca, leaf.self_issued) == (False, False)
    assert "serverAuth" in leaf.key_usages
    root = read_certificate(der(CA.cert_pem))
    assert (root.is_ca, root.self_issued) == (True, True)
    assert leaf.authority_key == root.subject_key
    assert ssl.PEM_cert_to_DER_cert(leaf.pem) == der(LEAF.cert_chain_pems[0])


@given(st.binary(max_size=300))
def test_rubbish_is_a_certificate_that_cannot_be_read(data: bytes) -> None:
    assert read_certificate(data).subject == "(cannot be read)"


@given(st.integers(0, 700), st.integers(0, 255))
def test_a_damaged_certificate_is_read_as_far_as_it_goes(at: int, value: int) -> None:
    whole = bytearray(der(LEAF.cert_chain_pems[0]))
    whole[at % len(whole)] = value
    assert read_certificate(bytes(whole)).sha256


def named(*names: str) -> Certificate:
    return Certificate(
        subject="CN=only.the.common.name", issuer="", serial="", not_before="", not_after="", sha256="", spki_sha256="",
        names=names,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("names", "wanted", "matches"),
    [
        (("mail.example",), "mail.example", True),
        (("Mail.Example.",), "mail.example", True),
        (("*.office365.com",), "outlook.office365.com", True),
        (("*.office365.com",), "a.b.office365.com", False),
        (("*.office365.com",), "office365.com", False),
        (("*.com",), "example.com", False),
        (("o*.example.org",), "outlook.example.org", False),
        ((), "only.the.common.name", False),
        (("192.0.2.1",), "192.0.2.1", True),
        (("*.0.2.1",), "192.0.2.1", False),
    ],
)
def test_names_match_as_in_rfc_9525(names: tuple[str, ...], wanted: str, matches: bool) -> None:
    assert names_match(named(*names), wanted) is matches
