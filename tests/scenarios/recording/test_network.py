"""What the network did, drawn again."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from diag.model.actions import TcpConnect
from scenarios.load import load
from scenarios.play import play
from scenarios.recording import record

if TYPE_CHECKING:
    import pytest


def test_what_was_tried_beside_a_site_that_opened_late_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits long for a proxy looks whether it goes without; where the proxy lets it through that says nothing."""
    monkeypatch.setattr(sys.modules["diag.probes.contrast"], "HUNCH", 0)  # every connection is late
    measurement = asyncio.run(play(replace(load("proxy/needed"), then=()))).measurement
    site = "login.microsoftonline.com"
    assert any(
        isinstance(seen.action, TcpConnect) and seen.failure and seen.subject == f"{site}:443"
        for seen in measurement.observations
    )
    drawn = yaml.safe_load(record(measurement).text)["world"]["but"]["path"]
    assert drawn
    assert not any(site in hop["firewall"]["hosts"] for hop in drawn)
