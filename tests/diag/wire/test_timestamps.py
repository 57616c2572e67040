"""Timestamps of a real certificate and of the fakes: a signature holds for one certificate, one issuer and one log."""

from __future__ import annotations

import base64
import hashlib
import ssl
import time
import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from diag.wire.timestamps import Log, LogList, judge, shipped
from fakes.certificates import Certificates
from fakes.declare import Intercept, Service
from fakes.forging import Forger
from fakes.timestamps import PRIVATE, PUBLIC, public_key

PEM = Path(__file__).with_name("logged.pem").read_text(encoding="ascii")
"""The certificate of cryptography.io of 2018 and its issuer, from the test vectors of cryptography (BSD and Apache)."""
LEAF, ISSUER = (
    ssl.PEM_cert_to_DER_cert(f"{part}-----END CERTIFICATE-----\n")
    for part in PEM.split("-----END CERTIFICATE-----\n")[:2]
)
ICARUS = Log(
    "Google 'Icarus'",
    base64.b64decode(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETtK8v7MICve56qTHHDhhBOuV4IlUaESxZryCfk9QbG9co/CqPvTsgPDbCpp6oFtyAHwlDhnvr7JijXRD9Cb2FA=="
    ),
)
KNOWN = LogList.of(date(2018, 1, 1), (ICARUS,))
NOW = time.time()


def verdicts(leaf: bytes, issuer: bytes | None, known: LogList) -> list[str]:
    return [stamp.verdict for stamp in judge(leaf, issuer, known)]


def test_a_log_of_google_has_signed_a_real_certificate() -> None:
    first, second = judge(LEAF, ISSUER, KNOWN)
    assert (first.log, first.verdict) == ("Google 'Icarus'", "valid")
    assert first.at.startswith("2018-")
    assert (second.log, second.verdict) == ("", "unknown-log")


def test_without_its_issuer_it_cannot_be_told() -> None:
    assert verdicts(LEAF, None, KNOWN)[0] == "no-issuer"
    assert verdicts(LEAF, LEAF, KNOWN)[0] == "no-issuer", "what was sent after it is somebody else's"


@pytest.mark.parametrize("at", [300, 700, 900])
def test_a_changed_certificate_is_not_the_one_that_was_signed(at: int) -> None:
    """Whatever byte is changed, the timestamp never holds, and nothing is raised."""
    changed = LEAF[:at] + bytes([LEAF[at] ^ 1]) + LEAF[at + 1 :]
    assert "valid" not in verdicts(changed, ISSUER, KNOWN)


def test_rubbish_has_no_timestamps() -> None:
    assert judge(b"rubbish", None, KNOWN) == ()
    assert judge(ISSUER, None, KNOWN) == (), "this one has none"


def in_these_worlds(**copies: object) -> tuple[bytes, bytes]:
    """Return a leaf and its issuer: the genuine ones, or forged ones."""
    made = Certificates(now=lambda: NOW)
    _, chain = made.chain(Service(speaks="imap"), "mail.example")
    if copies:
        wanted = Intercept(ports=(993,), vendor="outspoken", **copies)  # type: ignore[arg-type]
        _, chain = Forger(made.interceptor("outspoken"), wanted, NOW).forge(chain[0], ("mail.example",))
    leaf, issuer = (item.public_bytes(Encoding.DER) for item in chain[:2])
    return leaf, issuer


def test_genuine_certificates_of_the_fakes_hold_and_copies_do_not() -> None:
    known = LogList.of(date(2026, 1, 1), (Log(PUBLIC, public_key()),))
    assert verdicts(*in_these_worlds(), known) == ["valid"]
    assert verdicts(*in_these_worlds(copies=("timestamps", "serial", "dates")), known) == ["invalid"]
    assert verdicts(*in_these_worlds(own_log=True), known) == ["unknown-log"]
    with_both = LogList.of(date(2026, 1, 1), (Log(PRIVATE, public_key(PRIVATE)),))
    assert verdicts(*in_these_worlds(own_log=True), with_both) == ["valid"]


def test_the_list_that_is_shipped_is_whole() -> None:
    found = tomllib.loads(files("diag.data").joinpath("ct_logs.toml").read_text("utf-8"))
    assert len(found["logs"]) == len(shipped().logs) > 50
    for operator, name, state, identifier, key in found["logs"]:
        assert hashlib.sha256(base64.b64decode(key)).digest() == base64.b64decode(identifier), f"{operator} {name}"
        assert state in {"usable", "retired"}


def test_a_list_is_fresh_for_seventy_days() -> None:
    assert shipped().is_fresh(datetime(2026, 6, 24, tzinfo=UTC))
    assert not shipped().is_fresh(datetime(2026, 6, 25, tzinfo=UTC))
