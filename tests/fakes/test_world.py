"""A world before any socket is opened."""

from __future__ import annotations

import asyncio
import http.client
import imaplib
import json
import time
from typing import Any

from fakes.declare import (
    Application,
    Client,
    Declaration,
    Firewall,
    Hop,
    Mailbox,
    Names,
    Router,
    Service,
    Tenant,
    Token,
)
from fakes.directory import Refusal
from fakes.permissions import take_apart
from fakes.stages.loopback import LoopbackStage
from fakes.world import World, split


def test_places_are_split() -> None:
    assert split("mail.example:993") == ("mail.example", 993)
    assert split("[2001:db8::1]:25") == ("2001:db8::1", 25)


def test_addresses_are_found_through_aliases() -> None:
    names = {"a": Names(cname="b"), "b": Names(a=("192.0.2.1",), aaaa=("2001:db8::1",)), "x": Names(cname="x")}
    world = World(Declaration(mailbox=Mailbox(address="me@x"), names=names))
    assert world.addresses("a") == ("192.0.2.1", "2001:db8::1")
    assert world.addresses("x") == world.addresses("nowhere") == ()


def test_a_client_whose_clock_is_behind_sees_a_world_ahead() -> None:
    world = World(Declaration(mailbox=Mailbox(address="me@x"), client=Client(clock_off_by=-3600)))
    assert 3590 < world.now() - time.time() < 3610


def test_the_client_holds_the_declared_token_and_trusts_what_it_should() -> None:
    declared = Declaration(mailbox=Mailbox(address="me@x"), token=Token(), client=Client(trusts=("private",)))
    world = World(declared)
    assert world.token
    assert world.directory.check_token("imap", "me@x", world.token) is None
    assert world.public_roots().count("BEGIN CERTIFICATE") == 1
    assert world.system_roots().count("BEGIN CERTIFICATE") == 2
    assert World(Declaration(mailbox=Mailbox(address="me@x"))).token is None


def test_firewalls_come_in_the_order_of_the_path() -> None:
    path = (Hop(firewall=Firewall(drop=(1,))), Hop(router=Router()), Hop(firewall=Firewall(drop=(2,))))
    world = World(Declaration(mailbox=Mailbox(address="me@x"), path=path))
    assert [firewall.drop for firewall in world.firewalls()] == [(1,), (2,)]


def test_the_client_may_hold_a_refresh_token() -> None:
    world = World(Declaration(mailbox=Mailbox(address="me@x")))
    found = world.directory.grants.refreshes.get(world.refresh_token)
    assert found is not None
    assert (found.grant.user, found.grant.strong) == ("me@x", True)
    assert world.refresh_token == world.refresh_token


ME = "helpdesk@contoso.example"
PLACE = "192.0.2.1"


def everything() -> Declaration:
    """Declare mail, Graph and the Exchange admin interface in plaintext, for clients of the standard library."""
    services = {
        "all.example:143": Service(speaks="imap", tls="none"),
        "all.example:80": Service(speaks="http", serves="graph", tls="none"),
        "all.example:81": Service(speaks="http", serves="exchange-admin", tls="none"),
    }
    box = Mailbox(address=ME, roles=("Global Reader",))
    return Declaration(mailbox=box, names={"all.example": Names(a=(PLACE,))}, services=services)


def ask(stage: LoopbackStage, port: int, method: str, path: str, token: str, body: str | None = None) -> Any:  # noqa: ANN401  any document
    client = http.client.HTTPConnection(*stage.route(PLACE, port), timeout=5)
    client.request(method, path, body, {"Authorization": f"Bearer {token}", "X-AnchorMailbox": f"UPN:{ME}"})
    found = json.load(client.getresponse())
    client.close()
    return found


