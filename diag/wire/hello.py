"""A ClientHello of our own for one TLS version, and what comes back.

The local OpenSSL's policy (SECLEVEL, FIPS, a distribution's crypto policy) decides which versions Python can offer; a
hello that is built here offers any, so that the answer speaks of the server and the path alone. No handshake is
finished: the server's first message says all.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from typing import Literal

from diag.wire.lines import escape

LARGEST_ANSWER = 1 << 15
"""Bytes; a ServerHello or an alert comes within the first kilobyte."""
Version = Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
VERSIONS: tuple[Version, ...] = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
VERSION_NUMBERS = {"TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
_NAMES = {number: name for name, number in VERSION_NUMBERS.items()}
_CIPHERS_13 = {
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
}
_CIPHERS_12 = {
    0xC02B: "ECDHE-ECDSA-AES128-GCM-SHA256",
    0xC02C: "ECDHE-ECDSA-AES256-GCM-SHA384",
    0xC02F: "ECDHE-RSA-AES128-GCM-SHA256",
    0xC030: "ECDHE-RSA-AES256-GCM-SHA384",
    0xCCA8: "ECDHE-RSA-CHACHA20-POLY1305",
    0xCCA9: "ECDHE-ECDSA-CHACHA20-POLY1305",
    0x009C: "AES128-GCM-SHA256",
    0x009D: "AES256-GCM-SHA384",
}
_CIPHERS_OLD = {
    0xC009: "ECDHE-ECDSA-AES128-SHA",
    0xC00A: "ECDHE-ECDSA-AES256-SHA",
    0xC013: "ECDHE-RSA-AES128-SHA",
    0xC014: "ECDHE-RSA-AES256-SHA",
    0x0033: "DHE-RSA-AES128-SHA",
    0x0039: "DHE-RSA-AES256-SHA",
    0x002F: "AES128-SHA",
    0x0035: "AES256-SHA",
    0x000A: "DES-CBC3-SHA",
}
_CIPHERS = {**_CIPHERS_13, **_CIPHERS_12, **_CIPHERS_OLD}
_EMPTY_RENEGOTIATION_INFO = 0x00FF
ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow", 40: "handshake_failure",
    42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
    46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
    51: "decrypt_error", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
    86: "inappropriate_fallback", 90: "user_canceled", 109: "missing_extension", 110: "unsupported_extension",
    112: "unrecognized_name", 113: "bad_certificate_status_response", 115: "unknown_psk_identity",
    116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip
"""Alert descriptions by number (RFC 8446 section 6, RFC 5246 section 7.2)."""
_RECORD_ALERT, _RECORD_HANDSHAKE = 21, 22
_ALPN, _SUPPORTED_VERSIONS = 16, 43
WEB = "http/1.1"
"""HTTP among the names of application protocols that IANA has registered for ALPN."""
LONGEST_NAME = 40
"""Characters that are kept of the name of an application protocol."""
_HEADER = 5
_GROUPS = (29, 23, 24, 25)  # x25519, secp256r1, secp384r1, secp521r1
X25519MLKEM768 = 0x11EC
PADDING = 300
_COEFFICIENTS = 1152
"""Bytes of the 768 coefficients of an ML-KEM-768 key."""
LARGE_RANDOM = 32 + _COEFFICIENTS + 32
"""Bytes of randomness that :func:`modern_hello` takes for a large one."""
_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0203)


@dataclass(frozen=True, slots=True)
class ServerHello:
    """The server chose a version and a cipher suite; a HelloRetryRequest counts as such."""

    version: str
    cipher: str
    extensions: tuple[int, ...] = ()
    protocol: str | None = None
    """The application protocol that it chose, which TLS 1.3 tells only later and encrypted (RFC 7301 section 3.1)."""

    @property
    def shape(self) -> str:
        """What another implementation, or another configuration of the same, would say otherwise."""
        return f"{self.version} {self.cipher} {','.join(map(str, self.extensions)) or 'no extension'}"


@dataclass(frozen=True, slots=True)
class Alert:
    """The server refused."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class NotTls:
    """What came is no record of TLS."""

    first: bytes


Answer = ServerHello | Alert | NotTls


def client_hello(version: str, server_name: str, *, random: bytes, protocols: tuple[str, ...] = ()) -> bytes:
    """Return a ClientHello record that offers ``version`` alone (RFC 8446 section 4.1.2), and ``protocols`` by ALPN.

    ``random`` are 32 bytes. For TLS 1.3 the key share is left empty, so that the server asks for one with a
    HelloRetryRequest, which shows that it takes the version.

    :raises KeyError: ``version`` is none of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3.
    """
    number = VERSION_NUMBERS[version]
    modern = version == "TLSv1.3"
    suites = _CIPHERS_13 if modern else _CIPHERS_12 | _CIPHERS_OLD if version == "TLSv1.2" else _CIPHERS_OLD
    codes = [*suites, _EMPTY_RENEGOTIATION_INFO]
    body = struct.pack("!H", min(number, 0x0303)) + random
    body += bytes([32]) + random[::-1] if modern else b"\0"  # a session id as middleboxes expect (appendix D.4)
    body += struct.pack(f"!H{len(codes)}H", 2 * len(codes), *codes) + b"\x01\x00"
    extensions = _extensions(number, server_name, modern=modern)
    if protocols:
        names = b"".join(bytes([len(name)]) + name.encode() for name in protocols)
        extensions.append(_extension(_ALPN, _vector(names)))
    body += _vector(b"".join(extensions))
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return struct.pack("!BHH", _RECORD_HANDSHAKE, 0x0301, len(handshake)) + handshake


