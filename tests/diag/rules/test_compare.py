"""What is blamed on the whole way out needs an attempt of one's own."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from diag.judge import judge
from diag.model.actions import TcpConnect
from scenarios.load import load
from scenarios.play import play


def test_comparisons_alone_do_not_blame_the_way_out() -> None:
    played = asyncio.run(play(replace(load("tcp/egress-blocked"), then=())))
    assert "tcp/egress-blocked" in {cause.code for cause in played.verdict.causes}
    for seen in played.measurement.observations:
        if isinstance(seen.action, TcpConnect):
            seen.action.role = "control"
    assert "tcp/egress-blocked" not in {cause.code for cause in judge(played.measurement).causes}
