"""One exchange over HTTP: what is on record, what is kept back, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from diag.model import document
from diag.model.actions import HttpExchange, TlsHandshake
from diag.model.failure import FailureCode
from diag.model.measurement import Measurement, Vantage
from diag.model.secret import Secret
from diag.model.target import Target
from diag.net.classify import StepFailed
from diag.net.network import Network, Settings
from diag.net.trust import Trust
from diag.net.web import Way, WebReply, WebRequest, fetch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CA = trustme.CA()
LEAF = CA.issue_cert("login.example")
OTHER = trustme.CA()
HELLO = (
    b"HTTP/1.1 200 OK\r\nDate: Wed, 25 Nov 2026 09:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
)


class Site:
    """A server that answers every request with the same bytes, and remembers what it was sent."""

    def __init__(self, reply: bytes, *, tls: bool = True) -> None:
        self.reply, self.tls, self.seen = reply, tls, b""

    @contextlib.asynccontextmanager
    async def running(self, roots: trustme.CA = CA) -> AsyncIterator[Network]:
        """Serve, and give a network in which every name leads here."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        LEAF.configure_cert(context)
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context if self.tls else None)
        port = server.sockets[0].getsockname()[1]

        async def lookup(_: str) -> tuple[str, ...]:
            return ("192.0.2.1",)

        pem = roots.cert_pem.bytes().decode()
        settings = Settings(
            dial=lambda *_: ("127.0.0.1", port), lookup=lookup, trust=Trust(public=pem, system=pem), read_timeout=2.0
        )
        async with server:
            yield Network(settings)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            self.seen += await reader.read(65536)
            writer.write(self.reply)
            await writer.drain()
            writer.close()


def get(site: Site, request: WebRequest, *, roots: trustme.CA = CA, way: Way | None = None) -> tuple[WebReply | StepFailed, Network]:  # fmt: skip
    async def main() -> tuple[WebReply | StepFailed, Network]:
        async with site.running(roots) as network:
            try:
                return await fetch(network, request, way=way or Way()), network
            except StepFailed as failed:
                return failed, network

    return asyncio.run(main())


def last(network: Network) -> HttpExchange:
    action = network.observations[-1].action
    assert isinstance(action, HttpExchange)
    return action


def written(network: Network) -> str:
    measurement = Measurement(target=Target(address="a@b.example", user="a@b.example"), vantage=Vantage())
    measurement.observations = network.observations
    text = document.dump(measurement)
    assert document.load(text).observations == network.observations
    return text


def test_an_exchange_is_on_record_with_the_way_to_it() -> None:
    site = Site(HELLO)
    reply, network = get(site, WebRequest(url="https://login.example/x?a=1", purpose="a greeting"))
    assert isinstance(reply, WebReply)
    assert (reply.status, reply.text(), reply.number) == (200, "hi", 4)
    kinds = [item.action.kind for item in network.observations]
    assert kinds == ["system-lookup", "tcp-connect", "tls-handshake", "http-exchange"]
    assert [item.after for item in network.observations] == [(), (1,), (2,), (3,)]
    found = last(network)
    assert (found.url, found.date, found.excerpt) == (
        "https://login.example/x?a=1",
        "Wed, 25 Nov 2026 09:00:00 GMT",
        "hi",
    )
    assert found.answered is not None
    assert b"\r\nHost: login.example\r\n" in site.seen
    written(network)


def test_a_secret_that_is_sent_back_in_any_form_is_not_on_record() -> None:
    canary = 'p&ss "wörd/canary'
    body = json.dumps({"echo": canary, "form": "p%26ss+%22w%C3%B6rd%2Fcanary", "access_token": "also-canary"}).encode()
    head = f"HTTP/1.1 400 No\r\nContent-Type: application/json\r\nLocation: https://x.example/?code=canary\r\nContent-Length: {len(body)}\r\n\r\n"
    site = Site(head.encode() + body)
    request = WebRequest(method="POST", url="https://login.example/token", body=Secret(f"password={canary}"),
                         secrets=(Secret(canary),), headers=(("Authorization", Secret("Bearer canary-token")),))  # fmt: skip
    _, network = get(site, request)
    assert b"canary" in site.seen
    assert "canary" not in written(network)
    assert last(network).location == "https://x.example/?code=***"


