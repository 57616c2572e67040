"""The port for the end of a sign-in: one answer with the right state, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from diag.net.loopback import Listener


async def send(listener: Listener, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(data)
    await writer.drain()
    reply = await reader.read()
    writer.close()
    return reply


def get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(body: str) -> bytes:
    return f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize("request_", [get("/?code=c%2F1&state=right"), post("code=c%2F1&state=right")])
def test_the_answer_is_taken_from_a_query_or_a_form(request_: bytes) -> None:
    async def main() -> None:
        async with Listener() as listener:
            assert listener.redirect_uri == f"http://localhost:{listener.port}"
            waiting = asyncio.ensure_future(listener.answer("right", 10))
            await asyncio.sleep(0)
            reply = await send(listener, request_)
            assert reply.startswith(b"HTTP/1.1 200 OK")
            assert b"c/1" not in reply
            assert await waiting == {"code": "c/1", "state": "right"}

    asyncio.run(main())


@pytest.mark.parametrize(
    "request_",
    [get("/?code=c&state=wrong"), get("/?code=c"), get("/favicon.ico"), get("/?state=right"), post("code=c&state="),
     b"PUT /?code=c&state=right HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", get("/?" + "&".join(["code=c&state=right"] * 60))],
)  # fmt: skip
def test_a_request_of_somebody_else_changes_nothing(request_: bytes) -> None:
    async def main() -> None:
        async with Listener() as listener:
            waiting = asyncio.ensure_future(listener.answer("right", 10))
            await asyncio.sleep(0)
            assert (await send(listener, request_)).startswith(b"HTTP/1.1 404")
            assert not waiting.done()
            await send(listener, get("/?error=access_denied&state=right"))
            assert (await waiting)["error"] == "access_denied"

    asyncio.run(main())


def test_before_anybody_waits_no_answer_is_taken() -> None:
    async def main() -> None:
        async with Listener() as listener:
            assert (await send(listener, get("/?code=c&state="))).startswith(b"HTTP/1.1 404")

    asyncio.run(main())


def test_a_request_without_end_is_given_up() -> None:
    async def main() -> None:
        async with Listener() as listener:
            assert await send(listener, b"GET /" + b"x" * 40000) == b""

    asyncio.run(main())


def test_nobody_comes_back() -> None:
    async def main() -> None:
        async with Listener() as listener:
            with pytest.raises(TimeoutError):
                await listener.answer("right", 0.01)

    asyncio.run(main())
