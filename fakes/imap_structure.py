"""The parts of a message: sections by number, ENVELOPE and BODYSTRUCTURE (RFC 3501 sections 6.4.5 and 7.4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import cached_property
from typing import TYPE_CHECKING

from fakes.imap_grammar import Bad, quote

if TYPE_CHECKING:
    from email.message import Message as Headers

DEEPEST = 40
"""Levels of parts within parts that are looked at; anything below is a text."""


@dataclass(frozen=True)
class Entity:
    """A message or a part of one: its header with the blank line, and its body, as they stand."""

    head: bytes
    body: bytes
    depth: int = 0

    @classmethod
    def of(cls, data: bytes, depth: int = 0) -> Entity:
        """Part header and body."""
        if data.startswith(b"\r\n"):
            return cls(data[:2], data[2:], depth)
        head, blank, body = data.partition(b"\r\n\r\n")
        return cls(head + blank, body, depth)

    @cached_property
    def headers(self) -> Headers:
        """The header's fields."""
        return BytesHeaderParser(policy=policy.compat32).parsebytes(self.head)

    @property
    def is_multipart(self) -> bool:
        """Whether the body consists of parts."""
        return self.headers.get_content_maintype() == "multipart" and self.depth < DEEPEST and bool(self.parts)

    @cached_property
    def parts(self) -> list[Entity]:
        """The parts of a multipart body; the last may lack its end."""
        boundary = self.headers.get_boundary()
        if not boundary:
            return []
        text = re.escape(boundary.encode("utf-8", "surrogateescape"))
        line = re.compile(rb"(?:\A|\r\n)--" + text + rb"(--)?[ \t]*(?:\r\n|\Z)")
        found, begun, at = [], -1, 0
        while match := line.search(self.body, at):
            if begun >= 0:
                found.append(self.body[begun : match.start()])
            begun = -1 if match[1] else match.end()
            if match[1]:
                break
            at = max(match.end() - 2, match.start() + 1)  # the line's end may be the next one's beginning
        if begun >= 0:
            found.append(self.body[begun:])
        return [Entity.of(data, self.depth + 1) for data in found]

    @cached_property
    def embedded(self) -> Entity | None:
        """The message that this part is, where it is one."""
        if self.headers.get_content_type() != "message/rfc822" or self.depth >= DEEPEST:
            return None
        return Entity.of(self.body, self.depth + 1)

    def part(self, number: int) -> Entity | None:
        """Return a part by its number; what has no parts is its own first."""
        whole = self.embedded or self
        if whole.is_multipart:
            return whole.parts[number - 1] if 0 < number <= len(whole.parts) else None
        return Entity(whole.head, whole.body, whole.depth + 1) if number == 1 else None


def section(entity: Entity, path: str) -> bytes:
    """Cut out ``HEADER``, ``TEXT``, ``HEADER.FIELDS (..)``, ``1``, ``1.MIME``, ``2.HEADER`` and the like.

    :raises Bad: there is no such kind of section.
    """
    number = re.match(r"(\d+)(?:\.|\Z)", path)
    if number is None:
        return _of_message(entity, path)
    part, rest = entity.part(int(number[1])), path[number.end() :]
    if part is None:
        return b""
    if not rest:
        return part.body
    if rest.upper() == "MIME":
        return part.head
    if rest[0].isdecimal():
        return section(part, rest)
    return _of_message(part.embedded, rest) if part.embedded else b""


def _of_message(entity: Entity, name: str) -> bytes:
    upper = name.upper()
    plain = {"": entity.head + entity.body, "TEXT": entity.body, "HEADER": entity.head}
    if upper in plain:
        return plain[upper]
    fields = re.fullmatch(r"HEADER\.FIELDS(\.NOT)? \((.*)\)", upper)
    if fields is None:
        raise Bad("Command Argument Error. 11")
    names = {name.encode() for name in fields[2].split()}
    lines = re.findall(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*", entity.head)
    wanted = [line for line in lines if (line.partition(b":")[0].upper() in names) is not bool(fields[1])]
    return b"".join(wanted) + b"\r\n"


def envelope(headers: Headers) -> str:
    """Write an ENVELOPE."""
    own = _addresses(headers, "From")
    fields = [_string(headers["Date"]), _string(headers["Subject"]), own]
    fields += [_addresses(headers, name) if headers[name] else own for name in ("Sender", "Reply-To")]
    fields += [_addresses(headers, name) for name in ("To", "Cc", "Bcc")]
    fields += [_string(headers["In-Reply-To"]), _string(headers["Message-ID"])]
    return f"({' '.join(fields)})"


def structure(entity: Entity, *, extended: bool) -> str:
    """Write a BODYSTRUCTURE; without the extension data of ``extended`` it is a BODY."""
    headers = entity.headers
    more = f" {_disposition(headers)} NIL NIL" if extended else ""
    if entity.is_multipart:
        inner = "".join(structure(part, extended=extended) for part in entity.parts)
        kind = quote(headers.get_content_subtype().upper())
        return f"({inner} {kind}{f' {_parameters(headers)}{more}' if extended else ''})"
    fields = [
        quote(headers.get_content_maintype().upper()),
        quote(headers.get_content_subtype().upper()),
        _parameters(headers),
        _string(headers["Content-ID"]),
        _string(headers["Content-Description"]),
        quote(str(headers["Content-Transfer-Encoding"] or "7bit").upper()),
        str(len(entity.body)),
    ]
    lines = str(entity.body.count(b"\r\n"))
    if entity.embedded:
        whole = entity.embedded
        fields += [envelope(whole.headers), structure(whole, extended=extended), lines]
    elif headers.get_content_maintype() == "text":
        fields.append(lines)
    return f"({' '.join(fields)}{f' NIL{more}' if extended else ''})"


def _parameters(headers: Headers, name: str = "content-type") -> str:
    default = [("text/plain", ""), ("charset", "us-ascii")] if name == "content-type" and name not in headers else []
    pairs = (headers.get_params(default, header=name) or default)[1:]
    shown = " ".join(f"{quote(key.upper())} {quote(str(value))}" for key, value in pairs)
    return f"({shown})" if shown else "NIL"


def _disposition(headers: Headers) -> str:
    kind = headers.get_content_disposition()
    return f"({quote(kind.upper())} {_parameters(headers, 'content-disposition')})" if kind else "NIL"


def _string(text: object) -> str:
    return "NIL" if text is None else quote(re.sub(r"[\r\n]+", "", str(text)))


def _addresses(headers: Headers, name: str) -> str:
    found = []
    for shown, address in getaddresses([str(value) for value in headers.get_all(name, [])]):
        user, _, domain = address.partition("@")
        found.append(f"({_string(shown or None)} NIL {_string(user)} {_string(domain)})")
    return f"({''.join(found)})" if found else "NIL"
