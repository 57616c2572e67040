"""The pipeline: time limits, interruption, secrets, memory, and the same verdict from a saved measurement."""

from __future__ import annotations

import asyncio
import base64
import json
import tracemalloc

import pytest

from diag.check import measure
from diag.judge import judge
from diag.model import document
from diag.model.actions import Dialogue
from diag.report import json as json_report
from diag.report import text as text_report
from scenarios.build import emulate
from scenarios.load import load
from scenarios.play import play

WITH_SECRETS = ["healthy/exchange-online", "healthy/dovecot", "token/expired--gmail", "healthy/oauthbearer",
                "imap/sign-in-refused--password", "smtp/wrong-password", "service/breaks-off"]  # fmt: skip


@pytest.mark.parametrize("name", WITH_SECRETS)
def test_no_credential_is_in_any_document(name: str) -> None:
    async def main() -> tuple[str, list[str]]:
        case = load(name)
        async with emulate(case) as world:
            found = await measure(world.request, world.sign_in, settings=world.settings, choices=world.choices)
            secrets = [secret.reveal() for secret in world.sign_in.secrets]
        verdict = judge(found)
        written = document.dump(found) + json_report.render(verdict, found) + text_report.render(verdict, found)
        return written, secrets

    written, secrets = asyncio.run(main())
    assert secrets
    for secret in secrets:
        assert secret not in written
        for user in ("helpdesk@contoso.example", "support@example.org"):
            assert base64.b64encode(f"\0{user}\0{secret}".encode()).decode() not in written


def test_a_saved_measurement_gives_the_same_verdict() -> None:
    played = asyncio.run(play(load("tls/certificate-expired")))
    assert judge(document.load(document.dump(played.measurement))) == played.verdict


def test_an_interrupted_check_reports_what_it_has() -> None:
    async def main() -> None:
        async with emulate(load("service/no-greeting")) as world:
            task = asyncio.ensure_future(measure(world.request, world.sign_in, settings=world.settings))
            while not task.done():
                await asyncio.sleep(0.02)
                task.cancel()
                break
            found = await task
        assert not found.complete
        assert judge(found).state == "unclear"

    asyncio.run(main())


def test_the_time_limit_holds_and_is_named() -> None:
    played = asyncio.run(play(load("check/incomplete")))
    codes = {item.failure.code for item in played.measurement.observations if item.failure}
    limit = played.case.parts.check.max_time
    assert "max-time" in codes
    assert limit
    assert limit <= played.took < limit + 0.5


def test_an_endless_line_costs_no_memory() -> None:
    case = load("service/line-too-long")
    asyncio.run(play(case))
    tracemalloc.start()
    try:
        asyncio.run(play(case))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30 << 20


def test_nothing_is_changed_or_sent() -> None:
    played = asyncio.run(play(load("healthy/exchange-online")))
    sent = [
        (exchange.sent or "").partition(" ")[2] if item.action.protocol == "imap" else exchange.sent or ""
        for item in played.measurement.observations
        if isinstance(item.action, Dialogue)
        for exchange in item.action.exchanges
    ]
    verbs = {command.split()[0] for command in sent if command.split()}
    assert verbs <= {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "LOGOUT", "CAPA", "AUTH", "STAT", "QUIT", "EHLO", "STARTTLS",
                     "MAIL", "RSET", "***"}  # fmt: skip


def test_a_report_is_json_with_its_schema() -> None:
    played = asyncio.run(play(load("smtp/auth-disabled-for-mailbox")))
    report = json.loads(json_report.render(played.verdict, played.measurement))
    assert report["verdict"]["causes"][0]["code"] == "smtp/auth-disabled-for-mailbox"
    assert report["format"] == report["measurement"]["format"]
    assert set(json_report.schema()["properties"]) == set(report)
