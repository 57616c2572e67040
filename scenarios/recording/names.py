"""What the name server answered, and what the computer's own way of resolving made of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from diag.model.actions import DnsQuery, SystemLookup
from diag.model.failure import FailureCode
from scenarios.recording.pseudonyms import is_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.rules.facts import Seen
    from scenarios.recording.sketch import Sketch

ANSWERS = {
    FailureCode.DNS_SERVFAIL: "servfail",
    FailureCode.DNS_REFUSED: "refused",
    FailureCode.DNS_TIMEOUT: "silent",
    FailureCode.DNS_MALFORMED: "garbage",
}
"""How a name server can fail a question. NXDOMAIN is a name that is not there."""
_KINDS = {"A": "a", "AAAA": "aaaa", "MX": "mx", "SRV": "srv", "TXT": "txt", "CNAME": "cname"}
_NAME_AT_END = re.compile(r"\S+\Z")


def draw(sketch: Sketch) -> None:
    """Draw the names of the world and the client's own view of them."""
    queries = [seen for seen in sketch.facts.of(DnsQuery) if seen.action.role == "own"]
    lookups = sketch.facts.of(SystemLookup)
    answers = [answer for seen in queries if seen.action.record_type in {"A", "AAAA"} for answer in seen.action.answers]
    own = [address for seen in lookups for address in seen.action.addresses]
    sketch.pseudonyms.meet([seen.action.name for seen in queries], [*answers, *own])
    for seen in sorted(queries, key=lambda seen: (seen.action.name, seen.action.record_type)):
        _query(sketch, seen)
    sketch.world["names"] = dict(sorted(sketch.world.get("names", {}).items()))
    for host in dict.fromkeys(seen.subject for seen in lookups):
        _own_view(sketch, host)
    _second_view(sketch)


def _second_view(sketch: Sketch) -> None:
    """Draw what a second name server said: it tells the truth, and the network's own alters it."""
    names: dict[str, Any] = sketch.world["names"]
    second = [seen for seen in sketch.facts.of(DnsQuery) if seen.action.role == "second"]
    if second:
        sketch.check["second_name_server"] = True
    for host in sorted({seen.action.name for seen in second}):
        answers = {answer for seen in second if seen.action.name == host for answer in seen.action.answers}
        told = {answer for seen in sketch.facts.of(DnsQuery, host) for answer in seen.action.answers}
        if answers and not answers & told:
            name = sketch.pseudonyms.host(host)
            sketch.world.setdefault("altered", {})[name] = names.pop(name, {"answer": "nxdomain"})
            names[name] = _by_family(sorted(sketch.pseudonyms.address(answer) for answer in answers))
    for seen in sketch.facts.of(DnsQuery):
        if seen.action.role == "nonsense" and seen.action.answers:
            sketch.world["invented"] = sketch.pseudonyms.address(seen.action.answers[0])
    sketch.world["names"] = dict(sorted(names.items()))


def complete(sketch: Sketch) -> None:
    """Give an address to hosts that no name server was asked for: those of comparisons, and those behind a proxy."""
    _served_elsewhere(sketch)
    host = sketch.pseudonyms.host
    asked = {host(seen.action.name) for seen in sketch.facts.of(DnsQuery)}
    lookups = [seen for seen in sketch.facts.of(SystemLookup) if seen.action.role != "control"]
    own = {host(seen.action.name): seen.action.addresses for seen in lookups}
    known: dict[str, Any] = sketch.world.setdefault("names", {})
    served = {place.rpartition(":")[0] for place in sketch.world.get("services", {})}
    missing = sorted(name for name in served - asked - set(known) if not is_address(name))
    for number, name in enumerate(missing, 1):
        addresses = [sketch.pseudonyms.address(text) for text in own.get(name, ())]
        known[name] = _by_family(addresses or [f"203.0.113.{number}"])
        if own.get(name) == ():
            sketch.world.setdefault("client", {}).setdefault("cannot_resolve", []).append(name)
    sketch.world["names"] = dict(sorted(known.items()))


