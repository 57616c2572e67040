"""SEARCH keys on messages that differ in everything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.imap_grammar import Bad, No, parse
from fakes.imap_search import matcher
from fakes.mail import Message

MESSAGES = [
    Message(3, b"From: anna@x\r\nSubject: Printer\r\n\r\nbroken", datetime(2026, 1, 1, tzinfo=UTC), {"\\Seen"}),
    Message(5, b"From: ben@x\r\nSubject: VPN\r\n\r\nslow vpn", datetime(2026, 6, 1, tzinfo=UTC), {"\\Flagged", "kw"}),
    Message(9, b"From: anna@x\r\nSubject: Re: VPN\r\n\r\n" + b"x" * 500, datetime(2026, 11, 1, tzinfo=UTC), set()),
]


def found(keys: str) -> list[int]:
    test = matcher(parse([keys.encode()]), len(MESSAGES), 9)
    return [at for at, message in enumerate(MESSAGES, 1) if test(at, message)]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("ALL", [1, 2, 3]),
        ("UNSEEN", [2, 3]),
        ("SEEN", [1]),
        ("FLAGGED KEYWORD kw", [2]),
        ("UNKEYWORD kw", [1, 3]),
        ("FROM anna", [1, 3]),
        ("SUBJECT vpn", [2, 3]),
        ("HEADER Subject Printer", [1]),
        ("TEXT slow", [2]),
        ("BODY subject", []),
        ("NOT FROM anna", [2]),
        ("OR FROM ben SEEN", [1, 2]),
        ("(SUBJECT VPN FROM anna)", [3]),
        ("UID 5:*", [2, 3]),
        ("1:2", [1, 2]),
        ("*", [3]),
        ("LARGER 400", [3]),
        ("SMALLER 400", [1, 2]),
        ("SINCE 1-Jun-2026", [2, 3]),
        ("BEFORE 1-Jun-2026", [1]),
        ("ON 1-Nov-2026", [3]),
        ("CHARSET UTF-8 ALL", [1, 2, 3]),
        ("NEW", []),
    ],
)
def test_keys(keys: str, expected: list[int]) -> None:
    assert found(keys) == expected


@pytest.mark.parametrize("keys", ["NONSENSE", "SUBJECT", "SINCE yesterday", "LARGER"])
def test_what_cannot_be_read_is_bad(keys: str) -> None:
    with pytest.raises(Bad):
        found(keys)


def test_an_unknown_charset_is_named() -> None:
    with pytest.raises(No, match="BADCHARSET"):
        found("CHARSET KOI8-R ALL")


ENCODED = Message(
    1,
    b"Date: Wed, 01 Apr 2026 23:30:00 -0500\r\nSubject: =?utf-8?q?Dru=C5=BCyna_IT?=\r\nX-Odd: =?nonsense?q?x?=\r\n\r\n",
    datetime(2026, 5, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("SENTON 1-Apr-2026", True),
        ("SENTSINCE 1-May-2026", False),
        ("SINCE 1-May-2026", True),
        ("SUBJECT Drużyna", True),
        ("SUBJECT =?utf-8?q?Dru", True),
        ("HEADER X-Odd nonsense", True),
        ("HEADER X-Missing {}", False),
    ],
)
def test_the_header_is_read_as_people_see_it(keys: str, *, expected: bool) -> None:
    words = parse([keys.replace("{}", '""').encode()])
    assert matcher(words, 1, 1)(1, ENCODED) is expected


def test_a_message_without_a_date_was_never_sent() -> None:
    assert not matcher(parse([b"SENTBEFORE 1-Jan-2030"]), 1, 1)(1, MESSAGES[0])
