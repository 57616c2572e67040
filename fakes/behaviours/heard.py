"""What a server was heard to say, said again: the replies of a recorded case in place of the personality's.

Unlike the other behaviours these have no names: each is made of one declared text.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from fakes.behaviours import Behaviour

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from fakes.connection import Connection
    from fakes.declare import Says
    from fakes.personalities import Personality, Speech

VERBS = {
    "capabilities": {"CAPABILITY", "CAPA", "EHLO"},
    "sign-in": {"AUTHENTICATE", "LOGIN", "AUTH", "PASS"},
    "mailbox": {"EXAMINE", "SELECT", "STAT", "MAIL"},
}
"""The commands of all three protocols by what they are for."""
_WELCOMES = {
    "imap": re.compile(r"\* (?:OK|PREAUTH)\b"), "pop3": re.compile(r"\+OK\b"), "smtp": re.compile(r"220[ -]"),
}  # fmt: skip
_CONTINUE = {"imap": "+ ", "pop3": "+ ", "smtp": "334 "}
_TURNS_AWAY = re.compile(r"\* BYE\b|-ERR|[45][0-9][0-9][ -]")


def behaviours(says: Says, protocol: str) -> Iterator[Behaviour]:
    """Yield the behaviours that say what was heard."""
    if says.greeting is not None and not _welcomes(says.greeting, protocol):
        yield Behaviour("greeting", "greet", _greet(says.greeting))
    if says.start_tls is not None:
        yield Behaviour("start-tls", "start-tls", _refuse_tls(says.start_tls))
    for purpose, text in (("capabilities", says.listing), ("sign-in", says.sign_in), ("mailbox", says.mailbox)):
        if text is not None:
            yield Behaviour(purpose, "command", _reply(VERBS[purpose], text))
    if says.challenge is not None:
        yield Behaviour("challenge", "stop", _challenge(says.challenge, protocol))
    if says.stops_at is not None:
        yield Behaviour("stop", "stop", _stop(VERBS[says.stops_at], says.stops_by))


def voice(personality: Personality, says: Says) -> Personality:
    """Return ``personality`` with the greeting and the capabilities that were heard."""
    speech = {name: _voice(speech, says, name) for name, speech in personality.speech.items()}
    return replace(personality, speech=speech)


def _welcomes(greeting: str, protocol: str) -> bool:
    return protocol in _WELCOMES and _WELCOMES[protocol].match(greeting) is not None


def _voice(speech: Speech, says: Says, protocol: str) -> Speech:
    if says.greeting is not None and _welcomes(says.greeting, protocol):
        # SMTP's own code is put in front by the protocol.
        speech = replace(speech, greeting=_literal(re.sub(r"\A220[ -]", "", says.greeting)))
    if says.capabilities is not None:
        placeholders = [word for word in speech.capabilities if word.startswith("{")]
        words = (*map(_literal, says.capabilities), *placeholders)
        speech = replace(speech, capabilities=words, after_sign_in=None)
    return speech


def _literal(text: str) -> str:
    """Keep what a personality's texts may hold from being taken for a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")


def _greet(text: str) -> Callable[[Connection], Awaitable[bool]]:
    async def greet(connection: Connection) -> bool:
        await connection.send(text)
        if _TURNS_AWAY.match(text):
            await connection.hang_up()
        else:
            await connection.wait_until_left()
        return False

    return greet


def _refuse_tls(text: str) -> Callable[[Connection, str, str], Awaitable[bool]]:
    async def refuse(connection: Connection, _: str, tag: str) -> bool:
        await connection.send(f"{tag} {text}".strip())
        return False

    return refuse


def _reply(verbs: set[str], text: str) -> Callable[[str, str], str | None]:
    return lambda _, verb: _literal(text) if verb in verbs else None


def _challenge(text: str, protocol: str) -> Callable[[Connection, str, bool], Awaitable[bool]]:
    """Answer the client's response with an error challenge; what comes back is not read (RFC 7628 section 3.2.3)."""
    begin = _CONTINUE[protocol]

    async def challenge(connection: Connection, verb: str, given: bool) -> bool:  # noqa: FBT001  a hook
        if verb in VERBS["sign-in"]:
            for asked in ("", base64.b64encode(text.encode()).decode())[given:]:
                await connection.send(f"{begin}{asked}")
                await connection.read_line()
        return True

    return challenge


def _stop(verbs: set[str], way: str) -> Callable[[Connection, str, bool], Awaitable[bool]]:
    async def stop(connection: Connection, verb: str, _: bool) -> bool:  # noqa: FBT001  a hook
        if verb not in verbs:
            return True
        if way == "resetting":
            connection.reset()
        elif way == "closing":
            await connection.hang_up()
        else:
            await connection.wait_until_left()
        return False

    return stop
