"""Our ClientHello, against OpenSSL's own server and against every cut of an answer."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from diag.wire import hello
from diag.wire.hello import VERSION_NUMBERS, Alert, Answer, NotTls, ServerHello, client_hello, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAF = trustme.CA().issue_cert("mail.example")
RANDOM = bytes(range(32))


@pytest.fixture(params=list(VERSION_NUMBERS))
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """Serve one TLS version alone, as far as this OpenSSL can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    LEAF.configure_cert(context)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        version = ssl.TLSVersion[request.param.replace("TLSv1.", "TLSv1_")]
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve() -> None:
        for _ in VERSION_NUMBERS:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                try:
                    context.wrap_socket(peer, server_side=True).close()
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    yield request.param, listener.getsockname()[1]
    listener.close()
    thread.join()


def offer(version: str, port: int) -> Answer | None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(client_hello(version, "mail.example", random=RANDOM))
        data, answer = b"", None
        while answer is None and (more := sock.recv(4096)):
            data += more
            answer = read_answer(data)
        return answer


def test_a_server_takes_its_own_version_and_no_other(server: tuple[str, int]) -> None:
    own, port = server
    taken = set()
    for version in VERSION_NUMBERS:
        answer = offer(version, port)
        assert isinstance(answer, ServerHello | Alert), version
        if isinstance(answer, ServerHello) and answer.version == version:
            taken.add(version)
    assert taken == {own}


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", Alert(70, "protocol_version")),
        (b"\x15\x03\x03\x00\x02\x02\x28", Alert(40, "handshake_failure")),
        (b"* OK ready", NotTls(b"* OK ready")),
        (b"HTTP/1.1 400", NotTls(b"HTTP/1.1 400")),
        (b"", None),
        (b"\x16\x03", None),
    ],
)
def test_answers(data: bytes, answer: Answer | None) -> None:
    assert read_answer(data) == answer


@given(st.binary(max_size=200))
def test_no_answer_breaks_it(data: bytes) -> None:
    assert read_answer(data) is None or isinstance(read_answer(data), ServerHello | Alert | NotTls)


def test_an_address_is_no_server_name() -> None:
    assert b"mail.example" in client_hello("TLSv1.2", "mail.example", random=RANDOM)
    assert b"192.0.2.1" not in client_hello("TLSv1.2", "192.0.2.1", random=RANDOM)


@pytest.mark.parametrize(
    ("taken", "chosen"), [(["imap"], "imap"), (["http/1.1"], "http/1.1"), (["smtp"], None), (None, None)]
)
def test_the_application_protocol_that_was_chosen_is_read(taken: list[str] | None, chosen: str | None) -> None:
    """OpenSSL takes one that it knows and ignores the others; TLS 1.3 tells it too late (RFC 7301 section 3.1)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if taken:
        context.set_alpn_protocols(taken)
    for version, told in (("TLSv1.2", chosen), ("TLSv1.3", None)):
        sent = client_hello(version, "mail.example", random=RANDOM, protocols=("imap", "http/1.1"))
        answer = read_answer(answered_by_openssl(sent, context))
        assert isinstance(answer, ServerHello)
        assert (answer.version, answer.protocol) == (version, told)


def test_a_chosen_protocol_without_a_name_is_still_one() -> None:
    said = b"\x03\x03" + bytes(32) + b"\0" + b"\xc0\x2f\0" + b"\0\x04" + b"\0\x10\0\0"
    handshake = b"\x02" + len(said).to_bytes(3) + said
    answer = read_answer(b"\x16\x03\x03" + len(handshake).to_bytes(2) + handshake)
    assert answer == ServerHello("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", (16,), "")


@pytest.mark.parametrize(("large", "sizes"), [(False, range(200, 500)), (True, range(1500, 2000))])
def test_a_modern_hello_is_taken_whether_it_is_small_or_large(large: bool, sizes: range) -> None:
    """OpenSSL is the judge: it answers with a ServerHello of TLS 1.3, and no alert."""
    random = bytes(range(256)) * 7
    sent = hello.modern_hello("mail.example", random=random[: hello.LARGE_RANDOM], large=large)
    assert len(sent) in sizes
    answer = hello.read_answer(answered_by_openssl(sent))
    assert isinstance(answer, hello.ServerHello)
    assert answer.version == "TLSv1.3"


def answered_by_openssl(sent: bytes, context: ssl.SSLContext | None = None) -> bytes:
    context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    LEAF.configure_cert(context)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(sent)
    with pytest.raises(ssl.SSLWantReadError):
        server.do_handshake()
    return outgoing.read()
