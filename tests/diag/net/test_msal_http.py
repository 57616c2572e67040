"""MSAL's client over the one door: what it asks, what is kept, and how it ends."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from diag.model.secret import Secret
from diag.net.msal_http import HttpClient
from diag.net.threads import in_thread
from diag.net.web import WebReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.net.web import WebRequest

URL = "https://login.example/t"


def run(work: Callable[[HttpClient], object], *, status: int = 200) -> tuple[list[WebRequest], object, HttpClient]:
    seen: list[WebRequest] = []

    async def ask(request: WebRequest) -> WebReply:
        seen.append(request)
        return WebReply(status=status, number=1, body=json.dumps({"error": "x"}).encode(), headers=(("a", "b"),))

    async def main() -> tuple[object, HttpClient]:
        client = HttpClient(ask)
        return await in_thread(work, client), client

    outcome, client = asyncio.run(main())
    return seen, outcome, client


def test_a_form_is_sent_as_a_secret_and_its_answer_is_private() -> None:
    def work(client: HttpClient) -> object:
        data = {"code": "canary-1", "code_verifier": "canary-2", "client_id": "app", "scope": "a b"}
        return client.post(f"{URL}/oauth2/v2.0/token", data=data, headers={"Accept": "x"})

    (request,), _, _ = run(work)
    assert (request.method, request.purpose, request.private) == ("POST", "token", True)
    assert isinstance(request.body, Secret)
    assert parse_qs(request.body.reveal())["code"] == ["canary-1"]
    assert sorted(secret.reveal() for secret in request.secrets) == ["canary-1", "canary-2"]
    assert "canary" not in repr(request)


def test_an_address_is_read_once_and_a_refusal_is_remembered() -> None:
    def work(client: HttpClient) -> object:
        return [client.get(f"{URL}/v2.0/.well-known/openid-configuration", params={"a": "1"}).text for _ in range(2)]

    requests, texts, client = run(work)
    assert [request.url for request in requests] == [f"{URL}/v2.0/.well-known/openid-configuration?a=1"]
    assert texts == ['{"error": "x"}'] * 2
    assert client.last_error == {}
    requests, _, client = run(work, status=400)
    assert len(requests) == 2
    assert client.last_error == {"error": "x"}


def test_a_status_that_is_an_error_can_be_raised() -> None:
    with pytest.raises(ValueError):
        run(lambda client: client.get(URL).raise_for_status(), status=404)
    run(lambda client: client.get(URL).raise_for_status())


def test_once_closed_nothing_is_sent_and_what_is_under_way_ends() -> None:
    async def main() -> None:
        asked = asyncio.Event()

        async def ask(_: WebRequest) -> WebReply:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

        client = HttpClient(ask)
        task = asyncio.ensure_future(in_thread(client.get, URL))
        await asked.wait()
        client.close()
        with pytest.raises(CancelledError):
            await task
        with pytest.raises(CancelledError):
            await in_thread(client.get, URL)

    asyncio.run(main())


@pytest.mark.parametrize(("status", "shown"), [(200, 200), (401, 401), (503, 400)])
def test_a_refusal_of_an_overloaded_service_is_shown_as_one_of_any_other(status: int, shown: int) -> None:
    _, code, client = run(lambda client: client.post(f"{URL}/oauth2/v2.0/token").status_code, status=status)
    assert code == shown
    assert client.last_error == ({} if status == 200 else {"error": "x"})
