"""Exceptions into failures: the only place that decides which code an error has.

Order matters: what we raised ourselves is classified already; then errors of the system by number, errors of TLS by
OpenSSL's reason, errors of grammar by their type. Anything else is ``unclassified`` and becomes a finding of its
own, so that nothing is silent.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from typing import TYPE_CHECKING

from diag.model.failure import Failure, FailureCode
from diag.model.secret import scrub
from diag.wire.http import mask
from diag.wire.lines import LineTooLong, Malformed

if TYPE_CHECKING:
    from diag.model.secret import Secret


class StepFailed(Exception):  # noqa: N818  an outcome of a step, not an error of the program
    """A recorded step did not succeed. Whoever needed its result has nothing to do."""

    def __init__(self, failure: Failure, number: int | None = None) -> None:
        """Carry the ``failure`` and the ``number`` of the observation that holds it."""
        super().__init__(failure.code.value, failure.detail)
        self.failure = failure
        self.number = number


class IcmpError(OSError):
    """An error of the system for which the kernel told the ICMP message behind it."""

    def __init__(self, number: int, icmp_type: int, icmp_code: int, sender: str) -> None:
        """Take errno's ``number``, the ICMP type and code, and the address of the device that sent it."""
        super().__init__(number, errno.errorcode.get(number, str(number)))
        self.icmp_type = icmp_type
        self.icmp_code = icmp_code
        self.sender = sender


class PeerClosed(ConnectionError):  # noqa: N818  an event on the connection
    """The peer ended the connection in an orderly way (FIN) where more was expected."""


_BY_ERRNO: dict[int, FailureCode] = {
    errno.ECONNREFUSED: FailureCode.CONNECTION_REFUSED,
    errno.ECONNRESET: FailureCode.CONNECTION_RESET,
    errno.EPIPE: FailureCode.CONNECTION_RESET,
    errno.ECONNABORTED: FailureCode.CONNECTION_RESET,
    errno.ETIMEDOUT: FailureCode.CONNECT_TIMEOUT,
    errno.EHOSTUNREACH: FailureCode.HOST_UNREACHABLE,
    errno.EHOSTDOWN: FailureCode.HOST_UNREACHABLE,
    errno.ENOPROTOOPT: FailureCode.PROTOCOL_UNREACHABLE,
    errno.ENETUNREACH: FailureCode.NETWORK_UNREACHABLE,
    errno.EADDRNOTAVAIL: FailureCode.ADDRESS_UNAVAILABLE,
    errno.EAFNOSUPPORT: FailureCode.ADDRESS_UNAVAILABLE,
    errno.EACCES: FailureCode.ADMIN_PROHIBITED,
    errno.EPERM: FailureCode.ADMIN_PROHIBITED,
}
"""EACCES is what Linux makes of ICMPv6 1/1 (administratively prohibited); EPERM is a local firewall's verdict."""

PROHIBITED_V4 = {(3, 9), (3, 10), (3, 13)}
"""ICMP destination unreachable, administratively prohibited: net, host, communication (RFC 1812 section 5.2.7.1)."""
PROHIBITED_V6 = {(1, 1), (1, 5), (1, 6)}
"""ICMPv6 destination unreachable: prohibited, failed policy, reject route (RFC 4443 section 3.1)."""

_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "BAD_RECORD_TYPE"}
_VERSION = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW", "NO_PROTOCOLS_AVAILABLE"}


def classify(error: BaseException, *secrets: Secret) -> Failure:  # noqa: C901, PLR0911  a table of types, one line each
    """Say what kind of failure ``error`` is. A library's own text could quote one of the ``secrets``, or a token."""
    match error:
        case StepFailed():
            return error.failure
        case asyncio.CancelledError():
            return Failure.of(FailureCode.INTERRUPTED)
        case LineTooLong():
            return Failure.of(FailureCode.REPLY_TOO_LONG, str(error))
        case Malformed():
            return Failure.of(FailureCode.REPLY_MALFORMED, str(error))
        case ssl.SSLCertVerificationError():
            return Failure.of(FailureCode.TLS_CERTIFICATE_REJECTED, error.verify_message, error.verify_code)
        case ssl.SSLError():
            return _classify_tls(error)
        case PeerClosed() | EOFError():
            return Failure.of(FailureCode.CONNECTION_CLOSED)
        case TimeoutError():
            return Failure.of(FailureCode.READ_TIMEOUT, str(error))
        case IcmpError():
            return _classify_icmp(error)
        case OSError():
            return _classify_system(error)
        case _:
            said = mask(scrub(str(error), *secrets))
            return Failure.of(FailureCode.UNCLASSIFIED, f"{type(error).__name__}: {said}"[:200])


def _classify_icmp(error: IcmpError) -> Failure:
    message = (error.icmp_type, error.icmp_code)
    prohibited = PROHIBITED_V6 if ":" in error.sender else PROHIBITED_V4
    if message in prohibited:
        detail = f"ICMP {error.icmp_type}/{error.icmp_code} from {error.sender}"
        return Failure.of(FailureCode.ADMIN_PROHIBITED, detail, error.errno)
    return _classify_system(error)


def _classify_system(error: OSError) -> Failure:
    code = _BY_ERRNO.get(error.errno or 0)
    name = errno.errorcode.get(error.errno or 0, "")
    if code is None:
        return Failure.of(FailureCode.UNCLASSIFIED, f"{type(error).__name__} {name or error}"[:200], error.errno)
    return Failure.of(code, name, error.errno)


def _classify_tls(error: ssl.SSLError) -> Failure:
    reason = error.reason or ""
    if reason in _NOT_TLS:
        return Failure.of(FailureCode.TLS_NOT_TLS, reason)
    if reason in _VERSION:
        return Failure.of(FailureCode.TLS_VERSION, reason)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Failure.of(FailureCode.CONNECTION_CLOSED, reason)
    if "ALERT" in reason:
        return Failure.of(FailureCode.TLS_ALERT, reason)
    return Failure.of(FailureCode.TLS_PROTOCOL, reason or str(error)[:200])
