"""A device that intercepts: what a client sees, and what the device reads."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import time

import pytest

from fakes.certificates import Certificates
from fakes.declare import Intercept, Service
from fakes.faults import intercept, sockets
from fakes.stages.loopback import LoopbackStage
from scenarios.load import load

PLACES = {"imap": ("outlook.office365.com:993", "52.97.183.162"), "smtp": ("smtp.office365.com:587", "52.97.118.18")}


def trusting(stage: LoopbackStage, root: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=stage.world.certificates.root(root))
    # Like those of real products, the CA has no key usage, which Python 3.13 takes amiss.
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    return context


def imap(stage: LoopbackStage, root: str) -> tuple[str, bytes]:
    place, address = PLACES["imap"]
    with (
        socket.create_connection(stage.route(address, 993), timeout=5) as raw,
        trusting(stage, root).wrap_socket(raw, server_hostname="outlook.office365.com") as sock,
    ):
        sock.recv(1000)
        sock.sendall(b"a1 CAPABILITY\r\n")
        sock.recv(1000)
        issuer = str(sock.getpeercert()["issuer"])  # type: ignore[index]
    return issuer, bytes(stage.devices.interceptors[place].read)


def smtp(stage: LoopbackStage, root: str) -> tuple[str, bytes]:
    place, address = PLACES["smtp"]
    with smtplib.SMTP(*stage.route(address, 587), timeout=5) as client:
        client._host = "smtp.office365.com"  # type: ignore[attr-defined]  # the name to verify
        client.starttls(context=trusting(stage, root))
        client.ehlo("me.example")
        issuer = str(client.sock.getpeercert()["issuer"])  # type: ignore[union-attr]
    return issuer, bytes(stage.devices.interceptors[place].read)


@pytest.mark.parametrize(
    ("case", "client", "read"),
    [
        ("tls/intercepted--imap-untrusted", imap, b"a1 CAPABILITY"),
        ("starttls/inspected--untrusted", smtp, b"ehlo me.example"),
    ],
)
def test_the_device_shows_its_own_certificate_and_reads_along(case: str, client: object, read: bytes) -> None:
    async def main() -> tuple[str, bytes]:
        async with LoopbackStage(load(case).declaration) as stage:
            with pytest.raises(ssl.SSLCertVerificationError):
                await asyncio.to_thread(client, stage, "public")  # type: ignore[arg-type]
            return await asyncio.to_thread(client, stage, "unknown")  # type: ignore[arg-type]

    issuer, seen = asyncio.run(main())
    assert "Contoso Web Gateway" in issuer
    assert read in seen


def test_a_device_that_distrusts_the_server_says_so_by_its_ca_and_ends_the_connection() -> None:
    def client(stage: LoopbackStage) -> tuple[str, bytes]:
        doubting = stage.world.certificates.interceptor("fortinet", in_doubt=True)
        context = ssl.create_default_context(cadata=doubting.pem)
        context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
        with (
            socket.create_connection(stage.route("198.51.100.25", 993), timeout=5) as raw,
            context.wrap_socket(raw, server_hostname="mail.example.org") as sock,
        ):
            return str(sock.getpeercert()["issuer"]), sock.recv(1000)  # type: ignore[index]

    async def main() -> tuple[str, bytes]:
        async with LoopbackStage(load("tls/intercepted--doubts-the-server").declaration) as stage:
            return await asyncio.to_thread(client, stage)

    issuer, greeting = asyncio.run(main())
    assert "Fortinet_CA_Untrusted" in issuer
    assert greeting == b""


def test_a_device_may_answer_before_the_server_does() -> None:
    """The server here never says a word, so that the handshake can only be the device's own."""

    async def main() -> str | None:
        made = Certificates(now=time.time)
        wanted, service = Intercept(ports=(993,), answers_first=True), Service(speaks="imap")
        silent = await sockets.swallow()
        device = intercept.Device(
            to=(silent.address, silent.port), server_name="mail.example", speaks="imap", at_once=True,
            forged=made.forged(wanted, service, "mail.example"), in_doubt=lambda: made.context(service, "mail.example"),
            roots=made.root("public"), answers_first=wanted.answers_first,
        )  # fmt: skip
        running = await device.start()
        context = ssl.create_default_context(cadata=made.root(wanted.vendor))
        context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
        try:
            _, writer = await asyncio.open_connection(
                running.address, running.port, ssl=context, server_hostname="mail.example"
            )
            version: str | None = writer.get_extra_info("ssl_object").version()
            writer.close()
            return version
        finally:
            await running.close()
            await silent.close()

    assert asyncio.run(main()) == "TLSv1.3"