def modern_hello(server_name: str, *, random: bytes, large: bool = False) -> bytes:
    """Return a ClientHello for TLS 1.2 and 1.3 with key shares, as browsers send it today.

    With ``large`` it offers X25519MLKEM768 too (draft-ietf-tls-ecdhe-mlkem) and takes two packets, padded to the size
    of those of browsers (RFC 7685); ``random`` are then :data:`LARGE_RANDOM` bytes, and 32 otherwise.
    """
    groups: tuple[int, ...] = _GROUPS
    shares = struct.pack("!HH", 29, 32) + random[:32]
    if large:
        groups = (X25519MLKEM768, *_GROUPS)
        share = _encapsulation_key(random[32:]) + random[:32]
        shares = struct.pack("!HH", X25519MLKEM768, len(share)) + share + shares
    codes = [*_CIPHERS_13, *_CIPHERS_12, _EMPTY_RENEGOTIATION_INFO]
    versions = struct.pack("!BHH", 4, 0x0304, 0x0303)
    extensions = [
        *_extensions(0x0303, server_name, modern=False, groups=groups),
        _extension(43, versions),
        _extension(45, b"\x01\x01"),
        _extension(51, _vector(shares)),
        *([_extension(21, bytes(PADDING))] if large else []),
    ]
    body = struct.pack("!H", 0x0303) + random[:32] + bytes([32]) + random[:32][::-1]
    body += struct.pack(f"!H{len(codes)}H", 2 * len(codes), *codes) + b"\x01\x00" + _vector(b"".join(extensions))
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return struct.pack("!BHH", _RECORD_HANDSHAKE, 0x0301, len(handshake)) + handshake


def _encapsulation_key(random: bytes) -> bytes:
    """Make a well-formed ML-KEM-768 key: every coefficient below 3329, or a server refuses it (FIPS 203).

    Of the 12 bits of each the highest is taken away, two of them standing in three bytes.
    """
    bits = int.from_bytes(random[:_COEFFICIENTS], "big") & int.from_bytes(b"\xff\xf7\x7f" * (_COEFFICIENTS // 3), "big")
    return bits.to_bytes(_COEFFICIENTS, "big") + random[-32:]


def read_answer(data: bytes) -> Answer | None:
    """Read the beginning of a server's answer, or return None where more is needed to tell."""
    if not data:
        return None
    if data[0] not in {_RECORD_ALERT, _RECORD_HANDSHAKE} or (len(data) > 1 and data[1] != 3):  # noqa: PLR2004  major version
        return NotTls(data)
    if len(data) < _HEADER:
        return None
    (length,) = struct.unpack_from("!H", data, 3)
    record = data[_HEADER : _HEADER + length]
    if data[0] == _RECORD_ALERT:
        return Alert(record[1], ALERTS.get(record[1], f"alert {record[1]}")) if len(record) > 1 else None
    return _server_hello(record, complete=len(record) == length, data=data)


def _server_hello(record: bytes, *, complete: bool, data: bytes) -> Answer | None:
    """Read version, cipher suite and supported_versions of a ServerHello (RFC 8446 section 4.1.3)."""
    try:
        if record[0] != 2:  # noqa: PLR2004  server_hello
            return NotTls(data)
        version, at = struct.unpack_from("!H", record, 4)[0], 38
        at += 1 + record[at]
        (cipher,) = struct.unpack_from("!H", record, at)
        at += 3
        end = 4 + int.from_bytes(record[1:4])
        if len(record) < end and not complete:
            return None
        at += 2
        kinds, protocol = [], None
        while at + 4 <= min(end, len(record)):
            kind, size = struct.unpack_from("!HH", record, at)
            kinds.append(kind)
            if kind == _SUPPORTED_VERSIONS:
                (version,) = struct.unpack_from("!H", record, at + 4)
            elif kind == _ALPN:
                protocol = _protocol(record[at + 4 : at + 4 + size])
            at += 4 + size
    except (IndexError, struct.error):
        return NotTls(data) if complete else None
    name, suite = _NAMES.get(version, f"{version:#06x}"), _CIPHERS.get(cipher, f"{cipher:#06x}")
    return ServerHello(name, suite, tuple(kinds), protocol)


def _protocol(data: bytes) -> str:
    """Read the one name in a server's list of application protocols (RFC 7301 section 3.1)."""
    return escape(data[3:], LONGEST_NAME)


def _extensions(number: int, server_name: str, *, modern: bool, groups: tuple[int, ...] = _GROUPS) -> list[bytes]:
    found = [
        _extension(10, _vector(struct.pack(f"!{len(groups)}H", *groups))),
        _extension(11, b"\x01\x00"),
        _extension(13, _vector(struct.pack(f"!{len(_SIGNATURES)}H", *_SIGNATURES))),
    ]
    if _is_name(server_name):
        name = server_name.encode("idna") if not server_name.isascii() else server_name.encode()
        found.insert(0, _extension(0, _vector(b"\0" + _vector(name))))
    if modern:
        found += [_extension(43, b"\x02" + struct.pack("!H", number)), _extension(51, b"\0\0")]
    return found


def _is_name(server_name: str) -> bool:
    """Tell whether the name may stand in server_name: an address literal may not (RFC 6066 section 3)."""
    try:
        ipaddress.ip_address(server_name)
    except ValueError:
        return bool(server_name)
    return False


def _extension(number: int, data: bytes) -> bytes:
    return struct.pack("!H", number) + _vector(data)


def _vector(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data
