"""Requests and replies as bytes, and what may be shown of them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.wire import http
from diag.wire.lines import LineTooLong, Malformed

URL = http.read_url("https://login.example/tenant/token?x=1")


def read(data: bytes, *, method: str = "GET", most: int = 1000, end: bool = False) -> http.Reply | None:
    replies = http.Replies(method, most=most)
    for at in range(0, len(data), 7):
        replies.feed(data[at : at + 7])
        if (reply := replies.next()) is not None:
            return reply
    if end:
        replies.feed(b"")
    return replies.next()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", ("a.example", 443, "/", "a.example")),
        ("http://a.example/x?y=%20", ("a.example", 80, "/x?y=%20", "a.example")),
        ("https://A.example.:8443/", ("a.example", 8443, "/", "a.example:8443")),
        ("https://[2001:db8::1]:444/a#part", ("2001:db8::1", 444, "/a", "[2001:db8::1]:444")),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: tuple[str, int, str, str]) -> None:
    found = http.read_url(url)
    assert (found.host, found.port, found.target, found.authority) == expected


@pytest.mark.parametrize("url", ["ftp://a.example/", "https:///x", "https://u:p@a.example/", "https://a.example/a b",
                                 "https://a.example/\r\nX: y", "nothing", "https://a.example:99999/"])  # fmt: skip
def test_what_is_no_url_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(ValueError) as error:
        http.read_url(url)
    assert "u:p" not in str(error.value)


def test_a_request_is_one_line_its_headers_and_the_body() -> None:
    made = http.request("POST", URL, [("Accept", "application/json")], b"a=b")
    head, _, body = made.partition(b"\r\n\r\n")
    assert head.splitlines() == [
        b"POST /tenant/token?x=1 HTTP/1.1", b"Host: login.example", b"Connection: close", b"Accept: application/json",
        b"Content-Length: 3",
    ]  # fmt: skip
    assert body == b"a=b"


def test_a_header_that_is_none_is_refused_and_not_quoted() -> None:
    with pytest.raises(ValueError) as error:
        http.request("GET", URL, [("Authorization", "Bearer canary\r\nX: y")], b"")
    assert "canary" not in str(error.value)


def test_a_reply_comes_whole_in_each_framing() -> None:
    length = read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: now\r\n\r\nhello")
    assert length is not None
    assert (length.status, length.body, length.header("DATE")) == (200, b"hello", "now")
    chunked = read(b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert chunked is not None
    assert chunked.body == b"hello"
    until_end = read(b"HTTP/1.0 200 OK\r\n\r\nhello", end=True)
    assert until_end is not None
    assert until_end.body == b"hello"
    head = read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method="HEAD")
    assert head is not None
    assert head.body == b""
    interim = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    assert interim is not None
    assert interim.status == 204


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"220 mail.example ESMTP\r\n\r\n", Malformed),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", EOFError),
        (b"HTTP/1.1 200 OK\r\nConte", EOFError),
        (b"", EOFError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000, LineTooLong),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\n", LineTooLong),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 20, LineTooLong),
    ],
)
def test_what_is_no_reply_is_told_apart(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(data, end=True)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_one_of_the_known_ways(data: bytes) -> None:
    with contextlib.suppress(Malformed, LineTooLong, EOFError):
        read(data, end=True)


JWT = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access_token": "{JWT}"}}',
        '{"refresh_token":"1.AVYA_canary\\"more canary"}',
        '{"id_token":"canary',
        "grant_type=refresh_token&refresh_token=canary&client_secret=canary",
        "https://localhost:1234/?code=0.AcanarY&state=x",
        f"Bearer {JWT}",
        "EwBAAl3BAAUFFpUAo7J3Vecanary5bjLBWZWCclRC3EoAA012345678",
    ],
)
def test_a_secret_is_masked_by_name_and_by_shape(text: str) -> None:
    shown = http.mask(text)
    assert "canary" not in shown.lower()
    assert JWT not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        '{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}',
        "https://login.microsoftonline.com/error?code=65001",
        '{"error_description":"AADSTS50173: The provided grant has expired","token_type":"Bearer"}',
        "scope=openid&client_id=1234",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert http.mask(text) == text


def test_a_shown_url_has_no_user_no_fragment_and_no_secret() -> None:
    shown = http.shown_url("https://u:canary@a.example/x?code=0.Acanary&tenant=t#access_token=canary")
    assert shown == "https://a.example/x?code=***&tenant=t"


def test_the_fields_of_a_query_are_read() -> None:
    assert http.query("https://a.example/?a=1&b=&a=2") == {"a": "2", "b": ""}
