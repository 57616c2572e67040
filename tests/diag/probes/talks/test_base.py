"""A server that says the credential back, in every way it can, puts it into no document."""

from __future__ import annotations

import asyncio
import base64

import pytest

from diag.check import measure
from diag.judge import judge
from diag.model import document
from diag.model.secret import Secret
from diag.model.target import Protocol
from diag.plan import Request, endpoint_at
from diag.probes.run import Choices, SignIn
from diag.report import text

CANARY = "canary-token-0123456789"


def echo_for(how: str, line: bytes) -> bytes:
    tag, _, rest = line.partition(b" ")
    response = rest.rpartition(b" ")[2]
    decoded = base64.b64decode(response).replace(b"\x01", b" ")
    challenge = base64.b64encode(decoded)
    return {
        "refusal": tag + b" NO " + rest + b" " + decoded + b"\r\n",
        "rubbish": b"ECHO " + rest + b" " + decoded + b"\r\n",
        "challenge": b"+ " + challenge + b"\r\n" + tag + b" NO no\r\n",
        "unfinished": rest + b" " + decoded,
        "other tag": b"zz OK " + rest + b" " + decoded + b"\r\n",
    }[how]


@pytest.mark.parametrize("how", ["refusal", "rubbish", "challenge", "unfinished", "other tag"])
def test_an_echo_is_scrubbed(how: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        await reader.readline()
        writer.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR\r\nm1 OK done\r\n")
        writer.write(echo_for(how, (await reader.readline()).strip()))
        await writer.drain()
        writer.close()

    async def main() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            place = endpoint_at(Protocol.IMAP, "127.0.0.1", server.sockets[0].getsockname()[1], "none")
            found = await measure(
                Request(address="me@contoso.example", endpoints=(place,), sign_in_anyway=True),
                SignIn(user="me@contoso.example", token=Secret(CANARY)),
                choices=Choices(sign_in_anyway=True),
            )
        return document.dump(found) + text.render(judge(found), found)

    written = asyncio.run(main())
    assert "sign-in" in written
    assert CANARY not in written
    assert base64.b64encode(f"user=me@contoso.example\x01auth=Bearer {CANARY}\x01\x01".encode()).decode() not in written
