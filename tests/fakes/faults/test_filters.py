"""Which ClientHellos a filter stops."""

from __future__ import annotations

import struct

from fakes.faults import filters
from fakes.faults.rewrite import Fate


def hello(size: int, name: bytes = b"") -> bytes:
    return b"\x16\x03\x01" + struct.pack("!H", size) + name + bytes(size - len(name))


def test_a_filter_on_names_stops_those_alone() -> None:
    device = filters.named_hello(["mail.example"], Fate.RESET)
    assert device(hello(200, b"mail.example")) is Fate.RESET
    assert device(hello(200, b"other.example")) == hello(200, b"other.example")
    assert device(b"EHLO mail.example\r\n") == b"EHLO mail.example\r\n"


def test_a_device_that_knows_no_application_protocol_refuses_those_that_offer_some() -> None:
    offer = b"\x00\x10\x00\x07\x00\x05\x04imap"
    assert filters.offering_protocols(hello(200, offer)) is Fate.NO_PROTOCOL
    assert filters.offering_protocols(hello(200, b"imap.example")) == hello(200, b"imap.example")
    assert filters.offering_protocols(offer) == offer


def test_every_hello_is_stopped_and_nothing_else() -> None:
    device = filters.every_hello(Fate.LOST)
    assert device(hello(200)) is Fate.LOST
    assert device(b"\x17\x03\x03") == b"\x17\x03\x03"


def test_a_device_that_reads_one_packet_loses_what_takes_two() -> None:
    lose = filters.large_hello(Fate.LOST)
    assert lose(hello(500)) == hello(500)
    assert lose(hello(1800)) is Fate.LOST
    assert lose(hello(500)[:100]) is Fate.LOST
    assert lose(b"\x17\x03\x03" + bytes(2000)) == b"\x17\x03\x03" + bytes(2000)
