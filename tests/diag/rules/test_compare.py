"""What is blamed on the whole way out needs an attempt of one's own."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from diag.judge import judge
from diag.model.actions import TcpConnect
from diag.model.failure import Failure, FailureCode
from scenarios.load import load
from scenarios.play import play


def test_comparisons_alone_do_not_blame_the_way_out() -> None:
    played = asyncio.run(play(replace(load("tcp/egress-blocked"), then=())))
    assert "tcp/egress-blocked" in {cause.code for cause in played.verdict.causes}
    for seen in played.measurement.observations:
        if isinstance(seen.action, TcpConnect):
            seen.action.role = "control"
    assert "tcp/egress-blocked" not in {cause.code for cause in judge(played.measurement).causes}


def test_a_family_that_this_computer_lacks_does_not_keep_the_way_out_from_being_blamed() -> None:
    played = asyncio.run(play(replace(load("tcp/egress-blocked"), then=())))
    for seen in played.measurement.observations:
        if isinstance(seen.action, TcpConnect) and seen.action.family == "ipv6":
            seen.failure = Failure(code=FailureCode.NETWORK_UNREACHABLE, detail="ENETUNREACH")
    causes = {cause.code: cause.values for cause in judge(played.measurement).causes}
    assert "outlook.office365.com:993" in str(causes["tcp/egress-blocked"]["places"])
