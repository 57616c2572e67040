"""The whole site: clients that mean no good, and many at once."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.declare import Application, Declaration, Mailbox, Names, Service, Tenant
from fakes.entra import ROUTES
from fakes.entra.clients import ASSERTION
from fakes.entra.token import DEVICE
from fakes.grants import MOST
from fakes.organisation import CLIENT_ID
from fakes.stages.loopback import LoopbackStage
from fakes.web import Reply, Request, Route, answer
from tests.fakes.entra.asking import (
    CHALLENGE,
    OUTLOOK,
    REDIRECT,
    SCOPE,
    VERIFIER,
    Asking,
    code_of,
    read,
    returned,
    world,
)
from tests.fakes.entra.person import Person
from tests.fakes.serving import serving
from tests.fakes.test_web import connect, send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fakes.server import Context

HOST = "login.microsoftonline.com"
NAMES = (
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "scope", "redirect_uri",
    "response_type", "response_mode", "state", "nonce", "prompt", "login_hint", "code", "code_verifier", "device_code",
    "code_challenge", "code_challenge_method", "refresh_token", "username", "password", "ctx", "loginfmt", "passwd",
    "otc", "action", "organization", "authorization_endpoint", "client_info", "client-request-id",
)  # fmt: skip
RIGHT = (
    CLIENT_ID, SCOPE, f"{OUTLOOK}/.default", REDIRECT, "code", "form_post", "none", "consent", "authorization_code",
    "refresh_token", "client_credentials", "password", DEVICE, ASSERTION, CHALLENGE, "S256", VERIFIER, "accept",
    "helpdesk@contoso.example", "correct horse", "https://login.microsoftonline.com/common/oauth2/authorize",
)  # fmt: skip
"""What gets a client further than rubbish does."""
values = st.one_of(
    st.sampled_from(RIGHT), st.text(max_size=40), st.from_regex(r"(\S+ ){0,3}https?://\S+", fullmatch=True)
)
forms = st.dictionaries(st.sampled_from(NAMES), values, max_size=12)
REGISTERED = Application().redirect_uris
tenants = st.one_of(st.sampled_from(["common", "contoso.example", "consumers"]), st.text("abc%2F.ä\x00", min_size=1))
headers = st.dictionaries(
    st.sampled_from(["authorization", "cookie", "client-request-id"]),
    st.one_of(st.sampled_from(["Basic Og==", "Basic gA==", "Bearer x", "ESTSAUTH=x; ;=;"]), st.text(max_size=30)),
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    route=st.sampled_from(ROUTES), tenant=tenants, form=forms, query=forms, heads=headers, raw=st.binary(max_size=60)
)
def test_whatever_is_asked_is_answered(
    route: Route, tenant: str, form: dict[str, str], query: dict[str, str], heads: dict[str, str], raw: bytes
) -> None:
    body = urlencode(form, errors="replace").encode() if form else raw
    asked = Request(route.method, route.path.format(tenant=tenant, user=tenant), query, heads, body)
    reply = SHARED.ask(asked)
    assert reply.status in {200, 302, 400, 401, 404}
    for name, value in reply.headers:
        assert f"{name}{value}".isprintable(), (name, value)
    if reply.status == 302:
        location = dict(reply.headers)["Location"]
        # A request that names no address goes back to the first registered one.
        assert location.startswith((*(f"{known}{end}" for known in REGISTERED for end in "?#"), REDIRECT))
    if not any("correct horse" in value for value in (*query.values(), *form.values(), *heads.values(), tenant)):
        assert b"correct horse" not in reply.body
    assert b"Traceback" not in reply.body


SHARED = Asking(world(application=Application(secret="s3", certificate="own")))
"""One service for all examples, since whatever an earlier client left behind must not break it either."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["login", "wrong", "otc", "enrol", "accept", "cancel", "return", "confirm"]), max_size=8),
       st.sampled_from(["none", "required", "enrolment"]), st.booleans())  # fmt: skip
def test_no_order_of_buttons_gets_a_code_without_a_password_and_a_second_factor(
    presses: list[str], mfa: str, consented: bool
) -> None:
    box = Mailbox(address="helpdesk@contoso.example", mfa=mfa)  # type: ignore[arg-type]
    app = Application() if consented else Application(user_consent=(), admin_consent=())
    here = Asking(world(box, application=app))
    page = here.authorize()
    ctx = page.body.decode().partition('name="ctx" value="')[2].partition('"')[0]
    for press in presses:
        reply = _press(here, ctx, press)
        if reply.status == 302 and "code" in returned(reply):
            assert "login" in presses
            assert mfa == "none" or "otc" in presses
            assert consented or "accept" in presses
    assert consented or "accept" in presses or not here.directory.consents.given


def _press(here: Asking, ctx: str, press: str) -> Reply:
    if press in {"login", "wrong"}:
        password = "correct horse" if press == "login" else "x"
        return here.post("/common/login", {"ctx": ctx, "loginfmt": "helpdesk@contoso.example", "passwd": password})
    if press in {"otc", "enrol"}:
        typed = {"otc": "123456"} if press == "otc" else {}
        return here.post("/common/SAS/ProcessAuth", {"ctx": ctx, "action": press, **typed})
    return here.post("/common/Consent/Set", {"ctx": ctx, "action": press})


def test_bytes_that_are_no_request_end_one_connection_only() -> None:
    with serving(Service(speaks="http", serves="entra")) as served:
        for rubbish in (b"\x00" * 5000, b"\x16\x03\x01", b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                        b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):  # fmt: skip
            if rubbish.count(b"\n"):
                assert send(served, rubbish).startswith(b"HTTP/1.1 400 ")
            else:
                client = connect(served)
                client.connect()
                client.sock.sendall(rubbish)
                client.close()
        client = connect(served)
        client.request("GET", "/common/discovery/v2.0/keys")
        assert client.getresponse().status == 200
        client.close()


