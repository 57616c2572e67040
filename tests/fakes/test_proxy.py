"""The emulated proxies, byte by byte."""

from __future__ import annotations

import asyncio
import base64
import socket
from typing import Any

import pytest

from fakes.declare import Declaration, Mailbox, Names, ProxyPolicy, Service
from fakes.stages.loopback import LoopbackStage

HOST, PROXY = "mail.example", "192.0.2.8"
OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


def meet(speaks: str, sent: list[bytes], **policy: Any) -> list[bytes]:  # noqa: ANN401  fields of the policy
    """Send each of ``sent`` to a proxy and return what comes back after each."""
    declaration = Declaration(
        mailbox=Mailbox(address="me@example"),
        names={HOST: Names(a=("192.0.2.1",)), "proxy.example": Names(a=(PROXY,))},
        services={
            f"{HOST}:143": Service(speaks="imap", like="dovecot", tls="none"),
            f"{HOST}:25": Service(speaks="smtp", down=True),
            "proxy.example:1": Service(speaks=speaks, proxy=ProxyPolicy(ports=(143, 25), **policy)),  # type: ignore[arg-type]
        },
    )

    def client(stage: LoopbackStage) -> list[bytes]:
        with socket.create_connection(stage.route(PROXY, 1), timeout=2) as sock:
            found = []
            for data in sent:
                sock.sendall(data)
                found.append(sock.recv(4096))
            return found

    async def main() -> list[bytes]:
        async with LoopbackStage(declaration) as stage:
            return await asyncio.to_thread(client, stage)

    return asyncio.run(main())


def connect(port: int, proof: str = "") -> bytes:
    field = f"Proxy-Authorization: {proof}\r\n" if proof else ""
    return f"CONNECT {HOST}:{port} HTTP/1.1\r\nHost: {HOST}:{port}\r\n{field}\r\n".encode()


def test_an_http_proxy_passes_on_what_it_allows() -> None:
    opened, *_ = meet("http-proxy", [connect(143)])
    assert opened.startswith(OPEN)


def test_an_http_proxy_refuses_as_squid_and_tinyproxy_do() -> None:
    (squid,) = meet("http-proxy", [connect(993)])
    assert squid.startswith(b"HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n")
    (tiny,) = meet("http-proxy", [connect(993)], product="tinyproxy")
    assert b"\r\nServer: tinyproxy/1.11.1\r\n" in tiny
    assert meet("http-proxy", [connect(25)])[0].startswith(b"HTTP/1.1 503 ")
    assert meet("http-proxy", [b"EHLO x\r\n\r\n"])[0].startswith(b"HTTP/1.1 400 ")


def test_an_http_proxy_with_users_wants_one_of_them() -> None:
    users = {"me": "secret"}
    (nobody,) = meet("http-proxy", [connect(143)], users=users)
    assert nobody.startswith(b"HTTP/1.1 407 ")
    assert b'\r\nProxy-Authenticate: Basic realm="proxy"\r\n' in nobody
    for pair, status in (("me:secret", b"200"), ("me:guess", b"407"), ("you:secret", b"407")):
        proof = "Basic " + base64.b64encode(pair.encode()).decode()
        assert meet("http-proxy", [connect(143, proof)], users=users)[0][9:12] == status


def test_a_proxy_may_deny_without_a_word() -> None:
    with pytest.raises(ConnectionResetError):
        meet("http-proxy", [connect(993)], denies_by="reset")
    with pytest.raises(TimeoutError):
        meet("http-proxy", [connect(993)], denies_by="silence")


def wanted(port: int) -> bytes:
    return b"\x05\x01\x00\x03" + bytes([len(HOST)]) + HOST.encode() + port.to_bytes(2, "big")


@pytest.mark.parametrize(("port", "reply"), [(143, 0), (993, 2), (25, 5)])
def test_a_socks_proxy_answers_by_number(port: int, reply: int) -> None:
    greeting, answer = meet("socks5-proxy", [b"\x05\x01\x00", wanted(port)])
    assert greeting == b"\x05\x00"
    assert answer[:2] == bytes([5, reply])


def test_a_socks_proxy_with_users_wants_one_of_them() -> None:
    users = {"me": "secret"}
    assert meet("socks5-proxy", [b"\x05\x01\x00"], users=users) == [b"\x05\xff"]
    assert meet("socks5-proxy", [b"\x05\x01\x02", b"\x01\x02me\x05guess"], users=users) == [b"\x05\x02", b"\x01\x01"]
    found = meet("socks5-proxy", [b"\x05\x01\x02", b"\x01\x02me\x06secret", wanted(143)], users=users)
    assert found[2][:2] == b"\x05\x00"
