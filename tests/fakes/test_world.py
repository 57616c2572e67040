"""A world before any socket is opened."""

from __future__ import annotations

import time

from fakes.declare import Client, Declaration, Firewall, Hop, Mailbox, Names, Router, Token
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
