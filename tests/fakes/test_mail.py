"""The messages of a mailbox."""

from __future__ import annotations

from email import message_from_bytes

from fakes.mail import Store, letter, utc

NOW = utc(1_800_000_000)


def test_a_new_mailbox_has_exchanges_folders_and_its_messages() -> None:
    store = Store("me@contoso.example", 2, NOW)
    assert {"INBOX", "Sent Items", "Deleted Items"} <= set(store.folders)
    inbox = store.find("inBox")
    assert inbox is not None
    assert [message.uid for message in inbox.messages] == [1, 2]
    assert store.find("Nowhere") is None


def test_letters_have_network_line_endings_and_a_line_with_a_dot() -> None:
    data = letter("me@contoso.example", 1, NOW)
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r\n.\r\n" in data
    assert message_from_bytes(data)["To"] == "me@contoso.example"
