"""What two faults at once may hide of each other, and what they may not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from scenarios import prove, vary
from scenarios.dominance import astray
from scenarios.load import load
from scenarios.play import play


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("entra/answer-unusable", "this-computer/old-roots"),
        ("dns/resolver-fails--refused", "entra/answer-unusable"),
        ("smtp/auth-disabled-for-mailbox--and-expired", "tls/intercepted"),
        ("tls/intercepted--kaspersky", "tls/intercepted--named-like-the-genuine"),
        ("tcp/port-refused--far-away", "tcp/reset-after-accept--pop3"),
        ("service/captive-portal--pop3", "tcp/egress-blocked--prohibited"),
        ("tls/handshake-closed", "tls/name-filtered--dropped"),
        ("tcp/port-refused--far-away", "tls/hello-lost--smtp"),
    ],
    ids=[
        "a page that TLS keeps from being read",
        "no path at all",
        "a device that meets a certificate gone bad",
        "a device that meets another one",
        "a device that answers for a server that is down",
        "a way out of which one port leads to a portal",
        "a filter on names before a server that answers none",
        "a loss behind a long line",
    ],
)
def test_two_differences_of_which_one_hides_the_other(one: str, other: str) -> None:
    score = asyncio.run(prove.pairs([load(one), load(other)]))
    assert score.wrong == []
    assert score.tried == 1


@pytest.mark.parametrize(
    ("one", "other", "lost"),
    [
        ("imap/throttled", "smtp/throttled", "imap/throttled"),
        ("tls/intercepted", "smtp/throttled", "tls/intercepted"),
    ],
    ids=["at another endpoint", "of which a symptom is left"],
)
def test_a_cause_that_is_lost_beside_another_one_is_missing(one: str, other: str, lost: str) -> None:
    async def main() -> list[str]:
        first, second = load(one), load(other)
        alone = (await play(vary.whole(first)), await play(vary.whole(second)))
        both = await play(vary.joined(first, second))
        causes = tuple(cause for cause in both.verdict.causes if cause.code != lost)
        symptoms = tuple(symptom for symptom in both.verdict.symptoms if symptom.because != lost)
        return list(astray(replace(both, verdict=replace(both.verdict, causes=causes, symptoms=symptoms)), alone))

    assert any(text.startswith(f"{lost} at ") and text.endswith(" is missing") for text in asyncio.run(main()))
