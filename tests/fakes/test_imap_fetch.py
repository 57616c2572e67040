"""What FETCH shows, for a plain message and one with parts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.imap_fetch import fetch_items, render
from fakes.imap_grammar import Bad, parse
from fakes.mail import Message, letter

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PLAIN = Message(7, letter("helpdesk@contoso.example", 0, AT), AT, {"\\Seen"})
PARTS = Message(
    8,
    b"Subject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\none\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>two</p>\r\n--b--\r\n",
    AT,
)


def show(message: Message, items: str) -> bytes:
    (word,) = parse([items.encode()])
    return b" ".join(render(item, message) for item in fetch_items(word))


@pytest.mark.parametrize(
    ("items", "shown"),
    [
        ("(FLAGS UID)", b"FLAGS (\\Seen) UID 7"),
        ("FAST", b'FLAGS (\\Seen) INTERNALDATE "24-Nov-2026 09:30:00 +0000" RFC822.SIZE %d' % len(PLAIN.data)),
        (
            "BODY.PEEK[HEADER.FIELDS (SUBJECT)]",
            b"BODY[HEADER.FIELDS (SUBJECT)] {40}\r\nSubject: Printer on the second floor\r\n\r\n",
        ),
        ("BODY[TEXT]<0.5>", b"BODY[TEXT]<0> {5}\r\nHello"),
        ("RFC822.SIZE", b"RFC822.SIZE %d" % len(PLAIN.data)),
    ],
)
def test_items_of_a_plain_message(items: str, shown: bytes) -> None:
    assert show(PLAIN, items) == shown


def test_the_whole_is_the_whole() -> None:
    assert show(PLAIN, "BODY[]") == b"BODY[] {%d}\r\n" % len(PLAIN.data) + PLAIN.data
    assert show(PLAIN, "RFC822").endswith(PLAIN.data)


def test_parts_are_found_by_number() -> None:
    assert show(PARTS, "BODY[1]") == b"BODY[1] {3}\r\none"
    assert show(PARTS, "BODY[2]") == b"BODY[2] {10}\r\n<p>two</p>"
    assert b"text/html" in show(PARTS, "BODY[2.MIME]")
    assert show(PARTS, "BODY[3]") == b"BODY[3] {0}\r\n"
    assert show(PARTS, "BODYSTRUCTURE").startswith(b'BODYSTRUCTURE (("TEXT" "PLAIN"')
    assert show(PARTS, "BODY").endswith(b'"MIXED")')


def test_an_envelope_has_ten_fields_and_repeats_the_sender() -> None:
    envelope = show(PLAIN, "ENVELOPE").decode()
    assert envelope.count('"anna.nowak0"') == 3
    assert '"helpdesk"' in envelope
    assert "NIL NIL NIL" in envelope


def test_only_what_is_read_is_marked() -> None:
    marks = {
        item: fetch_items(item)[0].marks_seen for item in ("BODY[]", "BODY.PEEK[]", "RFC822.HEADER", "RFC822.TEXT")
    }
    assert marks == {"BODY[]": True, "BODY.PEEK[]": False, "RFC822.HEADER": False, "RFC822.TEXT": True}


@pytest.mark.parametrize("items", ["NONSENSE", "BODY[WRONG]", "BINARY[1]"])
def test_unknown_items_are_bad(items: str) -> None:
    with pytest.raises(Bad):
        show(PLAIN, items)
