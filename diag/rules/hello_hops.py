"""Between which hops a ClientHello is stopped: one that may go ever farther, beside one that is let pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.hops import TraceRoute
from diag.rules import hops
from diag.rules.hops import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.rules.facts import Facts, Seen

_ENDS = {"reset": "it is reset", "closed": "the connection is closed", "silent": "nothing comes back"}
"""What becomes of a ClientHello from where it is stopped on."""


def locate(facts: Facts, subject: str) -> Location:
    """Say where ClientHellos for ``subject`` end."""
    stopped = next((seen for seen in facts.of(TraceRoute, subject) if seen.action.role == "hello"), None)
    if stopped is None:
        return _unknown("", None)
    if stopped.action.not_measured:
        return _unknown(f": {stopped.action.not_measured}", stopped)
    answers = [hop.answer for hop in stopped.action.hops]
    if not answers:
        return _unknown(": there was no time for it", stopped)
    if "not-sent" in answers:
        return _unknown(": the connection did not open as often as that takes", stopped)
    if "data" in answers or "unreachable" in answers:
        return _unknown(": the ClientHello met something else when it was tried again", stopped)
    return _located(facts, subject, stopped)


def _unknown(why: str, stopped: Seen[TraceRoute] | None) -> Location:
    evidence = (stopped.number,) if stopped else ()
    return Location(number=0, before="", after="", sentence=f"At which hop was not measured{why}.", evidence=evidence)


def _located(facts: Facts, subject: str, stopped: Seen[TraceRoute]) -> Location:
    control = next((seen for seen in facts.of(TraceRoute, subject) if seen.action.role == "hello-control"), None)
    named = [seen for seen in facts.of(TraceRoute, subject) if seen.action.role == "control"
             and seen.action.address == stopped.action.address]  # fmt: skip
    devices = {hop.ttl: hop.address or "" for seen in named for hop in seen.action.hops}
    last = max((hop.ttl for hop in stopped.action.hops if hop.answer == "time-exceeded"), default=0)
    distance = _distance(control) or _distance(named[0] if named else None)
    end = next((hop for hop in stopped.action.hops if hop.ttl > last and hop.answer in {"reset", "closed"}), None)
    last = end.ttl - 1 if end else last  # devices between may keep quiet, but they have not stopped it
    evidence = (stopped.number, *(seen.number for seen in (control, *named) if seen))
    if distance is not None and last >= distance:
        return _unknown(": hop limits ran out behind the host itself", stopped)
    if distance is not None and last == distance - 1 and stopped.action.part:
        return _unknown(
            ": the first packet of the ClientHello gets to the host, and what follows was not sent", stopped
        )
    behind = min((ttl for ttl in _answering(control, devices) if ttl > last), default=0)
    return Location(
        number=last,
        before=devices.get(last, ""),
        after=devices.get(behind, ""),
        sentence=f"{_told(facts, stopped, control, devices, last, end.answer if end else 'silent')} "
        f"{_follows(facts, devices, last, behind, distance)}",
        evidence=evidence,
    )


def _answering(control: Seen[TraceRoute] | None, devices: dict[int, str]) -> Iterator[int]:
    """Yield the hops that have an address and, where a ClientHello passed, that did not keep quiet about it."""
    heard = {hop.ttl for hop in control.action.hops if hop.answer in {"time-exceeded", "data"}} if control else set()
    passed = _distance(control) is not None
    yield from (ttl for ttl, device in devices.items() if device and (ttl in heard or not passed))


def _distance(trace: Seen[TraceRoute] | None) -> int | None:
    """Return how far away whoever answers is."""
    hops = trace.action.hops if trace else []
    return next((hop.ttl for hop in hops if hop.answer in {"data", "connected"}), None)


def _told(
    facts: Facts,
    stopped: Seen[TraceRoute],
    control: Seen[TraceRoute] | None,
    devices: dict[int, str],
    last: int,
    answer: str,
) -> str:
    here = _hop(facts, devices, last) if last else "this computer"
    told = f"{_hello(stopped)} comes as far as {here}; where it may go farther, {_ENDS[answer]}."
    if control is None or control.action.hops == []:
        return told
    arrived = _distance(control)
    passed = f"is answered from {arrived} hops away" if arrived else "is not answered either"
    return f"{told} {_hello(control)} {passed}."


def _hello(trace: Seen[TraceRoute]) -> str:
    first = "The first packet of a" if trace.action.part else "A"
    return f"{first} ClientHello for {trace.action.server_name} of {trace.action.size} bytes"


def _follows(facts: Facts, devices: dict[int, str], last: int, behind: int, distance: int | None) -> str:
    first = f"hop {last} on its way out" if last else "a filter on this computer"
    if not behind:
        return f"So {first} stops it, or what comes behind."
    if behind == distance:
        return f"So {first} stops it, or the host, which comes next."
    return f"So {first} stops it, or {_hop(facts, devices, behind)} on its way in."


def _hop(facts: Facts, devices: dict[int, str], number: int) -> str:
    device = devices.get(number)
    return f"hop {number} ({hops.owner(facts, device)})" if device else f"hop {number}"