def test_nothing_of_a_private_reply_is_kept_unless_it_is_an_error() -> None:
    good = Site(HELLO)
    assert last(get(good, WebRequest(url="https://login.example/", private=True))[1]).excerpt is None
    bad = Site(HELLO.replace(b"200 OK", b"400 No"))
    assert last(get(bad, WebRequest(url="https://login.example/", private=True))[1]).excerpt == "hi"


@pytest.mark.parametrize("secret", [{"body": Secret("canary")}, {"headers": (("Authorization", Secret("canary")),)}])
def test_a_secret_is_not_sent_in_plaintext(secret: dict[str, Secret]) -> None:
    site = Site(HELLO, tls=False)
    failed, network = get(site, WebRequest(url="http://login.example/", **secret))  # type: ignore[arg-type]
    assert isinstance(failed, StepFailed)
    assert failed.failure.code is FailureCode.WITHHELD
    assert b"canary" not in site.seen
    assert last(network).status is None


def test_nothing_is_sent_to_a_server_that_does_not_verify() -> None:
    site = Site(HELLO)
    failed, network = get(site, WebRequest(url="https://login.example/", body=Secret("canary")), roots=OTHER)
    assert isinstance(failed, StepFailed)
    assert failed.failure.code is FailureCode.TLS_CERTIFICATE_REJECTED
    handshake = network.observations[-1].action
    assert isinstance(handshake, TlsHandshake)
    assert handshake.chain
    assert site.seen == b""


def test_a_channel_with_signs_of_interception_gets_no_secret_unless_the_user_insists() -> None:
    """A CA that the user named verifies, but a host of Microsoft's with it is suspected."""
    site = Site(HELLO)
    host = "login.microsoftonline.com"
    global LEAF  # noqa: PLW0603
    LEAF, before = CA.issue_cert(host), LEAF
    try:
        request = WebRequest(url=f"https://{host}/", headers=(("Authorization", Secret("canary")),))
        failed, network = get(site, request)
        assert isinstance(failed, StepFailed)
        assert failed.failure.code is FailureCode.WITHHELD
        assert failed.failure.detail == "the connection is intercepted"
        assert b"canary" not in site.seen
        reply, network = get(site, request, way=Way(insist=True))
        assert isinstance(reply, WebReply)
        assert b"canary" in site.seen
        assert "canary" not in written(network)
        reply, _ = get(site, WebRequest(url=f"https://{host}/"))
        assert isinstance(reply, WebReply)
    finally:
        LEAF = before


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (b"220 mail.example ESMTP ready\r\n", FailureCode.REPLY_MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhi", FailureCode.CONNECTION_CLOSED),
        (b"", FailureCode.CONNECTION_CLOSED),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, FailureCode.REPLY_TOO_LONG),
    ],
)
def test_what_is_no_reply_is_classified(reply: bytes, code: FailureCode) -> None:
    failed, _ = get(Site(reply), WebRequest(url="https://login.example/", most=1000))
    assert isinstance(failed, StepFailed)
    assert failed.failure.code is code


def test_a_redirect_is_an_answer() -> None:
    site = Site(b"HTTP/1.1 302 Found\r\nLocation: https://other.example/\r\nContent-Length: 0\r\n\r\n")
    reply, network = get(site, WebRequest(url="https://login.example/"))
    assert isinstance(reply, WebReply)
    assert (reply.status, reply.header("Location")) == (302, "https://other.example/")
    assert len(network.observations) == 4


def test_given_addresses_are_dialled_without_asking() -> None:
    _, network = get(
        Site(HELLO), WebRequest(url="https://login.example/"), way=Way(addresses=("192.0.2.9",), port=8443)
    )
    assert [item.action.kind for item in network.observations] == ["tcp-connect", "tls-handshake", "http-exchange"]


def test_json_is_read_where_it_is_some() -> None:
    assert WebReply(status=200, number=1, body=b'{"a": 1}').json() == {"a": 1}
    assert WebReply(status=200, number=1, body=b"[1]").json() == {}
    assert WebReply(status=200, number=1, body=b"\xff").json() == {}
    assert "canary" not in repr(WebReply(status=200, number=1, body=b"canary"))
