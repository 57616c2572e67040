"""The list of probes."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from diag.model.target import Protocol, Tls
from diag.plan import endpoint_at
from diag.probes import PROBES, all_probes
from diag.probes.probe import probe
from scenarios.load import load
from scenarios.play import play

if TYPE_CHECKING:
    import pytest

    from diag.model.target import Endpoint
    from diag.probes.run import Run
    from diag.probes.tcp import Channel

LONG = 500
"""Turns of the event loop, of which a sign-in begins after some dozens."""


def test_the_list_is_whole_and_every_probe_asks_a_question() -> None:
    assert [item.name for item in PROBES] == [
        "dns",
        "tcp",
        "contrast",
        "trace",
        "tls",
        "starttls",
        "offers",
        "trials",
        "ways",
        "acceptance",
        "entra",
        "pages",
        "token",
        "imap",
        "pop3",
        "smtp",
    ]
    assert all(item.asks.endswith("?") for item in PROBES)
    assert all_probes()[: len(PROBES)] == PROBES


def test_a_probe_says_where_it_makes_sense() -> None:
    @probe("x", asks="?", protocols=(Protocol.IMAP,), tls=(Tls.STARTTLS,))
    async def x(run: Run, endpoint: object) -> None:
        pass

    assert x.applies(endpoint_at(Protocol.IMAP, "h", 143))
    assert not x.applies(endpoint_at(Protocol.IMAP, "h", 993))
    assert not x.applies(endpoint_at(Protocol.POP3, "h", 110))


def test_no_credential_goes_to_one_port_before_another_shows_that_it_is_intercepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offers = import_module("diag.probes.offers")  # the package calls the probe by the name of its module
    ask = offers._offer_protocols

    async def ask_late(run: Run, endpoint: Endpoint, channel: Channel) -> None:
        for _ in range(LONG if endpoint.protocol is Protocol.POP3 else 0):
            await asyncio.sleep(0)
        await ask(run, endpoint, channel)

    monkeypatch.setattr(offers, "_offer_protocols", ask_late)
    verdict = asyncio.run(play(load("tls/intercepted--by-the-protocol-it-takes"))).verdict
    withheld = [item.finding.subject for item in verdict.symptoms if item.finding.code == "sign-in/withheld"]
    assert "imap.gmail.com:993" in withheld
