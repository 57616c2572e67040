"""What a blocked port is beside the others; what is blamed on the whole way out needs an attempt of one's own."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from diag.judge import judge
from diag.model.actions import TcpConnect
from diag.model.failure import Failure, FailureCode
from diag.rules.compare import Places, scope
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


@pytest.mark.parametrize(
    ("opened", "refused", "blocked", "conclusion"),
    [
        ("b:587", "a:443", "a:587", "this port"),
        ("b:587", "", "a:587 a:443", "host"),
        ("b:587", "a:443", "a:587 a:993", "this port"),
        ("b:587 a:443", "", "a:587", "this port"),
        ("b:587", "a:587", "", "port or host"),
        ("b:587", "a:587 a:443", "", "refusing host"),
        ("b:587 a:443", "a:587", "", "this port"),
        ("b:587", "a:587", "a:443", "refusing host"),
        ("a:443", "a:587 b:587", "", "port"),
        ("a:443", "b:587", "a:587", "this port"),
        ("a:443", "", "a:587 b:587", "port"),
        ("", "a:443", "a:587 b:587", "port"),
        ("", "a:443", "a:587", "this port"),
        ("", "a:443 b:587 a:587", "", "refusals"),
        ("", "b:587", "a:587", "refusals"),
        ("", "", "a:587 b:587", "everything"),
        ("", "", "a:587", "unknown"),
    ],
)
def test_a_refusal_shows_that_packets_arrive(opened: str, refused: str, blocked: str, conclusion: str) -> None:
    found = Places(*(tuple(items.split()) for items in (opened, refused, blocked)))
    assert scope(found, "a:587") == conclusion
