"""Tries in other ways blame a way only where the usual one does not pass at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from diag.judge import judge
from diag.model.actions import Stalled, Trial
from diag.rules.trials import taken
from scenarios.load import load
from scenarios.play import play


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("tcp/path-mtu", "tls/handshake-silent"),
        ("tls/name-filtered--dropped", "tls/handshake-silent"),
        ("tls/name-filtered", "tls/handshake-reset"),
    ],
)
def test_what_was_stuck_for_a_moment_is_no_fault_of_a_way(name: str, without: str) -> None:
    played = asyncio.run(play(replace(load(name), then=())))
    seen = played.measurement.observations
    usual = [(item, item.action) for item in seen if isinstance(item.action, Trial) and item.action.way == "usual"]
    assert usual
    for item, action in usual:
        assert item.failure
        action.answer, item.failure = "handshake", None
    verdict = judge(played.measurement)
    assert {cause.code for cause in played.verdict.causes} == {name.partition("--")[0]}
    assert {cause.code for cause in verdict.causes} == {without}


@pytest.mark.parametrize(
    ("stalled", "said"),
    [
        (None, "does not tell"),
        (Stalled(unacknowledged=2, retransmits=3), "sent 3 times more and not acknowledged"),
        (Stalled(unacknowledged=0, retransmits=0, not_sent=900), "takes no more (900 bytes wait here)"),
        (Stalled(unacknowledged=0, retransmits=0), "was acknowledged"),
    ],
)
def test_what_the_kernel_knows_is_said_as_it_is(stalled: Stalled | None, said: str) -> None:
    assert said in taken(stalled)
