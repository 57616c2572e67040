"""Whose clock is wrong, and by whose word."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from diag.judge import judge
from diag.model.actions import Dialogue, HttpExchange
from diag.model.signin import TokenClaims
from diag.rules.facts import Facts
from scenarios.load import load
from scenarios.play import play

if TYPE_CHECKING:
    from diag.model.measurement import Measurement


def measured(*, made_later_by: float, alone: bool) -> Measurement:
    """Return a healthy check with a token from the future; ``alone``: no server says what time it is."""
    measurement = asyncio.run(play(load("healthy/exchange-online"))).measurement
    at = Facts(measurement).at + timedelta(seconds=made_later_by)
    for item in measurement.observations:
        if isinstance(item.action, TokenClaims):
            item.action = replace(item.action, issued_at=int(at.timestamp()), expires_at=int(at.timestamp()) + 3600)
    if alone:
        measurement.observations = [
            item for item in measurement.observations if not isinstance(item.action, HttpExchange | Dialogue)
        ]
    return measurement


def test_a_token_from_the_future_tells_that_this_clock_is_behind() -> None:
    causes = {cause.code: cause for cause in judge(measured(made_later_by=7200, alone=True)).causes}
    assert causes["this-computer/clock-wrong"].values["way"] == "behind"


def test_servers_that_agree_with_this_clock_outvote_a_token() -> None:
    causes = {cause.code for cause in judge(measured(made_later_by=7200, alone=False)).causes}
    assert "this-computer/clock-wrong" not in causes


def test_a_token_made_a_moment_ago_elsewhere_says_nothing() -> None:
    causes = {cause.code for cause in judge(measured(made_later_by=60, alone=True)).causes}
    assert "this-computer/clock-wrong" not in causes
