"""Asking: pages, throttling, refusals, and answers that are not whole."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from diag.model.failure import FailureCode
from diag.model.secret import Secret
from diag.model.target import Target
from diag.model.tenant import ServicePlan
from diag.net.clock import Clock
from diag.net.network import Network, Settings
from diag.net.trust import Trust
from diag.probes.run import Choices, Run, SignIn
from diag.probes.tenant import questions
from diag.probes.tenant.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diag.model.measurement import Observation
    from diag.model.tenant import TenantRead

CA = trustme.CA()
LEAF = CA.issue_cert("graph.microsoft.com")
TOKEN = "eyJ0.canary-of-the-administrator.sig"
NEXT = "https://graph.microsoft.com/v1.0/users/u1/licenseDetails?$skiptoken=X"
ADDRESS = "helpdesk@contoso.example"
Answer = tuple[int, dict[str, Any] | str, dict[str, str]]


def plan(name: str) -> dict[str, Any]:
    return {"skuPartNumber": "P", "servicePlans": [{"servicePlanName": name, "provisioningStatus": "Success"}]}


def page(*names: str, link: str | None = None) -> Answer:
    return 200, {"value": [plan(name) for name in names], **({"@odata.nextLink": link} if link else {})}, {}


def refusal(status: int, code: str = "", **headers: str) -> Answer:
    return status, {"error": {"code": code, "message": "m"}} if code else {}, headers


class Script:
    """A server that gives the next of its answers to each request, and remembers what it was asked."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while self.answers:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.asked.append(head)
                status, body, headers = self.answers.pop(0)
                text = json.dumps(body).encode() if isinstance(body, dict) else body.encode()
                lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(text)}"]
                lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + text)
                await writer.drain()
        writer.close()


def read(*answers: Answer, token: str | None = TOKEN) -> tuple[TenantRead, Observation, Script, list[float]]:
    """Ask for licences, and return what is on record, the server and the waits."""
    script, waits = Script(answers), []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def main() -> tuple[TenantRead, Observation]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        LEAF.configure_cert(context)
        server = await asyncio.start_server(script.serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        pem = CA.cert_pem.bytes().decode()
        settings = Settings(
            dial=lambda *_: ("127.0.0.1", port),
            trust=Trust(public=pem, system=pem),
            read_timeout=2.0,
            clock=Clock(sleep=sleep),
        )
        network = Network(settings)
        choices = Choices(resolve={("graph.microsoft.com", 443): ("192.0.2.1",)})
        run = Run(network, Target(address=ADDRESS, user=ADDRESS), SignIn(user=ADDRESS), choices)
        async with server:
            found = await Reader(run, {"graph": Secret(token) if token else None}).ask(questions.licences("u1"))
            await run.close()
        assert found is not None
        (item,) = [item for item in network.observations if item.action is found]
        assert TOKEN not in repr(network.observations)
        return found, item

    found, item = asyncio.run(main())
    return found, item, script, waits


def names(found: TenantRead) -> list[str]:
    return [fact.name for fact in found.found if isinstance(fact, ServicePlan)]


def test_pages_are_one_answer() -> None:
    found, item, script, _ = read(page("A", link=NEXT), page("B"))
    assert (names(found), found.requests, found.whole, found.exists, item.failure) == (["A", "B"], 2, True, True, None)
    assert "$skiptoken=X" in script.asked[1]
    assert all(f"Authorization: Bearer {TOKEN}" in head for head in script.asked)
    assert script.connections == 1


def test_an_empty_list_is_an_answer() -> None:
    found, *_ = read(page())
    assert (found.found, found.whole, found.exists) == ((), True, False)


@pytest.mark.parametrize("link", ["https://evil.example/steal", "http://graph.microsoft.com/v1.0/x", "nonsense"])
def test_no_link_leads_the_token_elsewhere(link: str) -> None:
    found, _, script, _ = read(page("A", link=link))
    assert (names(found), len(script.asked)) == (["A"], 1)
    assert not found.whole


def test_pages_without_end_are_cut() -> None:
    found, *_ = read(*[page(f"P{number}", link=NEXT) for number in range(50)])
    assert (found.requests, found.whole, len(names(found))) == (20, False, 20)


def test_a_service_that_asks_for_time_gets_it() -> None:
    found, item, _, waits = read(refusal(429, "TooManyRequests", Retry_After="7"), refusal(503), page("A"))
    assert (waits, found.waited, found.requests, names(found), item.failure) == ([7.0, 2.0], 9.0, 3, ["A"], None)


@pytest.mark.parametrize(
    ("answers", "requests"),
    [
        ([refusal(429, "TooManyRequests", Retry_After="1")] * 9, 4),
        ([refusal(500)] * 9, 4),
        ([refusal(429, "TooManyRequests", Retry_After="3600")] * 9, 1),
    ],
)
def test_one_that_never_has_time_is_given_up(answers: list[Answer], requests: int) -> None:
    found, item, _, _ = read(*answers)
    assert item.failure is not None
    assert (item.failure.code, found.requests, found.whole) == (FailureCode.UNAVAILABLE, requests, False)


def test_a_page_that_fails_leaves_an_answer_that_is_not_whole() -> None:
    found, item, *_ = read(page("A", link=NEXT), *[refusal(503)] * 4)
    assert item.failure is not None
    assert (names(found), found.whole, item.failure.code) == (["A"], False, FailureCode.UNAVAILABLE)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(403, "Authorization_RequestDenied"), FailureCode.FORBIDDEN),
        (refusal(401, "InvalidAuthenticationToken"), FailureCode.REPLY_REFUSED),
        (refusal(400, "BadRequest"), FailureCode.REPLY_REFUSED),
        ((200, "<html>", {}), FailureCode.REPLY_MALFORMED),
        ((200, {"value": [{"servicePlans": [{}]}]}, {}), FailureCode.REPLY_MALFORMED),
        ((302, "", {"Location": "https://elsewhere.example/"}), FailureCode.REPLY_REFUSED),
    ],
)
def test_what_is_no_answer(answer: Answer, code: FailureCode) -> None:
    found, item, *_ = read(answer)
    assert item.failure is not None
    assert (item.failure.code, found.whole, found.exists) == (code, False, None)


def test_what_does_not_exist_is_an_answer() -> None:
    found, item, *_ = read(refusal(404, "Request_ResourceNotFound"))
    assert (item.failure, found.whole, found.exists) == (None, True, False)


def test_without_a_token_nothing_is_asked() -> None:
    async def main() -> None:
        network = Network(Settings())
        run = Run(network, Target(address=ADDRESS, user=ADDRESS), SignIn(user=ADDRESS))
        assert await Reader(run, {"graph": None}).ask(questions.licences("u1")) is None
        assert network.observations == []

    asyncio.run(main())


def test_a_server_that_ends_the_connection_is_connected_to_again() -> None:
    first = (200, page("A", link=NEXT)[1], {"Connection": "close"})
    found, _, script, _ = read(first, page("B"))
    assert (names(found), script.connections) == (["A", "B"], 2)
