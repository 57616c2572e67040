"""The items that a FETCH asks for, and what it shows of them (RFC 3501 section 6.4.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakes.imap_grammar import Bad, Word, flatten
from fakes.imap_structure import Entity, envelope, section, structure

if TYPE_CHECKING:
    from fakes.mail import Message

_ITEM = re.compile(r"(BODY(?:\.PEEK)?|RFC822)(?:\[(.*)\])?(?:<(\d+)(?:\.(\d+))?>)?\Z", re.IGNORECASE | re.DOTALL)
_MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_PLAIN = {"FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE"}
_ALIASES = {"RFC822": ("BODY[]", "RFC822"), "RFC822.HEADER": ("BODY.PEEK[HEADER]", "RFC822.HEADER"),
            "RFC822.TEXT": ("BODY[TEXT]", "RFC822.TEXT")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was asked for: its name, and the section and range of a body."""

    name: str
    section: str | None = None
    label: str = ""
    start: int | None = None
    count: int | None = None
    marks_seen: bool = False


def fetch_items(word: Word) -> list[Item]:
    """Read the items of a FETCH.

    :raises Bad: one of them is not known.
    """
    texts = _join(flatten(_as_text(word)))
    names = _MACROS.get(texts[0].upper(), texts) if len(texts) == 1 else texts
    return [_item(name) for name in names]


def _as_text(word: Word) -> Word:
    """Fold nested lists, such as the field names of HEADER.FIELDS, back into the text around them."""
    if not isinstance(word, list):
        return word
    return [f"({' '.join(flatten(item))})" if isinstance(item, list) else item for item in word]


def _join(texts: list[str]) -> list[str]:
    """Put together what a blank inside brackets has parted."""
    found: list[str] = []
    for text in texts:
        if found and found[-1].count("[") > found[-1].count("]"):
            found[-1] += f" {text}"
        else:
            found.append(text)
    return found


def _item(name: str) -> Item:
    upper = name.upper()
    if upper in _PLAIN:
        return Item(upper)
    if upper == "BODY":
        return Item("BODYSTRUCTURE", label="BODY")
    text, label = _ALIASES.get(upper, (name, ""))
    match = _ITEM.fullmatch(text)
    if match is None or match[2] is None:
        raise Bad("Command Argument Error. 11")
    section = match[2]
    shown = label or f"BODY[{section}]" + (f"<{match[3]}>" if match[3] else "")
    peek = "PEEK" in match[1].upper()
    count = int(match[4]) if match[4] else None
    return Item("BODY", section, shown, int(match[3]) if match[3] else None, count, marks_seen=not peek)


def render(item: Item, message: Message) -> bytes:
    """Write one item of one message."""
    match item.name:
        case "FLAGS":
            return f"FLAGS ({' '.join(sorted(message.flags))})".encode()
        case "UID":
            return b"UID %d" % message.uid
        case "RFC822.SIZE":
            return b"RFC822.SIZE %d" % len(message.data)
        case "INTERNALDATE":
            return f'INTERNALDATE "{message.at:%d-%b-%Y %H:%M:%S %z}"'.encode()
        case "ENVELOPE":
            return b"ENVELOPE " + envelope(Entity.of(message.data).headers).encode("utf-8", "surrogateescape")
        case "BODYSTRUCTURE":
            shown = structure(Entity.of(message.data), extended=not item.label)
            return f"{item.label or 'BODYSTRUCTURE'} {shown}".encode("utf-8", "surrogateescape")
    data = section(Entity.of(message.data), item.section or "")
    if item.start is not None:
        data = data[item.start :][: item.count]
    return item.label.encode() + b" {%d}\r\n" % len(data) + data
