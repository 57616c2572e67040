"""What servers say when they refuse, by the table ``replies.toml``, and sign-ins that were not tried."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from diag.model.actions import Dialogue, HttpExchange
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.model.target import Credential
from diag.rules import ways
from diag.rules.facts import LABELS, host_and_port
from diag.rules.starttls import overwritten
from diag.wire.issuers import service_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

_CISCO = "The greeting before it is asterisks: that is the signature of Cisco's inspection."
PURPOSES = {"greeting", "capabilities", "sign-in", "inbox", "sender"}
_BEARER = {"XOAUTH2", "OAUTHBEARER"}
_PASSWORD = {"PLAIN", "LOGIN", "USER"}


@cache
def table() -> tuple[dict[str, Any], ...]:
    """Return the rows of ``replies.toml`` with their patterns compiled."""
    import tomllib  # noqa: PLC0415  only where something was refused

    rows = tomllib.loads(files("diag.data").joinpath("replies.toml").read_text("utf-8"))["reply"]
    return tuple({**row, "pattern": re.compile(row["text"], re.IGNORECASE)} for row in rows)


def refusals(facts: Facts) -> Iterator[Finding]:
    """A command was refused. The first row that fits the protocol, the moment and the sentence decides."""
    for seen in facts.failed(Dialogue, FailureCode.REPLY_REFUSED):
        if seen.action.purpose in PURPOSES:
            row = _row(facts, seen)
            if row is not None:
                code = row["finding"].format(protocol=seen.action.protocol.value)
                confidence = row.get("confidence", "certain")
                stars = overwritten(facts, seen)
                values = {**_values(facts, seen), "sign": _CISCO if stars else ""}
                evidence = (*(each.number for each in stars), seen.number)
                if code == "smtp/ehlo-refused":
                    at = ways.told(facts, seen.subject, service_of(str(values["host"])))
                    values["told_by"], evidence = at.by, (*evidence, *at.evidence)
                yield Finding(code=code, subject=seen.subject, evidence=evidence, values=values, confidence=confidence)


def meaning(facts: Facts, seen: Seen[Dialogue]) -> str | None:
    """Return the code of the finding that a refusal is by its sentence."""
    row = _row(facts, seen)
    return None if row is None else str(row["finding"].format(protocol=seen.action.protocol.value))


def _row(facts: Facts, seen: Seen[Dialogue]) -> dict[str, Any] | None:
    return next((row for row in table() if _fits(row, seen, facts)), None)


def _fits(row: dict[str, Any], seen: Seen[Dialogue], facts: Facts) -> bool:
    action = seen.action
    return (
        action.protocol.value in row["protocols"]
        and action.purpose in row["purposes"]
        and facts.target.credential.value in row.get("credentials", [facts.target.credential.value])
        and row["pattern"].search(f"{action.status} {action.text}") is not None
    )


def _values(facts: Facts, seen: Seen[Dialogue]) -> dict[str, Value]:
    action = seen.action
    return {
        **host_and_port(seen.subject),
        "protocol": LABELS[action.protocol],
        "reply": f"{action.status} {action.text}",
        "user": facts.target.user,
        "address": facts.target.address,
        "mechanism": action.mechanism or "",
        "challenge": action.challenge or "",
    }


def mechanisms(facts: Facts) -> Iterator[Finding]:
    """No mechanism is offered that the credential could be used with."""
    for seen in facts.failed(Dialogue, FailureCode.CAPABILITY_MISSING):
        if seen.action.purpose != "sign-in":
            continue
        offered = " ".join(seen.action.capabilities)
        by_password = facts.target.credential is Credential.PASSWORD
        words = {word.removeprefix("AUTH=") for word in offered.split()}
        retired = by_password and words & _BEARER and not words & _PASSWORD
        code = "{protocol}/basic-auth-disabled" if retired else "{protocol}/mechanism-missing"
        values = {**_values(facts, seen), "offered": offered or "nothing", "credential": facts.target.credential.value}
        yield Finding(
            code=code.format(protocol=seen.action.protocol.value),
            subject=seen.subject,
            evidence=(seen.number,),
            values=values,
        )


def withheld(facts: Facts) -> Iterator[Finding]:
    """A credential was kept back, because somebody else could have read it."""
    kept: list[Seen[Dialogue] | Seen[HttpExchange]] = [*facts.failed(Dialogue, FailureCode.WITHHELD)]
    kept += facts.failed(HttpExchange, FailureCode.WITHHELD)
    for seen in kept:
        detail = seen.failure.detail if seen.failure else ""
        values = {**host_and_port(seen.subject), "reason": detail, "credential": facts.target.credential.value}
        yield Finding(code="sign-in/withheld", subject=seen.subject, evidence=(seen.number,), values=values)
