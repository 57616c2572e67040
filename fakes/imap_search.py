"""SEARCH keys (RFC 3501 section 6.4.4) as tests of a message."""

from __future__ import annotations

import re
from datetime import date, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from fakes.imap_grammar import Bad, No, Word, numbers, text_of
from fakes.imap_structure import Entity

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.mail import Message


_FLAGS = {"ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN"}
_HEADERS = {"FROM", "TO", "CC", "BCC", "SUBJECT"}
_CHARSETS = {"US-ASCII", "UTF-8"}


def matcher(words: list[Word], count: int, largest_uid: int) -> Callable[[int, Message], bool]:
    """Make the test that all keys of a SEARCH amount to.

    :raises Bad: a key is not known or lacks its argument.
    :raises No: the charset is not supported.
    """
    left = list(words)
    if left and not isinstance(left[0], list) and text_of(left[0]).upper() == "CHARSET":
        if text_of(left[1]).upper() not in _CHARSETS:
            raise No("[BADCHARSET (US-ASCII)] The specified charset is not supported.")
        del left[:2]
    tests = []
    while left:
        tests.append(_key(left, count, largest_uid))
    return lambda at, message: all(test(at, message) for test in tests)


def _key(left: list[Word], count: int, largest_uid: int) -> Callable[[int, Message], bool]:
    """Take one key with its arguments from the front of ``left``."""
    word = left.pop(0)
    if isinstance(word, list):
        return matcher(word, count, largest_uid)
    name = text_of(word).upper()

    def argument() -> str:
        if not left:
            raise Bad("Command Argument Error. 12")
        return text_of(left.pop(0))

    if re.fullmatch(r"[\d*][\d:,*]*", name):
        chosen = set(numbers(name, count))
        return lambda at, _: at in chosen
    if name == "NOT":
        test = _key(left, count, largest_uid)
        return lambda at, message: not test(at, message)
    if name == "OR":
        one, other = _key(left, count, largest_uid), _key(left, count, largest_uid)
        return lambda at, message: one(at, message) or other(at, message)
    if name == "UID":
        uids = set(numbers(argument(), largest_uid))
        return lambda _, message: message.uid in uids
    return _of_message(name, argument)


def _of_message(name: str, argument: Callable[[], str]) -> Callable[[int, Message], bool]:
    """Return the test of a key that speaks of the message alone."""
    if name in {"ALL", "OLD"}:
        return lambda _at, _message: True
    if name in {"NEW", "RECENT"}:
        return lambda _at, _message: False
    if name in _FLAGS:
        return lambda _, message: f"\\{name.capitalize()}" in message.flags
    if name.removeprefix("UN") in _FLAGS:
        return lambda _, message: f"\\{name[2:].capitalize()}" not in message.flags
    if name in {"KEYWORD", "UNKEYWORD"}:
        keyword = argument()
        return lambda _, message: (keyword in message.flags) is (name == "KEYWORD")
    if name in {"LARGER", "SMALLER"}:
        size = int(argument())
        return lambda _, message: len(message.data) > size if name == "LARGER" else len(message.data) < size
    if name in _HEADERS:
        return _in_header(name, argument())
    if name == "HEADER":
        return _in_header(argument(), argument())
    if name in {"TEXT", "BODY"}:
        return _in_text(argument(), whole=name == "TEXT")
    return _by_date(name, argument)


def _in_header(field: str, wanted: str) -> Callable[[int, Message], bool]:
    def test(_: int, message: Message) -> bool:
        values = Entity.of(message.data).headers.get_all(field, [])
        return any(wanted.lower() in text.lower() for value in values for text in (str(value), _decoded(str(value))))

    return test


def _decoded(value: str) -> str:
    """Return a header field with its encoded words as people read it (RFC 2047)."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return value


def _in_text(wanted: str, *, whole: bool) -> Callable[[int, Message], bool]:
    needle = wanted.lower().encode()
    return lambda _, message: needle in (message.data if whole else message.data.partition(b"\r\n\r\n")[2]).lower()


def _by_date(name: str, argument: Callable[[], str]) -> Callable[[int, Message], bool]:
    plain = name.removeprefix("SENT")
    if plain not in {"BEFORE", "ON", "SINCE"}:
        raise Bad("Command Argument Error. 12")
    try:
        day = datetime.strptime(argument(), "%d-%b-%Y").date()  # noqa: DTZ007  IMAP's dates have no zone
    except ValueError:
        raise Bad("Command Argument Error. 12") from None

    def test(_: int, message: Message) -> bool:
        own = _sent(message) if name.startswith("SENT") else message.at.date()
        if own is None:
            return False
        return own < day if plain == "BEFORE" else own >= day if plain == "SINCE" else own == day

    return test


def _sent(message: Message) -> date | None:
    """Return the day of the Date field, whatever its zone."""
    try:
        return parsedate_to_datetime(str(Entity.of(message.data).headers["Date"])).date()
    except ValueError:
        return None
