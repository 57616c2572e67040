"""Names and addresses in the right fields."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import trustme
from cryptography import x509

from fakes.minting import Authority, intermediate, leaf, name_of, self_signed

NOW = datetime.now(UTC)
VALIDITY = (NOW - timedelta(days=1), NOW + timedelta(days=1))


def test_addresses_and_names_are_told_apart() -> None:
    _, made = leaf(
        Authority.of(trustme.CA()), ("mail.example", "192.0.2.1"), {"CN": "mail.example"}, VALIDITY, public=False
    )
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mail.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.0.2.1")]


def test_a_chain_has_what_stands_below_the_root() -> None:
    root = Authority.of(trustme.CA())
    below = intermediate(root, {"O": "Below"}, VALIDITY)
    assert root.chain == ()
    assert [item.subject for item in below.chain] == [name_of({"O": "Below"})]
    below.certificate.verify_directly_issued_by(root.certificate)


def test_a_self_signed_certificate_vouches_for_itself() -> None:
    _, made = self_signed(("mail.example",), VALIDITY)
    made.verify_directly_issued_by(made)