def test_nobody_fills_the_memory() -> None:
    here = Asking()
    grants = here.directory.grants
    for _ in range(MOST + 1):
        grants.visits.put(object())
    assert len(grants.visits.values()) == MOST
    page = here.sign_in(here.authorize())
    assert returned(page)["code"], "and whoever comes next is served all the same"


def test_a_code_is_redeemed_once_however_many_come_at_once() -> None:
    here = Asking()
    form = {"client_id": CLIENT_ID, "grant_type": "authorization_code", "code": here.code(), "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER}  # fmt: skip

    async def all_at_once(context: Context) -> list[Reply]:
        request = Request("POST", "/common/oauth2/v2.0/token", {}, {}, urlencode(form).encode())
        return await asyncio.gather(*(answer(request, context) for _ in range(20)))

    replies = asyncio.run(all_at_once(here.context))
    assert sorted(reply.status for reply in replies) == [200] + [400] * 19
    assert {code_of(reply) for reply in replies if reply.status == 400} == {54005}


@pytest.mark.parametrize("people", [40])
def test_many_sign_in_at_once_and_each_gets_an_own_token(people: int) -> None:
    boxes = {
        f"m{number}": Mailbox(address=f"m{number}@contoso.example", password=secrets.token_hex(4))
        for number in range(people)
    }
    declared = Declaration(
        mailbox=Mailbox(address="helpdesk@contoso.example"), mailboxes=boxes, names={HOST: Names(a=("192.0.2.1",))},
        services={f"{HOST}:443": Service(speaks="http", serves="entra")},
    )  # fmt: skip
    asked = {"client_id": CLIENT_ID, "response_type": "code", "redirect_uri": REDIRECT, "scope": SCOPE,
             "code_challenge": CHALLENGE, "code_challenge_method": "S256"}  # fmt: skip
    url = f"https://{HOST}/common/oauth2/v2.0/authorize?{urlencode(asked)}"

    async def one(stage: LoopbackStage, box: Mailbox) -> tuple[str, str]:
        person = Person(user=box.address, password=box.password, roots=stage.world.public_roots(),
                        dial=lambda _, port: stage.route("192.0.2.1", port))  # fmt: skip
        back = parse_qs(urlsplit(await person.sign_in(url)).query)
        form = {"client_id": CLIENT_ID, "grant_type": "authorization_code", "code": back["code"][0],
                "redirect_uri": REDIRECT, "code_verifier": VERIFIER}  # fmt: skip
        context = stage.world.context(f"{HOST}:443", declared.services[f"{HOST}:443"])
        reply = await answer(Request("POST", "/common/oauth2/v2.0/token", {}, {}, urlencode(form).encode()), context)
        return box.address, str(read(reply)["access_token"])

    async def run() -> None:
        async with LoopbackStage(declared) as stage:
            found = await asyncio.gather(*(one(stage, box) for box in boxes.values()))
            assert len({token for _, token in found}) == people
            directory = stage.world.directory
            assert all(directory.check_token("imap", address, token) is None for address, token in found)
            address, token = found[0]
            assert directory.check_token("imap", found[1][0], token) is not None, address

    asyncio.run(run())


ME = "helpdesk@contoso.example"
ASK = f"https://{HOST}/common/oauth2/v2.0/authorize?" + urlencode({
    "client_id": CLIENT_ID, "response_type": "code", "redirect_uri": "http://localhost:8400", "scope": "SMTP.Send",
})  # fmt: skip


def play(act: Callable[[Person], Awaitable[str]], *, mailbox: Mailbox | None = None, accepts: bool = True,
         password: str = "correct horse", tenant: Tenant | None = None) -> str:  # fmt: skip
    declared = Declaration(
        mailbox=mailbox or Mailbox(address=ME),
        tenant=tenant or Tenant(),
        application=Application(user_consent=(), admin_consent=()),
        names={HOST: Names(a=("192.0.2.1",))},
        services={f"{HOST}:443": Service(speaks="http", serves="entra")},
    )

    async def run() -> str:
        async with LoopbackStage(declared) as stage:
            person = Person(
                user=ME, password=password, accepts=accepts, roots=stage.world.public_roots(),
                dial=lambda host, port: stage.route(stage.world.addresses(host)[0], port),
            )  # fmt: skip
            return await act(person)

    return asyncio.run(run())


@pytest.mark.parametrize("mfa", ["none", "required", "enrolment"])
def test_a_sign_in_ends_at_the_application(mfa: str) -> None:
    end = play(lambda person: person.sign_in(ASK), mailbox=Mailbox(address=ME, mfa=mfa))  # type: ignore[arg-type]
    assert end.startswith("http://localhost:8400?code=")


def test_one_that_is_declined_does_so_too() -> None:
    assert "AADSTS65004" in play(lambda person: person.sign_in(ASK), accepts=False)


def test_one_that_nobody_may_allow_leads_back_with_the_reason() -> None:
    assert "AADSTS90094" in play(lambda person: person.sign_in(ASK), tenant=Tenant(user_consent="none"))


def test_a_password_that_is_wrong_is_typed_once() -> None:
    assert "Your account or password is incorrect" in play(lambda person: person.sign_in(ASK), password="x")


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
            url = ASK.replace("localhost%3A8400", f"localhost%3A{port}") + "&response_mode=form_post"
            end = await person.sign_in(url)
            await person.arrive(end.replace("localhost", "127.0.0.1"))
        return end

    assert play(act).startswith("http://localhost:")
    assert posted[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"code=" in posted[0]
