"""Each kind of error has its code, and what is not known says so."""

from __future__ import annotations

import asyncio
import errno
import ssl

import pytest

from diag.model.failure import SIDES, Failure, FailureCode
from diag.net.classify import IcmpError, PeerClosed, StepFailed, classify
from diag.net.connect import ConnectTimeoutError
from diag.wire.lines import LineTooLong, Malformed


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ECONNREFUSED, "x"), FailureCode.CONNECTION_REFUSED),
        (OSError(errno.ECONNRESET, "x"), FailureCode.CONNECTION_RESET),
        (BrokenPipeError(errno.EPIPE, "x"), FailureCode.CONNECTION_RESET),
        (OSError(errno.EHOSTUNREACH, "x"), FailureCode.HOST_UNREACHABLE),
        (OSError(errno.ENETUNREACH, "x"), FailureCode.NETWORK_UNREACHABLE),
        (OSError(errno.EADDRNOTAVAIL, "x"), FailureCode.ADDRESS_UNAVAILABLE),
        (OSError(errno.EACCES, "x"), FailureCode.ADMIN_PROHIBITED),
        (ConnectTimeoutError(5), FailureCode.CONNECT_TIMEOUT),
        (TimeoutError(), FailureCode.READ_TIMEOUT),
        (TimeoutError(errno.ETIMEDOUT, "x"), FailureCode.READ_TIMEOUT),
        (PeerClosed(), FailureCode.CONNECTION_CLOSED),
        (asyncio.CancelledError(), FailureCode.INTERRUPTED),
        (Malformed("220 hello"), FailureCode.REPLY_MALFORMED),
        (LineTooLong("x"), FailureCode.REPLY_TOO_LONG),
        (KeyError("x"), FailureCode.UNCLASSIFIED),
        (OSError(errno.ENOSPC, "x"), FailureCode.UNCLASSIFIED),
    ],
)
def test_an_error_has_its_code(error: BaseException, code: FailureCode) -> None:
    failure = classify(error)
    assert failure.code is code
    assert failure.side == SIDES[code]


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("WRONG_VERSION_NUMBER", FailureCode.TLS_NOT_TLS),
        ("HTTP_REQUEST", FailureCode.TLS_NOT_TLS),
        ("UNSUPPORTED_PROTOCOL", FailureCode.TLS_VERSION),
        ("TLSV1_ALERT_PROTOCOL_VERSION", FailureCode.TLS_VERSION),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", FailureCode.TLS_ALERT),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", FailureCode.TLS_PROTOCOL),
    ],
)
def test_tls_errors_are_told_apart_by_reason(reason: str, code: FailureCode) -> None:
    error = ssl.SSLError(1, f"[SSL: {reason}] text")
    error.reason = reason
    assert classify(error).code is code


@pytest.mark.parametrize(
    ("icmp_type", "icmp_code", "sender", "code"),
    [
        (3, 13, "192.0.2.1", FailureCode.ADMIN_PROHIBITED),
        (3, 10, "192.0.2.1", FailureCode.ADMIN_PROHIBITED),
        (3, 1, "192.0.2.1", FailureCode.HOST_UNREACHABLE),
        (1, 1, "2001:db8::1", FailureCode.ADMIN_PROHIBITED),
        (1, 3, "2001:db8::1", FailureCode.HOST_UNREACHABLE),
    ],
)
def test_icmp_prohibited_is_policy_and_names_the_device(
    icmp_type: int, icmp_code: int, sender: str, code: FailureCode
) -> None:
    failure = classify(IcmpError(errno.EHOSTUNREACH, icmp_type, icmp_code, sender))
    assert failure.code is code
    if code is FailureCode.ADMIN_PROHIBITED:
        assert sender in failure.detail


def test_what_is_classified_already_is_not_classified_again() -> None:
    failure = Failure.of(FailureCode.WITHHELD, "because")
    assert classify(StepFailed(failure, 3)) is failure


def test_every_code_has_a_side() -> None:
    assert set(SIDES) == set(FailureCode)
