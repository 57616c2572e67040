"""Everybody that a measurement names, made known beforehand: a sentence may tell of who is met only later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diag.model.actions import DnsQuery, TlsHandshake
from diag.model.settings import Setting
from diag.model.signin import TenantDiscovery, TokenClaims
from diag.model.tenant import TenantRead
from fakes.organisation import Application
from scenarios.recording.pseudonyms import is_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.recording.sketch import Sketch

_HOST = re.compile(r"(?:\*\.)?[\w-]+(?:\.[\w-]+)+")


def everybody(sketch: Sketch) -> None:
    """Give all people and hosts their example names, and the application that of an emulated world."""
    names = sketch.pseudonyms
    if names.is_example:
        return
    for user in _users(sketch):
        names.person(user)
    names.meet((host for host in _hosts(sketch) if _HOST.fullmatch(host) and not is_address(host)), ())
    for name in _applications(sketch):
        names.words.learn_phrase(name, Application().name)


def _users(sketch: Sketch) -> Iterator[str]:
    yield sketch.measurement.target.user
    for setting in sketch.facts.of(Setting):
        if setting.action.name in {"user", "sender"}:
            yield setting.action.value
    for claims in sketch.facts.of(TokenClaims):
        yield claims.action.user or ""


def _hosts(sketch: Sketch) -> Iterator[str]:
    for endpoint in sketch.measurement.target.endpoints:
        yield endpoint.host
    for query in sketch.facts.of(DnsQuery):
        yield from (query.action.name, *query.action.aliases)
    for handshake in sketch.facts.of(TlsHandshake):
        for certificate in handshake.action.chain[:1]:
            yield from certificate.names
    for discovery in sketch.facts.of(TenantDiscovery):
        yield discovery.action.federation or ""


def _applications(sketch: Sketch) -> Iterator[str]:
    for claims in sketch.facts.of(TokenClaims):
        yield claims.action.app_name or ""
    for read in sketch.facts.of(TenantRead):
        for found in read.action.found:
            yield getattr(found, "name", "") if hasattr(found, "client_id") else ""
