"""What is said to a proxy before it passes a connection on: HTTP CONNECT (RFC 9110, 9.3.6) and SOCKS5 (RFC 1928).

Bytes in and out only. Whatever comes after the proxy's consent is not the proxy's any more, and stays untouched.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass, field

from diag.model.secret import Secret
from diag.model.target import subject_of
from diag.wire.lines import LineTooLong, Malformed

LARGEST_HEAD = 16384
"""Bytes of the head of a proxy's answer."""
LARGEST_EXCERPT = 2048
"""Bytes of a refusal's page that are looked at."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?\n")
_TITLE = re.compile(rb"(?is)<title[^>]*>([^<]{1,200})")
_QUOTED = re.compile(r'"[^"]*"')
_SCHEME = re.compile(r"(?:^|,\s*)([A-Za-z][A-Za-z0-9-]*)(?=\s+\w|\s*,|\s*$)")
VERSION, CONNECT = 5, 1
NO_PROOF, USER_AND_PASSWORD, NOTHING_FITS = 0, 2, 0xFF
_V4, _NAME, _V6 = 1, 3, 4
LONGEST = 255
SOCKS_REPLIES = {
    1: "general failure", 2: "not allowed by the ruleset", 3: "network unreachable", 4: "host unreachable",
    5: "connection refused", 6: "TTL expired", 7: "command not supported", 8: "address type not supported",
}  # fmt: skip
"""Replies by number (RFC 1928 section 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A proxy's answer to CONNECT. ``rest`` came behind it, and is the far end's where the proxy consented."""

    status: int
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    rest: bytes = b""

    @property
    def title(self) -> str:
        """The title of the page that explains a refusal."""
        found = _TITLE.search(self.rest[:LARGEST_EXCERPT])
        return " ".join(found[1].decode("utf-8", "replace").split()) if found else ""


def connect_request(host: str, port: int, user: str | None = None, password: Secret | None = None) -> bytes:
    """Ask an HTTP proxy for a tunnel, with Basic credentials where there are some (RFC 7617)."""
    where = subject_of(host, port)
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}", "User-Agent: maildiag"]
    if user is not None:
        lines.append(f"Proxy-Authorization: Basic {credentials(user, password).reveal()}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def credentials(user: str | None, password: Secret | None) -> Secret:
    """Return user and password as Basic authentication sends them (RFC 7617)."""
    pair = f"{user or ''}:{password.reveal() if password else ''}"
    return Secret(base64.b64encode(pair.encode()).decode("ascii"))


def read_answer(data: bytes) -> Answer | None:
    """Read an HTTP proxy's answer, or return None where more of its head is to come.

    :raises Malformed: it is no HTTP.
    :raises LineTooLong: its head does not end.
    """
    if not b"HTTP/1.".startswith(data[:7]) and not data.startswith(b"HTTP/1."):
        raise Malformed(data)
    head, ended, rest = data.partition(b"\r\n\r\n")
    if not ended:
        if len(data) > LARGEST_HEAD:
            raise LineTooLong(f"a head of more than {LARGEST_HEAD} bytes")
        return None
    status = _STATUS.match(head + b"\r\n")
    if status is None:
        raise Malformed(data)
    headers: dict[str, str] = {}
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        name, text = key.decode("latin-1").strip().lower(), value.decode("latin-1").strip()
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    reason = (status[2] or b"").decode("latin-1").strip()
    return Answer(status=int(status[1]), reason=reason, headers=headers, rest=rest)


def schemes(challenges: str) -> list[str]:
    """Name the ways to prove who asks that a Proxy-Authenticate header offers (RFC 9110 section 11.6.1)."""
    return _SCHEME.findall(_QUOTED.sub('""', challenges))


def socks_greeting(*, with_password: bool) -> bytes:
    """Offer the ways to prove who asks (RFC 1928 section 3)."""
    methods = [NO_PROOF, USER_AND_PASSWORD] if with_password else [NO_PROOF]
    return bytes([VERSION, len(methods), *methods])


def socks_password(user: str, password: Secret | None) -> bytes:
    """Say user and password (RFC 1929).

    :raises ValueError: one of them is longer than the protocol allows.
    """
    name, secret = user.encode(), password.reveal().encode() if password else b""
    if not (0 < len(name) <= LONGEST and len(secret) <= LONGEST):
        raise ValueError(f"SOCKS5 takes a user and a password of at most {LONGEST} bytes")
    return bytes([1, len(name)]) + name + bytes([len(secret)]) + secret


def socks_request(host: str, port: int) -> bytes:
    """Ask for a connection to a name or an address (RFC 1928 section 4)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("idna") if not host.isascii() else host.encode()
        where = bytes([_NAME, len(name)]) + name
    else:
        where = bytes([_V4 if address.version == 4 else _V6]) + address.packed  # noqa: PLR2004  the version of IP
    return bytes([VERSION, CONNECT, 0]) + where + port.to_bytes(2, "big")


def socks_reply_length(data: bytes) -> int | None:
    """Return how long a reply to a request is, or None where that cannot be told yet.

    :raises Malformed: it is no SOCKS5.
    """
    if data and data[0] != VERSION:
        raise Malformed(data)
    if len(data) < 5:  # noqa: PLR2004  up to the length of a name
        return None
    lengths = {_V4: 10, _V6: 22, _NAME: 7 + data[4]}
    if data[3] not in lengths:
        raise Malformed(data)
    return lengths[data[3]]