def _served_elsewhere(sketch: Sketch) -> None:
    """Let what was seen at an altered address stand there, under a name of its own, and not at the true one."""
    services: dict[str, Any] = sketch.world.get("services", {})
    for number, (name, told) in enumerate(sorted(sketch.world.get("altered", {}).items()), 1):
        addresses = {kind: told[kind] for kind in ("a", "aaaa") if kind in told}
        places = [place for place in services if place.rpartition(":")[0] == name]
        if not addresses or not places:
            continue
        other = f"elsewhere{number}.example"
        sketch.world["names"][other] = addresses
        for place in places:
            services[f"{other}:{place.rpartition(':')[2]}"] = services.pop(place)
        for hop in sketch.world.get("path", []):
            if hop.get("firewall", {}).get("hosts") == [name]:
                hop["firewall"]["hosts"] = [other]


def _by_family(addresses: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for address in addresses:
        found.setdefault("aaaa" if ":" in address else "a", []).append(address)
    return dict(sorted(found.items()))


def _query(sketch: Sketch, seen: Seen[DnsQuery]) -> None:
    names: dict[str, Any] = sketch.world.setdefault("names", {})
    host = sketch.pseudonyms.host
    name = host(seen.action.name)
    if seen.code in ANSWERS:
        names.setdefault(name, {})["answer"] = ANSWERS[seen.code]
        return
    if seen.code is FailureCode.DNS_NXDOMAIN or "answer" in names.get(name, {}):
        return
    for alias in seen.action.aliases:
        names.setdefault(name, {})["cname"] = name = host(alias)
    kind = _KINDS.get(seen.action.record_type)
    if kind is None or not seen.action.answers:
        if seen.code is FailureCode.DNS_NO_DATA:
            names.setdefault(name, {})
        return
    answers = sorted((_answer(sketch, kind, answer) for answer in seen.action.answers), key=_rank(sketch, seen))
    names.setdefault(name, {})[kind] = answers[0] if kind == "cname" else answers


def _rank(sketch: Sketch, seen: Seen[DnsQuery]) -> Callable[[str], tuple[int, str]]:
    """Return the order of answers: that in which the computer itself takes addresses, since a set has none."""
    lookups = sketch.facts.of(SystemLookup, seen.subject)
    taken = [sketch.pseudonyms.address(text) for text in (lookups[0].action.addresses if lookups else ())]
    return lambda answer: (taken.index(answer) if answer in taken else len(taken), answer)


def _answer(sketch: Sketch, kind: str, answer: str) -> str:
    if kind in {"a", "aaaa"}:
        return sketch.pseudonyms.address(answer)
    if kind == "txt":
        return sketch.pseudonyms.text(answer)
    return _NAME_AT_END.sub(lambda match: sketch.pseudonyms.host(match[0]), answer)


def _own_view(sketch: Sketch, host: str) -> None:
    """Draw where the computer's applications get another answer than its name server gives."""
    lookup = sketch.facts.of(SystemLookup, host)[0]
    served = {answer for seen in sketch.facts.of(DnsQuery, host) for answer in seen.action.answers
              if seen.action.record_type in {"A", "AAAA"}}  # fmt: skip
    client: dict[str, Any] = sketch.world.setdefault("client", {})
    name = sketch.pseudonyms.host(host)
    own = set(lookup.action.addresses)
    if lookup.code is not None:
        if served:
            client.setdefault("cannot_resolve", []).append(name)
    elif own and not own & served and served:
        first, *more = lookup.action.addresses
        client.setdefault("hosts_file", {})[name] = sketch.pseudonyms.address(first)
        if more:
            sketch.leave_out(lookup.observation, f"further addresses of {name} that only this computer has")
    elif any(":" in address for address in served) and not any(":" in address for address in own):
        client["ipv6"] = False
