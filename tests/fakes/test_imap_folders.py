"""Folders over IMAP, by the standard library's client."""

from __future__ import annotations

import imaplib
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Service
from tests.fakes.serving import ADDRESS, PASSWORD, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def client() -> Iterator[imaplib.IMAP4_SSL]:
    with serving(Service(speaks="imap", like="dovecot")) as served:
        client = imaplib.IMAP4_SSL(served.host, served.port, ssl_context=served.context)
        client.login(ADDRESS, PASSWORD)
        yield client
        client.logout()


def test_a_folder_is_made_renamed_and_removed(client: imaplib.IMAP4_SSL) -> None:
    client.create("Tickets/Open")
    client.rename("Tickets/Open", "Tickets/Done")
    assert client.list('""', "Tickets/*")[1] == [rb'(\HasNoChildren) "/" "Tickets/Done"']
    client.delete("Tickets/Done")
    assert client.list('""', "Tickets/*")[1] == [None]
    for refused in (lambda: client.delete("INBOX"), lambda: client.create("Archive"), lambda: client.delete("None")):
        assert refused()[0] == "NO"  # type: ignore[no-untyped-call]


def test_the_inbox_is_found_in_any_case(client: imaplib.IMAP4_SSL) -> None:
    assert client.select("inbox")[1] == [b"3"]


def test_subscriptions_and_status(client: imaplib.IMAP4_SSL) -> None:
    client.unsubscribe("Archive")
    assert not any(b"Archive" in line for line in client.lsub()[1] if isinstance(line, bytes))
    client.subscribe("Archive")
    assert any(b"Archive" in line for line in client.lsub()[1] if isinstance(line, bytes))
    assert client.status("INBOX", "(MESSAGES UNSEEN UIDNEXT)")[1] == [b'"INBOX" (MESSAGES 3 UNSEEN 3 UIDNEXT 4)']
    assert client.namespace()[1] == [b'(("" "/")) NIL NIL']


def test_selecting_what_is_not_there_selects_nothing(client: imaplib.IMAP4_SSL) -> None:
    client.select()
    assert client.select("Nowhere")[0] == "NO"
    with pytest.raises(imaplib.IMAP4.error):
        client.search(None, "ALL")


def test_append_without_a_folder_says_that_it_could_be_made(client: imaplib.IMAP4_SSL) -> None:
    assert client.append("Nowhere", None, None, b"x")[1][0].startswith(b"[TRYCREATE]")
    assert b"APPENDUID 1 4" in client.append("INBOX", None, None, b"Subject: x\r\n\r\n")[1][0]


def test_idle_ends_with_done(client: imaplib.IMAP4_SSL) -> None:
    client.select()
    client.send(b"x1 IDLE\r\n")
    assert client.readline().startswith(b"+ ")
    client.send(b"DONE\r\n")
    assert client.readline() == b"x1 OK IDLE completed.\r\n"


def test_a_folder_that_is_made_again_has_another_validity(client: imaplib.IMAP4_SSL) -> None:
    seen = []
    for _ in range(2):
        client.create("Again")
        seen.append(client.status("Again", "(UIDVALIDITY)")[1][0])
        client.delete("Again")
    assert seen[0] != seen[1]


def test_those_above_are_made_and_stay_as_names_while_others_are_below(client: imaplib.IMAP4_SSL) -> None:
    client.create("A/B/C")
    assert client.select("A/B")[0] == "OK"
    client.delete("A/B")
    assert client.select("A/B")[0] == "NO"
    assert client.list('""', "A/%")[1] == [rb'(\Noselect \HasChildren) "/" "A/B"']
    assert client.create("A/B")[0] == "OK"
    client.rename("A", "Z/Y")
    assert client.select("Z/Y/B/C")[0] == "OK"
    assert client.list('""', "A*")[1] == [b'(\\HasNoChildren) "/" "Archive"']


def test_renaming_the_inbox_gives_its_messages_away(client: imaplib.IMAP4_SSL) -> None:
    client.rename("INBOX", "Old")
    assert client.select("INBOX")[1] == [b"0"]
    assert client.select("Old")[1] == [b"3"]


def test_a_date_that_is_none_is_a_bad_argument(client: imaplib.IMAP4_SSL) -> None:
    with pytest.raises(imaplib.IMAP4.error, match="BAD"):
        client.append("INBOX", None, '"yesterday"', b"x")
