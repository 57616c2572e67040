"""The path to an endpoint, in the order in which its stages happen."""

from __future__ import annotations

import asyncio

import pytest

from scenarios.load import load
from scenarios.play import play


def path(case: str, port: int) -> list[tuple[str, str]]:
    played = asyncio.run(play(load(case)))
    (found,) = (item for item in played.verdict.paths if item.subject.endswith(f":{port}"))
    return [(stage.name, stage.state) for stage in found.stages]


@pytest.mark.parametrize(
    ("case", "port", "stages"),
    [
        ("healthy/dovecot", 993, "name ok, port ok, tls ok, greeting ok, sign-in ok, mailbox ok"),
        ("healthy/dovecot", 587, "name ok, port ok, greeting ok, tls ok, sign-in ok, mailbox ok"),
        ("healthy/no-credential", 993, "name ok, port ok, tls ok, greeting ok, sign-in not-tested, mailbox not-tested"),
        ("healthy/exchange-online", 443, "name ok, port ok, tls ok"),
        ("tls/certificate-expired", 993,
         "name ok, port ok, tls failed, greeting not-reached, sign-in not-reached, mailbox not-reached"),
        ("starttls/refused", 587,
         "name ok, port ok, greeting ok, tls failed, sign-in not-reached, mailbox not-reached"),
        ("tcp/ipv6-broken", 993, "name ok, port warning, tls ok, greeting ok, sign-in ok, mailbox ok"),
        ("sign-in/withheld", 143,
         "name ok, port ok, tls not-applicable, greeting ok, sign-in failed, mailbox not-reached"),
        ("account/imap-switched-off--legacy", 993,
         "name ok, port ok, tls ok, greeting ok, sign-in ok, mailbox failed"),
    ],
)  # fmt: skip
def test_stages(case: str, port: int, stages: str) -> None:
    assert ", ".join(f"{name} {state}" for name, state in path(case, port)) == stages


@pytest.mark.parametrize(
    ("case", "port", "version"),
    [
        ("healthy/dovecot", 993, "1.3"),
        ("healthy/exchange-online", 587, "1.3"),
        ("this-computer/tls-versions", 993, ""),
        ("tls/certificate-expired", 993, ""),
        ("sign-in/withheld", 143, ""),
    ],
)
def test_the_version_that_was_agreed_upon_stands_beside_tls(case: str, port: int, version: str) -> None:
    played = asyncio.run(play(load(case)))
    (found,) = (item for item in played.verdict.paths if item.subject.endswith(f":{port}"))
    (tls,) = (stage for stage in found.stages if stage.name == "tls")
    assert (tls.version, tls.title) == (version, f"tls {version}".strip())
    assert all(not stage.version for stage in found.stages if stage is not tls)
