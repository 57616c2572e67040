"""A person at a browser, in a world that runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from fakes.declare import Application, Declaration, Mailbox, Names, Service, Tenant
from fakes.organisation import CLIENT_ID
from fakes.person import Person
from fakes.stages.loopback import LoopbackStage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ADDRESS = "helpdesk@contoso.example"
HOST = "login.microsoftonline.com"
AUTHORIZE = f"https://{HOST}/common/oauth2/v2.0/authorize?" + urlencode({
    "client_id": CLIENT_ID, "response_type": "code", "redirect_uri": "http://localhost:8400", "scope": "SMTP.Send",
})  # fmt: skip


def play(act: Callable[[Person], Awaitable[str]], *, mailbox: Mailbox | None = None, accepts: bool = True,
         password: str = "correct horse", tenant: Tenant | None = None) -> str:  # fmt: skip
    declared = Declaration(
        mailbox=mailbox or Mailbox(address=ADDRESS),
        tenant=tenant or Tenant(),
        application=Application(user_consent=(), admin_consent=()),
        names={HOST: Names(a=("192.0.2.1",))},
        services={f"{HOST}:443": Service(speaks="http", serves="entra")},
    )

    async def run() -> str:
        async with LoopbackStage(declared) as stage:
            person = Person(
                user=ADDRESS, password=password, accepts=accepts, roots=stage.world.public_roots(),
                dial=lambda host, port: stage.route(stage.world.addresses(host)[0], port),
            )  # fmt: skip
            return await act(person)

    return asyncio.run(run())


@pytest.mark.parametrize("mfa", ["none", "required", "enrolment"])
def test_a_sign_in_ends_at_the_application(mfa: str) -> None:
    end = play(lambda person: person.sign_in(AUTHORIZE), mailbox=Mailbox(address=ADDRESS, mfa=mfa))  # type: ignore[arg-type]
    assert end.startswith("http://localhost:8400?code=")


def test_one_that_is_declined_does_so_too() -> None:
    assert "AADSTS65004" in play(lambda person: person.sign_in(AUTHORIZE), accepts=False)


def test_one_that_nobody_may_allow_leads_back_with_the_reason() -> None:
    assert "AADSTS90094" in play(lambda person: person.sign_in(AUTHORIZE), tenant=Tenant(user_consent="none"))


def test_a_password_that_is_wrong_is_typed_once() -> None:
    assert "Your account or password is incorrect" in play(lambda person: person.sign_in(AUTHORIZE), password="x")


def test_a_code_that_is_wrong_ends_at_its_page() -> None:
    text = play(lambda person: person.enter_code(f"https://{HOST}/device", "ABCDEFGHJ"))
    assert "That code didn" in text


def test_an_application_that_wants_a_form_gets_one() -> None:
    posted: list[bytes] = []

    async def act(person: Person) -> str:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            posted.append(await reader.read(65536))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            url = AUTHORIZE.replace("localhost%3A8400", f"localhost%3A{port}") + "&response_mode=form_post"
            end = await person.sign_in(url)
            await person.arrive(end.replace("localhost", "127.0.0.1"))
        return end

    assert play(act).startswith("http://localhost:")
    assert posted[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"code=" in posted[0]
