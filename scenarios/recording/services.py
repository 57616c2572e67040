"""What the servers said: which known server they speak like, and every sentence in which they differ from it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from diag.model.actions import Dialogue
from diag.model.failure import SPOKEN, FailureCode
from diag.model.target import Protocol, Tls
from fakes import personalities
from scenarios.recording import certificates
from scenarios.recording.known import MECHANISMS, is_capability

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.rules.facts import Seen
    from fakes.personalities import Speech
    from scenarios.recording.sketch import Sketch

LIKELY = ("exchange_online_2026", "exchange_online_legacy", "gmail", "dovecot")
"""Personalities in the order in which they are tried; the last one is for servers that nobody knows."""
_PLACEHOLDER = re.compile(r"\\\{[a-z_]+\\\}")
_MOVING = re.compile(r"(?:AUTH\b.*|SASL\b.*|STARTTLS|STLS|LOGINDISABLED|USER|IMPLEMENTATION\b.*)\Z")
"""Capabilities that come and go with the mechanisms and with TLS."""
_SAYS = {
    "greeting": "greeting", "capabilities": "listing", "starttls": "start_tls", "sign-in": "sign_in",
    "inbox": "mailbox", "sender": "mailbox",
}  # fmt: skip
_STOPS = {
    FailureCode.CONNECTION_CLOSED: "closing",
    FailureCode.CONNECTION_RESET: "resetting",
    FailureCode.READ_TIMEOUT: "silence",
    FailureCode.MAX_TIME: "silence",
    FailureCode.INTERRUPTED: "silence",
}
_STOPS_AT = {"capabilities": "capabilities", "sign-in": "sign-in", "inbox": "mailbox", "sender": "mailbox"}
_BEFORE_GREETING = {
    FailureCode.READ_TIMEOUT: "silent",
    FailureCode.MAX_TIME: "silent",
    FailureCode.INTERRUPTED: "silent",
    FailureCode.CONNECTION_CLOSED: "hangs_up",
    FailureCode.CONNECTION_RESET: "resets_at_once",
    FailureCode.REPLY_TOO_LONG: "endless_line",
}


def draw(sketch: Sketch) -> None:
    """Draw each endpoint that was connected to."""
    for endpoint in sketch.endpoints:
        dialogues = sketch.facts.of(Dialogue, endpoint.subject)
        handshakes = sketch.handshakes(endpoint.subject)
        if not dialogues and not handshakes:
            continue
        service = sketch.service(endpoint)
        if endpoint.tls is not Tls.IMPLICIT:
            service["tls"] = str(endpoint.tls)
        if endpoint.protocol is not Protocol.HTTPS:
            _speak(sketch, endpoint, dialogues, service)
        certificates.draw(sketch, endpoint, service)


def _speak(sketch: Sketch, endpoint: Endpoint, dialogues: list[Seen[Dialogue]], service: dict[str, Any]) -> None:
    says: dict[str, Any] = {}
    like = _like(sketch, endpoint, dialogues)
    service["like"] = like
    speech = personalities.load(like).speech[str(endpoint.protocol)]
    _greeting(sketch, dialogues, speech, says)
    _offer(sketch, dialogues, speech, service, says)
    for seen in dialogues:
        if seen.code is not None and seen.action.purpose != "goodbye":
            _failure(sketch, seen, service, says)
    if says:
        service["says"] = says


def _like(sketch: Sketch, endpoint: Endpoint, dialogues: list[Seen[Dialogue]]) -> str:
    """Choose the personality whose greeting and capabilities fit best."""
    greeting = _line(dialogues, "greeting")
    announced = [
        word for seen in dialogues if seen.action.purpose == "capabilities" for word in seen.action.capabilities
    ]
    scores = {}
    for name in LIKELY:
        speech = personalities.load(name).speech.get(str(endpoint.protocol))
        if speech is not None:
            fits = bool(greeting) and _pattern(speech.greeting).fullmatch(greeting) is not None
            scores[name] = (fits, len(_standing(announced) & _standing(speech.capabilities)))
    if not greeting and sketch.measurement.target.provider == "gmail":
        return "gmail"
    best = max(scores, key=lambda name: scores[name])
    if scores[best] > (False, 0):
        return best
    return LIKELY[0] if sketch.measurement.target.provider == "microsoft365" else LIKELY[-1]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Return a pattern of the texts that a template can become."""
    return re.compile(rf"(?:220[ -])?{_PLACEHOLDER.sub('.*', re.escape(template))}", re.DOTALL)


def _standing(words: tuple[str, ...] | list[str]) -> frozenset[str]:
    """Return the capabilities that stand at every moment of a session."""
    return frozenset(word for word in words if not word.startswith("{") and not _MOVING.match(word.upper()))