def switch(stage: LoopbackStage) -> bool:
    """Return whether IMAP is on, as the Exchange admin interface has it."""
    directory = stage.world.directory
    token = directory.issue(Token(audience="https://outlook.office365.com", scopes=("Exchange.Manage",)))
    command = json.dumps({"CmdletInput": {"CmdletName": "Get-CASMailbox", "Parameters": {"Identity": ME}}})
    path = "/adminapi/beta/contoso.example/InvokeCommand"
    return bool(ask(stage, 81, "POST", path, token, command)["value"][0]["ImapEnabled"])


def licences(stage: LoopbackStage) -> list[str]:
    """Return the products of the account, as Graph has them."""
    token = stage.world.directory.issue(Token(audience="https://graph.microsoft.com", scopes=("User.Read",)))
    return [row["skuPartNumber"] for row in ask(stage, 80, "GET", "/v1.0/me/licenseDetails", token)["value"]]


def opens(stage: LoopbackStage) -> bool:
    """Return whether IMAP opens the mailbox."""
    text = stage.world.directory.issue(Token())
    host, port = stage.route(PLACE, 143)
    client = imaplib.IMAP4(host, port, timeout=5)
    try:
        client.authenticate("XOAUTH2", lambda _: f"user={ME}\x01auth=Bearer {text}\x01\x01".encode())
    except imaplib.IMAP4.error:
        return False
    finally:
        client.shutdown()
    return True


def test_a_switch_is_seen_by_every_server_at_once() -> None:
    def look(stage: LoopbackStage) -> tuple[bool, bool, list[str]]:
        return opens(stage), switch(stage), licences(stage)

    async def main() -> list[tuple[bool, bool, list[str]]]:
        seen = []
        async with LoopbackStage(everything()) as stage:
            box = stage.world.directory.find(ME)
            assert box is not None
            seen.append(await asyncio.to_thread(look, stage))
            box.imap = False
            seen.append(await asyncio.to_thread(look, stage))
            box.imap, box.plans, box.shared = True, (), True
            seen.append(await asyncio.to_thread(look, stage))
        return seen

    product = ["O365_BUSINESS_ESSENTIALS"]
    assert asyncio.run(main()) == [(True, True, product), (False, False, product), (True, True, [])]


def test_a_running_world_becomes_what_an_administrator_changes() -> None:
    declared = Declaration(mailbox=Mailbox(address="a@d.example"), token=Token())
    world = World(declared)
    first, directory = world.token, world.directory
    assert first is not None
    changed = Declaration(
        mailbox=Mailbox(address="a@d.example", imap=False), tenant=Tenant(smtp_auth=False), token=Token()
    )
    assert world.become(changed)
    assert world.directory is directory
    assert directory.tenant.smtp_auth is False
    assert world.token == first
    assert directory.check_token("imap", "a@d.example", first) is Refusal.NOT_CONNECTED
    renewed = Declaration(mailbox=Mailbox(address="a@d.example"), token=Token(issued_ago=10))
    assert world.become(renewed)
    assert world.token != first
    assert directory.check_token("imap", "a@d.example", first) is None


def test_a_world_cannot_become_one_with_other_servers() -> None:
    world = World(Declaration(mailbox=Mailbox(address="a@d.example")))
    other = Declaration(mailbox=Mailbox(address="a@d.example"), names={"d.example": Names(mx=("0 m.example",))})
    assert not world.become(other)


def test_consents_given_in_a_running_world_stay_unless_the_declared_ones_change() -> None:
    application = Application(user_consent=(), admin_consent=())
    world = World(Declaration(mailbox=Mailbox(address="a@d.example"), application=application))
    world.directory.consents.grant([take_apart("https://outlook.office.com/SMTP.Send")], "a@d.example")
    given = list(world.directory.consents.given)
    assert given
    assert world.become(
        Declaration(mailbox=Mailbox(address="a@d.example"), application=application, tenant=Tenant(user_consent="none"))
    )
    assert world.directory.consents.given == given
    assert world.become(Declaration(mailbox=Mailbox(address="a@d.example"), application=Application(user_consent=())))
    assert {consent.user for consent in world.directory.consents.given} == {None}
