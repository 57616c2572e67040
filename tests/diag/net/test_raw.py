"""Packets of a check's own flows among others."""

from __future__ import annotations

import ipaddress
import struct

import pytest

from diag.net.raw import is_own

OWN, OTHER = "192.0.2.10", "198.51.100.1"
FLOWS = {(6, 40000, OTHER, 993), (17, 40001, "2001:db8::1", 53)}


def packet(source: str, destination: str, protocol: int, payload: bytes) -> bytes:
    one, other = ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed
    if len(one) == 4:
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0) + one + other + payload
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + one + other + payload


def ports(one: int, other: int) -> bytes:
    return struct.pack("!HH", one, other) + bytes(4)


SYN = packet(OWN, OTHER, 6, ports(40000, 993))


@pytest.mark.parametrize(
    ("data", "own"),
    [
        (SYN, True),
        (packet(OTHER, OWN, 6, ports(993, 40000)), True),
        (packet("2001:db8::2", "2001:db8::1", 17, ports(40001, 53)), True),
        (packet(OWN, OTHER, 6, ports(40002, 993)), False),
        (packet(OWN, OTHER, 17, ports(40000, 993)), False),
        (packet(OWN, "192.0.2.99", 6, ports(40000, 993)), False),
        (packet("203.0.113.1", OWN, 1, bytes([11, 0]) + bytes(6) + SYN), True),
        (packet("203.0.113.1", OWN, 1, bytes([8, 0]) + bytes(6) + SYN), False),
        (packet(OWN, OTHER, 6, b""), False),
        (packet(OWN, OTHER, 50, bytes(20)), False),
        (b"", False),
        (b"\x45", False),
        (b"\x00" * 60, False),
    ],
)
def test_own_packets_are_told_from_others_and_so_are_errors_about_them(data: bytes, own: bool) -> None:
    assert is_own(data, FLOWS) is own
