"""The bytes that proxies are asked by, and what is read from theirs."""

from __future__ import annotations

import pytest

from diag.model.secret import Secret
from diag.wire import proxy
from diag.wire.lines import LineTooLong, Malformed

DENIED = b"HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\nVia: 1.1 a\r\nVia: 1.1 b\r\n\r\n<html><TITLE> Access\n denied</TITLE>"


def test_a_tunnel_is_asked_for_by_name_and_by_address() -> None:
    asked = proxy.connect_request("mail.example", 993)
    assert asked == b"CONNECT mail.example:993 HTTP/1.1\r\nHost: mail.example:993\r\nUser-Agent: maildiag\r\n\r\n"
    assert proxy.connect_request("2001:db8::1", 993).startswith(b"CONNECT [2001:db8::1]:993 HTTP/1.1\r\n")
    asked = proxy.connect_request("mail.example", 993, "Aladdin", Secret("open sesame"))
    assert b"\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n" in asked  # RFC 7617 section 2


def test_consent_leaves_what_comes_behind_it_alone() -> None:
    answer = proxy.read_answer(b"HTTP/1.0 200 Connection established\r\n\r\n220 mail.example\r\n")
    assert answer is not None
    assert (answer.status, answer.reason, answer.rest) == (200, "Connection established", b"220 mail.example\r\n")


def test_a_refusal_is_read_with_its_headers_and_title() -> None:
    answer = proxy.read_answer(DENIED)
    assert answer is not None
    assert (answer.status, answer.headers["via"], answer.title) == (403, "1.1 a, 1.1 b", "Access denied")


@pytest.mark.parametrize("cut", [0, 1, 6, 12, 30])
def test_more_is_waited_for(cut: int) -> None:
    assert proxy.read_answer(DENIED[:cut]) is None


def test_what_is_no_answer_is_told_at_once() -> None:
    for data in (b"220 mail.example", b"\x05\x00", b"HTTP/1.1 abc\r\n\r\n"):
        with pytest.raises(Malformed):
            proxy.read_answer(data)
    with pytest.raises(LineTooLong):
        proxy.read_answer(b"HTTP/1.1 200 " + b"x" * proxy.LARGEST_HEAD)


@pytest.mark.parametrize(
    ("challenges", "schemes"),
    [
        ('Basic realm="Squid, the proxy"', ["Basic"]),
        ("Negotiate, NTLM", ["Negotiate", "NTLM"]),
        ('Digest realm="a", nonce="b", qop="auth", Basic realm="c"', ["Digest", "Basic"]),
        ("", []),
    ],
)
def test_ways_to_prove_who_asks_are_told_from_their_parameters(challenges: str, schemes: list[str]) -> None:
    assert proxy.schemes(challenges) == schemes


def test_socks_asks_by_name_and_by_address() -> None:
    assert proxy.socks_greeting(with_password=False) == b"\x05\x01\x00"
    assert proxy.socks_greeting(with_password=True) == b"\x05\x02\x00\x02"
    assert proxy.socks_password("me", Secret("pw")) == b"\x01\x02me\x02pw"
    assert proxy.socks_request("a.b", 993) == b"\x05\x01\x00\x03\x03a.b\x03\xe1"
    assert proxy.socks_request("192.0.2.1", 25) == b"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x19"
    assert proxy.socks_request("2001:db8::1", 25)[3:5] == b"\x04\x20"
    with pytest.raises(ValueError, match="255"):
        proxy.socks_password("x" * 256, None)


def test_how_long_a_reply_of_socks_is() -> None:
    assert proxy.socks_reply_length(b"\x05\x00\x00\x01") is None
    assert [proxy.socks_reply_length(bytes([5, 0, 0, kind, 3])) for kind in (1, 3, 4)] == [10, 10, 22]
    for data in (b"HTTP/", b"\x05\x00\x00\x07\x00"):
        with pytest.raises(Malformed):
            proxy.socks_reply_length(data)
