"""Mailbox definitions: a file of TOML, YAML or JSON into what is to be checked, or all that keeps it from being one.

Only what cannot be understood is an error here. What is understood and wrong, such as port 25, is said by
:mod:`diag.rules.settings`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from diag.model.settings import (
    Account,
    Definition,
    Setting,
    authentication_of,
    encryption_of,
    is_host,
    protocol_of,
)
from diag.model.target import Protocol
from diag.places import FileError, Read, read
from diag.plan import endpoint_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

    from diag.model.settings import Section
    from diag.model.target import Endpoint

LARGEST_PORT = 65535
_KNOWN = {
    "protocol": (protocol_of, ("IMAP4", "POP3", "SMTP")),
    "encryption": (encryption_of, ("TLS 1.2+", "STARTTLS", "SSL/TLS", "none")),
    "authentication": (authentication_of, ("MS OAuth2", "OAuth2", "basic")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A definition that was read: its halves, and each of its lines."""

    definition: Definition
    lines: tuple[Setting, ...]

    @property
    def user(self) -> str:
        """Who signs in: as the receiving half says, else the sending half."""
        half = self.definition.receiving or self.definition.sending
        return half.user.strip() if half else ""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where the definition leads, where it leads anywhere: a server that is no host name has no endpoint."""
        halves = (self.definition.receiving, self.definition.sending)
        return tuple(found for half in halves if half and (found := _endpoint(half)))


def load(text: str, file: str) -> Mailbox:
    """Read a definition from ``text``; the ending of ``file`` says in which language.

    :raises FileError: it cannot be understood; all that is wrong is listed as ``file:line:column: what``.
    """
    return check(read(text, file))


def check(found: Read) -> Mailbox:
    """Make a definition of data that was read.

    :raises FileError: as :func:`load`.
    """
    from pydantic import ValidationError

    try:
        definition = _adapter().validate_python(found.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise FileError("\n".join(dict.fromkeys(_told(detail, found) for detail in details))) from None
    problems = list(_problems(definition, found))
    if problems:
        raise FileError("\n".join(problems))
    return Mailbox(definition=definition, lines=tuple(_lines(found)))


@cache
def _adapter() -> TypeAdapter[Definition]:
    from pydantic import TypeAdapter

    return TypeAdapter(Definition)


def _told(detail: ErrorDetails, found: Read) -> str:
    path = tuple(str(part) for part in detail["loc"])
    name, known = path[-1] if path else "", [item.name for item in fields(Account if len(path) > 1 else Definition)]
    match detail["type"]:
        case "unexpected_keyword_argument":
            text = f"unknown key '{name}'{nearest(name, known)}"
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            text = f"[{path[0]}] lacks '{name}'; it needs protocol, server, port, encryption, authentication and user"
        case _:
            expected = "a whole number" if name == "port" else "a text" if len(path) > 1 else "a table of settings"
            text = f"'{name}': expected {expected}, found {detail['input']!r:.60}"
    return f"{found.at(path)}: {text}"


def nearest(word: str, known: list[str] | tuple[str, ...]) -> str:
    """Say which word was probably meant, or which there are."""
    close = get_close_matches(word.casefold(), {item.casefold(): item for item in known}, n=1, cutoff=0.6)
    meant = next((item for item in known if close and item.casefold() == close[0]), None)
    return f" (did you mean '{meant}'?)" if meant else f"; known here: {', '.join(known)}"


def _problems(definition: Definition, found: Read) -> Iterator[str]:
    """Say what is well-formed and cannot be understood."""
    if definition.receiving is None and definition.sending is None:
        yield f"{found.at(())}: expected a table 'receiving', 'sending' or both"
    for section, half in (("receiving", definition.receiving), ("sending", definition.sending)):
        if half is None:
            continue
        for name, (meaning, known) in _KNOWN.items():
            value = getattr(half, name)
            if meaning(value) is None:
                yield f"{found.at((section, name))}: {name}: {value!r:.60} is not known{nearest(value, known)}"
        if isinstance(found.data[section]["port"], bool) or not 0 < half.port <= LARGEST_PORT:
            yield f"{found.at((section, 'port'))}: port: expected a number from 1 to 65535, found {half.port}"
        protocol = protocol_of(half.protocol)
        if protocol and (protocol is Protocol.SMTP) != (section == "sending"):
            right = "SMTP" if section == "sending" else "IMAP4 or POP3"
            yield f"{found.at((section, 'protocol'))}: protocol: [{section}] needs {right}, found {half.protocol!r:.60}"
        if half.sender is not None and section == "receiving":
            yield f"{found.at((section, 'sender'))}: sender: only [sending] has one"


def _lines(found: Read) -> Iterator[Setting]:
    sections: tuple[Section, ...] = ("receiving", "sending")
    for section in sections:
        half = found.data.get(section) or {}
        for name, value in half.items():
            place = found.at((section, name))
            yield Setting(section=section, name=name, value=str(value), place=place)


def _endpoint(half: Account) -> Endpoint | None:
    host = half.server.strip()
    protocol, encryption = protocol_of(half.protocol), encryption_of(half.encryption)
    if protocol is None or encryption is None or not is_host(host):
        return None
    tls = encryption.tls.value if encryption.tls else None
    return endpoint_at(protocol, host.rstrip(".").lower(), half.port, tls, source="settings")


def from_data(data: dict[str, Any], name: str) -> Mailbox:
    """Make a definition of data that stands in another document called ``name``.

    :raises FileError: as :func:`load`.
    """
    return check(Read(name, data))
