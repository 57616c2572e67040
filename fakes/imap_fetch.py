"""What FETCH shows of a message (RFC 3501 sections 6.4.5 and 7.4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from email.utils import getaddresses
from typing import TYPE_CHECKING

from fakes.imap_grammar import Bad, Word, flatten, quote

if TYPE_CHECKING:
    from email.message import Message as Parsed

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
            return b"ENVELOPE " + _envelope(_parse(message.data)).encode("utf-8", "surrogateescape")
        case "BODYSTRUCTURE":
            return f"{item.label or 'BODYSTRUCTURE'} {_structure(_parse(message.data))}".encode()
    data = _section(message.data, item.section or "")
    if item.start is not None:
        data = data[item.start :][: item.count]
    return item.label.encode() + b" {%d}\r\n" % len(data) + data


def _parse(data: bytes) -> Parsed:
    return BytesParser(policy=policy.compat32).parsebytes(data)


def _split(data: bytes) -> tuple[bytes, bytes]:
    head, blank, body = data.partition(b"\r\n\r\n")
    return head + blank, body


def _section(data: bytes, section: str) -> bytes:
    """Cut out ``HEADER``, ``TEXT``, ``HEADER.FIELDS (..)``, ``1``, ``1.MIME`` and the like."""
    number = re.match(r"(\d+)(?:\.|\Z)", section)
    if number:
        parts = _parts(data)
        at = int(number[1]) - 1
        if at >= len(parts):
            return b""
        rest = section[number.end() :]
        return _split(parts[at])[0] if rest.upper() == "MIME" else _section(parts[at], rest or "TEXT")
    head, body = _split(data)
    upper = section.upper()
    if not upper:
        return data
    if upper == "TEXT":
        return body
    if upper == "HEADER":
        return head
    fields = re.fullmatch(r"HEADER\.FIELDS(\.NOT)? \((.*)\)", upper)
    if fields is None:
        raise Bad("Command Argument Error. 11")
    names = {name.encode() for name in fields[2].split()}
    lines = re.findall(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*", head)
    wanted = [line for line in lines if (line.partition(b":")[0].upper() in names) is not bool(fields[1])]
    return b"".join(wanted) + b"\r\n"


def _parts(data: bytes) -> list[bytes]:
    """Return the parts of a multipart body as they stand; anything else is its own first part."""
    message = _parse(data)
    boundary = message.get_boundary() if message.is_multipart() else None
    if boundary is None:
        return [b"\r\n\r\n" + _split(data)[1]]
    pieces = (b"\r\n" + _split(data)[1]).split(b"\r\n--" + boundary.encode())
    return [piece.removeprefix(b"\r\n") for piece in pieces[1:-1]]


def _string(text: str | None) -> str:
    return "NIL" if text is None else quote(str(text).replace("\r\n", ""))


def _envelope(message: Parsed) -> str:
    """Write an ENVELOPE (RFC 3501 section 7.4.2)."""
    own = _addresses(message, "From")
    fields = [_string(message["Date"]), _string(message["Subject"]), own]
    fields += [_addresses(message, name) if message[name] else own for name in ("Sender", "Reply-To")]
    fields += [_addresses(message, name) for name in ("To", "Cc", "Bcc")]
    fields += [_string(message["In-Reply-To"]), _string(message["Message-ID"])]
    return f"({' '.join(fields)})"


def _addresses(message: Parsed, name: str) -> str:
    found = []
    for shown, address in getaddresses([str(value) for value in message.get_all(name, [])]):
        user, _, domain = address.partition("@")
        found.append(f"({_string(shown or None)} NIL {_string(user)} {_string(domain)})")
    return f"({''.join(found)})" if found else "NIL"


def _structure(message: Parsed) -> str:
    """Write a BODYSTRUCTURE without its extension data."""
    payload = message.get_payload()
    if message.is_multipart() and isinstance(payload, list):
        inner = "".join(_structure(part) for part in payload)  # type: ignore[arg-type]
        return f"({inner} {quote(message.get_content_subtype().upper())})"
    parameters = message.get_params([("text/plain", ""), ("charset", "us-ascii")])[1:]
    shown = " ".join(f"{quote(key.upper())} {quote(value)}" for key, value in parameters)
    text = str(payload)
    kind = message.get_content_maintype().upper()
    fields = [
        quote(kind),
        quote(message.get_content_subtype().upper()),
        f"({shown})" if shown else "NIL",
        _string(message["Content-ID"]),
        "NIL",
        quote(str(message["Content-Transfer-Encoding"] or "7bit").upper()),
        str(len(text.encode("utf-8", "surrogateescape"))),
    ]
    if kind == "TEXT":
        fields.append(str(text.count("\n")))
    return f"({' '.join(fields)})"
