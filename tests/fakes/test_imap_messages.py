"""Messages over IMAP: flags, copies, moves, deletions and what other sessions see, by the standard library's client."""

from __future__ import annotations

import contextlib
import imaplib
from typing import TYPE_CHECKING

import pytest

from fakes.declare import Service
from tests.fakes.serving import ADDRESS, PASSWORD, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def signed_in(served: Served) -> Iterator[imaplib.IMAP4_SSL]:
    client = imaplib.IMAP4_SSL(served.host, served.port, ssl_context=served.context)
    client.login(ADDRESS, PASSWORD)
    try:
        yield client
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            client.logout()


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Service(speaks="imap", like="dovecot")) as served:
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[imaplib.IMAP4_SSL]:
    with signed_in(served) as client:
        client.select()
        yield client


def test_a_deleted_message_goes_at_expunge(client: imaplib.IMAP4_SSL) -> None:
    assert client.store("2", "+FLAGS", r"(\Deleted)")[1] == [rb"2 (FLAGS (\Deleted))"]
    assert client.expunge() == ("OK", [b"2"])
    assert client.uid("SEARCH", "ALL")[1] == [b"1 3"]


def test_nothing_changes_in_a_read_only_mailbox(client: imaplib.IMAP4_SSL) -> None:
    client.select(readonly=True)
    assert client.store("1", "+FLAGS", r"(\Deleted)")[0] == "NO"
    client.fetch("1", "(RFC822)")
    assert client.fetch("1", "(FLAGS)")[1] == [b"1 (FLAGS ())"]


def test_fetching_a_body_marks_it_as_seen_and_peeking_does_not(client: imaplib.IMAP4_SSL) -> None:
    client.fetch("1", "(BODY.PEEK[])")
    assert client.search(None, "UNSEEN")[1] == [b"1 2 3"]
    client.fetch("1", "(BODY[])")
    assert client.search(None, "UNSEEN")[1] == [b"2 3"]


def test_copy_and_move_say_where_the_messages_went(client: imaplib.IMAP4_SSL) -> None:
    assert client.copy("1:2", "Archive")[1] == [b"[COPYUID 1 1,2 1,2] COPY completed."]
    typ, _ = client.uid("MOVE", "3", "Archive")
    assert typ == "OK"
    assert client.search(None, "ALL")[1] == [b"1 2"]
    assert client.select("Archive")[1] == [b"3"]
    assert client.copy("1", "Nowhere")[0] == "NO"


def test_another_session_sees_what_arrives(served: Served, client: imaplib.IMAP4_SSL) -> None:
    with signed_in(served) as other:
        other.append("INBOX", r"(\Seen)", imaplib.Time2Internaldate(0), b"Subject: new\r\n\r\nhello\r\n")
    client.noop()
    assert client.response("EXISTS")[1][-1] == b"4"
    assert client.fetch("4", "(FLAGS INTERNALDATE)")[1][0].startswith(rb"4 (FLAGS (\Seen) INTERNALDATE")  # type: ignore[union-attr]


def test_numbers_out_of_range_and_rubbish_are_bad_commands(client: imaplib.IMAP4_SSL) -> None:
    assert client.fetch("99", "(FLAGS)")[1] == [None]
    with pytest.raises(imaplib.IMAP4.error, match="BAD"):
        client.fetch("x", "(FLAGS)")
    with pytest.raises(imaplib.IMAP4.error, match="BAD"):
        client.store("1", "FLOGS", "x")


def test_close_removes_what_is_marked_and_unselect_does_not(client: imaplib.IMAP4_SSL) -> None:
    client.store("1", "+FLAGS.SILENT", r"(\Deleted)")
    client.unselect()
    assert client.select()[1] == [b"3"]
    client.close()
    assert client.select()[1] == [b"2"]


def test_a_session_in_idle_is_told_at_once_what_another_does(served: Served, client: imaplib.IMAP4_SSL) -> None:
    client.send(b"x1 IDLE\r\n")
    assert client.readline().startswith(b"+ ")
    with signed_in(served) as other:
        other.select()
        other.store("1", "+FLAGS", r"(\Flagged)")
        assert client.readline() == b"* 1 FETCH (FLAGS (\\Flagged))\r\n"
        other.append("INBOX", None, None, b"Subject: new\r\n\r\n")
        assert client.readline() == b"* 4 EXISTS\r\n"
        other.store("2", "+FLAGS", r"(\Deleted)")
        other.expunge()
        assert [client.readline(), client.readline()] == [
            b"* 2 FETCH (FLAGS (\\Deleted))\r\n",
            b"* 2 EXPUNGE\r\n",
        ]
    client.send(b"DONE\r\n")
    assert client.readline() == b"x1 OK IDLE completed.\r\n"


def test_numbers_hold_while_another_session_expunges(served: Served, client: imaplib.IMAP4_SSL) -> None:
    with signed_in(served) as other:
        other.select()
        other.store("1", "+FLAGS.SILENT", r"(\Deleted)")
        other.expunge()
    # Neither FETCH nor SEARCH may renumber (RFC 3501 section 7.4.1); NOOP does.
    assert client.fetch("2", "(UID)")[1] == [b"2 (UID 2)", rb"1 (FLAGS (\Deleted))"]
    assert client.search(None, "ALL")[1] == [b"1 2 3"]
    client.noop()
    assert client.response("EXPUNGE")[1] == [b"1"]
    assert client.fetch("2", "(UID)")[1] == [b"2 (UID 3)"]


def test_a_flag_that_reading_sets_is_told_with_what_is_read(client: imaplib.IMAP4_SSL) -> None:
    shown = client.fetch("1", "(BODY[TEXT])")[1]
    assert shown[-1] == b" FLAGS (\\Seen))"


def test_nothing_is_moved_out_of_a_read_only_mailbox(client: imaplib.IMAP4_SSL) -> None:
    client.select(readonly=True)
    assert client.uid("MOVE", "1", "Archive")[0] == "NO"
    assert client.uid("EXPUNGE", "1")[0] == "NO"
    assert client.search(None, "ALL")[1] == [b"1 2 3"]


def test_system_flags_have_one_spelling_and_recent_cannot_be_set(client: imaplib.IMAP4_SSL) -> None:
    assert client.store("1", "FLAGS", r"(\SEEN \Recent Forwarded)")[1] == [rb"1 (FLAGS (Forwarded \Seen))"]
