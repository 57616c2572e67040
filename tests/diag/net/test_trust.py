"""Three stores, three verdicts on the same chain."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from diag.net.trust import Trust, mozilla_roots, system_roots

NOW = datetime.now(UTC)


def der(pem: trustme.Blob) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.bytes().decode())


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


def chain_of(ca: trustme.CA, begins: datetime | None = None, ends: datetime | None = None) -> list[bytes]:
    return [der(pem) for pem in ca.issue_cert("mail.example", not_before=begins, not_after=ends).cert_chain_pems]


def test_each_store_is_asked_alone(ca: trustme.CA) -> None:
    root = ca.cert_pem.bytes().decode()
    other = trustme.CA().cert_pem.bytes().decode()
    verdicts = Trust(public=other, system=root, custom=other).judge(chain_of(ca), NOW)
    assert {verdict.store: verdict.trusted for verdict in verdicts} == {
        "public": False,
        "system": True,
        "custom": False,
    }
    assert {verdict.code for verdict in verdicts} == {0, 20}


def test_no_custom_store_gives_no_custom_verdict(ca: trustme.CA) -> None:
    root = ca.cert_pem.bytes().decode()
    assert [verdict.store for verdict in Trust(public=root, system=root).judge(chain_of(ca), NOW)] == [
        "public",
        "system",
    ]


def test_the_date_of_the_judgement_counts(ca: trustme.CA) -> None:
    trust = Trust(public=ca.cert_pem.bytes().decode(), system="")
    chain = chain_of(ca, NOW - timedelta(days=1), NOW + timedelta(days=1))
    by_day = {days: trust.judge(chain, NOW + timedelta(days=days))[0].code for days in (-3, 0, 3)}
    assert by_day == {-3: 9, 0: 0, 3: 10}


def test_a_verdict_holds_for_a_moment(ca: trustme.CA) -> None:
    trust = Trust(public=ca.cert_pem.bytes().decode(), system="")
    chain = chain_of(ca)
    assert trust.judged(chain, NOW) is None
    verdicts = trust.judge(chain, NOW)
    assert trust.judged(chain, NOW + timedelta(seconds=59)) == verdicts
    assert trust.judged(chain, NOW + timedelta(seconds=60)) is None
    assert trust.judged(chain_of(ca), NOW) is None


def test_a_verdict_holds_for_other_checks_with_the_same_roots_alone(ca: trustme.CA) -> None:
    root, chain = ca.cert_pem.bytes().decode(), chain_of(ca)
    verdicts = Trust(public=root, system="").judge(chain, NOW)
    assert Trust(public=root, system="").judged(chain, NOW) == verdicts
    assert Trust(public=root, system=root).judged(chain, NOW) is None
    assert Trust(public=root, system="", custom=root).judged(chain, NOW) is None


def test_a_missing_intermediate_is_found_at_its_depth(ca: trustme.CA) -> None:
    inner = ca.create_child_ca()
    chain = [der(pem) for pem in inner.issue_cert("mail.example").cert_chain_pems]
    trust = Trust(public=ca.cert_pem.bytes().decode(), system="")
    assert trust.judge(chain, NOW)[0].trusted
    (verdict,) = trust.judge(chain[:1], NOW)
    assert (verdict.code, verdict.depth) == (20, 0)


def test_rubbish_is_judged_not_raised(ca: trustme.CA) -> None:
    trust = Trust(public=ca.cert_pem.bytes().decode(), system="")
    assert not trust.judge([b"no certificate"], NOW)[0].trusted
    assert trust.judge([], NOW) == ()


def test_the_live_context_trusts_public_and_custom_only(ca: trustme.CA) -> None:
    other = trustme.CA()
    trust = Trust(public=ca.cert_pem.bytes().decode(), system=other.cert_pem.bytes().decode())
    assert len(trust.context.get_ca_certs()) == 1
    assert trust.live == ("public",)
    both = Trust(public=trust.public, system="", custom=other.cert_pem.bytes().decode())
    assert len(both.context.get_ca_certs()) == 2
    assert both.live == ("public", "custom")
    assert both.context.verify_mode is ssl.CERT_REQUIRED
    assert both.context.check_hostname


def test_the_real_stores_can_be_read() -> None:
    assert mozilla_roots().count("BEGIN CERTIFICATE") > 50
    assert isinstance(system_roots(), str)