def _line(dialogues: list[Seen[Dialogue]], purpose: str) -> str:
    """Return the first line that was received in a stretch of the talk, as it stands on record."""
    for seen in dialogues:
        if seen.action.purpose == purpose:
            return next((line for exchange in seen.action.exchanges for line in exchange.received), "")
    return ""


def _greeting(sketch: Sketch, dialogues: list[Seen[Dialogue]], speech: Speech, says: dict[str, Any]) -> None:
    greeting = _line(dialogues, "greeting")
    masked = "****" in greeting  # which is the doing of a device, and drawn there
    if greeting and not masked and not _pattern(speech.greeting).fullmatch(greeting):
        says["greeting"] = sketch.pseudonyms.text(greeting)


def _offer(
    sketch: Sketch, dialogues: list[Seen[Dialogue]], speech: Speech, service: dict[str, Any], says: dict[str, Any]
) -> None:
    """Draw the mechanisms and capabilities where they are not the personality's."""
    offers = [seen for seen in dialogues if seen.action.purpose == "capabilities" and seen.action.capabilities]
    if not offers:
        return
    seen = offers[-1]
    last = seen.action
    if last.encrypted:
        mechanisms = _mechanisms(last.capabilities)
        if set(mechanisms) != set(speech.mechanisms):
            service["mechanisms"] = [name for name in mechanisms if name.upper() in MECHANISMS]
            for _ in set(mechanisms) - set(service["mechanisms"]):
                sketch.leave_out(seen.observation, "a mechanism of the server's own")
    words = [word for word in last.capabilities if not _MOVING.match(word)]
    masked = any(re.fullmatch(r"X{3,}[A-Z]?", word) for word in words)
    if not masked and _standing(words) != frozenset(word.upper() for word in _standing(speech.capabilities)):
        says["capabilities"] = [word for word in words if is_capability(word)]
        if len(says["capabilities"]) < len(words):
            sketch.leave_out(seen.observation, "capabilities of the server's own, which are not registered")


def _mechanisms(capabilities: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for word in capabilities:
        if word.startswith("AUTH="):
            found.append(word.removeprefix("AUTH="))
        elif word.startswith(("AUTH ", "SASL ")):
            found += word.split()[1:]
    return list(dict.fromkeys(found))


def _failure(sketch: Sketch, seen: Seen[Dialogue], service: dict[str, Any], says: dict[str, Any]) -> None:
    """Draw the way in which a stretch of the talk failed."""
    action, code = seen.action, seen.code
    if action.challenge:
        says["challenge"] = sketch.pseudonyms.text(action.challenge)
    if action.purpose == "greeting":
        _no_greeting(sketch, seen, service, says)
    elif code in SPOKEN and sketch.heard_elsewhere(seen.subject):
        return  # those were not the server's words
    elif code is FailureCode.REPLY_REFUSED:
        says.setdefault(_SAYS[action.purpose], _answer(sketch, action))
    elif action.purpose == "starttls":
        _no_upgrade(sketch, seen, service, says)
    elif code in _STOPS:
        says.update(stops_at=_STOPS_AT[action.purpose], stops_by=_STOPS[code])
    elif code not in {FailureCode.WITHHELD, FailureCode.CAPABILITY_MISSING}:
        _leave(sketch, seen)


def _no_greeting(sketch: Sketch, seen: Seen[Dialogue], service: dict[str, Any], says: dict[str, Any]) -> None:
    """Draw what came in place of a greeting; a text of any kind is said already."""
    if seen.code in _BEFORE_GREETING:
        says.pop("greeting", None)
        if not sketch.on_the_path(seen):
            service["behaves"] = [_BEFORE_GREETING[seen.code]]


def _no_upgrade(sketch: Sketch, seen: Seen[Dialogue], service: dict[str, Any], says: dict[str, Any]) -> None:
    """Draw what kept STARTTLS from happening, where it was no refusal."""
    if seen.code is FailureCode.PLAINTEXT_AFTER_STARTTLS:
        service["behaves"] = ["injects_after_starttls"]
    elif seen.code is not FailureCode.CAPABILITY_MISSING:
        _leave(sketch, seen)
    elif not sketch.on_the_path(seen):
        service["behaves"] = ["starttls_missing"]
        # The command was sent all the same; a server that had taken it would have been found out.
        says["start_tls"] = _answer(sketch, seen.action)


def _answer(sketch: Sketch, action: Dialogue) -> str:
    return sketch.pseudonyms.text(f"{action.status or ''} {action.text or ''}".strip())


def _leave(sketch: Sketch, seen: Seen[Dialogue]) -> None:
    sketch.leave_out(seen.observation, f"{seen.action.purpose} at {sketch.pseudonyms.text(seen.subject)}: {seen.code}")
