"""The closed list of ways in which a step can fail, and whose side each is on.

Which exception becomes which code is decided in :mod:`diag.net.classify` and nowhere else. A rule compares
codes; it never looks at an exception's text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Side = Literal["ours", "theirs", "path"]


class FailureCode(StrEnum):
    """Every failure that an observation may carry. The order is that of the stages of a connection."""

    DNS_NXDOMAIN = "dns-nxdomain"
    DNS_NO_DATA = "dns-no-data"
    DNS_SERVFAIL = "dns-servfail"
    DNS_REFUSED = "dns-refused"
    DNS_TIMEOUT = "dns-timeout"
    DNS_MALFORMED = "dns-malformed"
    CONNECT_TIMEOUT = "connect-timeout"
    CONNECTION_REFUSED = "connection-refused"
    CONNECTION_RESET = "connection-reset"
    CONNECTION_CLOSED = "connection-closed"
    HOST_UNREACHABLE = "host-unreachable"
    NETWORK_UNREACHABLE = "network-unreachable"
    PROTOCOL_UNREACHABLE = "protocol-unreachable"
    ADMIN_PROHIBITED = "admin-prohibited"
    ADDRESS_UNAVAILABLE = "address-unavailable"
    PROXY_REFUSED = "proxy-refused"
    PROXY_AUTHENTICATION = "proxy-authentication"
    READ_TIMEOUT = "read-timeout"
    TLS_NOT_TLS = "tls-not-tls"
    TLS_ALERT = "tls-alert"
    TLS_CERTIFICATE_REJECTED = "tls-certificate-rejected"
    TLS_VERSION = "tls-version"
    TLS_PROTOCOL = "tls-protocol"
    REPLY_TOO_LONG = "reply-too-long"
    REPLY_MALFORMED = "reply-malformed"
    REPLY_REFUSED = "reply-refused"
    FORBIDDEN = "forbidden"
    UNAVAILABLE = "unavailable"
    CAPABILITY_MISSING = "capability-missing"
    PLAINTEXT_AFTER_STARTTLS = "plaintext-after-starttls"
    WITHHELD = "withheld"
    INTERRUPTED = "interrupted"
    MAX_TIME = "max-time"
    UNCLASSIFIED = "unclassified"


SIDES: dict[FailureCode, Side] = {
    FailureCode.DNS_NXDOMAIN: "theirs",
    FailureCode.DNS_NO_DATA: "theirs",
    FailureCode.DNS_SERVFAIL: "theirs",
    FailureCode.DNS_REFUSED: "theirs",
    FailureCode.DNS_TIMEOUT: "path",
    FailureCode.DNS_MALFORMED: "theirs",
    FailureCode.CONNECT_TIMEOUT: "path",
    FailureCode.CONNECTION_REFUSED: "path",
    FailureCode.CONNECTION_RESET: "path",
    FailureCode.CONNECTION_CLOSED: "theirs",
    FailureCode.HOST_UNREACHABLE: "path",
    FailureCode.NETWORK_UNREACHABLE: "path",
    FailureCode.PROTOCOL_UNREACHABLE: "path",
    FailureCode.ADMIN_PROHIBITED: "path",
    FailureCode.ADDRESS_UNAVAILABLE: "ours",
    FailureCode.PROXY_REFUSED: "path",
    FailureCode.PROXY_AUTHENTICATION: "path",
    FailureCode.READ_TIMEOUT: "path",
    FailureCode.TLS_NOT_TLS: "theirs",
    FailureCode.TLS_ALERT: "theirs",
    FailureCode.TLS_CERTIFICATE_REJECTED: "theirs",
    FailureCode.TLS_VERSION: "theirs",
    FailureCode.TLS_PROTOCOL: "theirs",
    FailureCode.REPLY_TOO_LONG: "theirs",
    FailureCode.REPLY_MALFORMED: "theirs",
    FailureCode.REPLY_REFUSED: "theirs",
    FailureCode.FORBIDDEN: "ours",
    FailureCode.UNAVAILABLE: "theirs",
    FailureCode.CAPABILITY_MISSING: "theirs",
    FailureCode.PLAINTEXT_AFTER_STARTTLS: "theirs",
    FailureCode.WITHHELD: "ours",
    FailureCode.INTERRUPTED: "ours",
    FailureCode.MAX_TIME: "ours",
    FailureCode.UNCLASSIFIED: "ours",
}


SPOKEN = frozenset({FailureCode.REPLY_REFUSED, FailureCode.PLAINTEXT_AFTER_STARTTLS})
"""Ends of a step on the way to TLS that are words of somebody."""
UNFINISHED = frozenset({FailureCode.INTERRUPTED, FailureCode.MAX_TIME})
"""Ends of a step that say nothing of the far end: somebody, or the time of the whole check, ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a step failed: a code of the closed list, the side it points to, and what was literally seen.

    ``detail`` is for people (an errno's name, an alert's name, a server's sentence); ``number`` is the machine's
    figure where there is one: an errno, OpenSSL's verify code, a TLS alert number, an RCODE, an HTTP status.
    """

    __pydantic_config__ = {"extra": "forbid"}

    code: FailureCode
    detail: str = ""
    number: int | None = None
    side: Side = field(default="theirs")

    @classmethod
    def of(cls, code: FailureCode, detail: str = "", number: int | None = None) -> Failure:
        """Make a failure with the side that the closed list gives to ``code``."""
        return cls(code=code, detail=detail, number=number, side=SIDES[code])
