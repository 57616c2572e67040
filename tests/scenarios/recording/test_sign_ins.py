"""How a token was obtained, or why none was, drawn again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import yaml

from scenarios.load import load
from scenarios.play import play
from scenarios.recording import record


@pytest.mark.parametrize(
    ("name", "check", "entra"),
    [
        ("entra/admin-approval-needed", {"authorize": "code"}, {"answers": 90094}),
        ("entra/grant-revoked", {"authorize": "refresh"}, {"answers": 50173}),
        ("entra/secret-expired", {"authorize": "client-secret"}, {"answers": 7000222}),
        ("entra/device-code-over", {"authorize": "device-code", "signing_in": {"closes_the_window": True}}, {"device_code_lifetime": 0}),
        ("entra/sign-in-not-finished", {"authorize": "code", "signing_in": {"closes_the_window": True, "waits": 0.4}}, None),
        ("entra/authority-wrong", {"signing_in": {"authority": "https://login.microsoftonline.com/common"}}, {"answers": 50194}),
    ],
)  # fmt: skip
def test_what_ended_a_sign_in_ends_it_again(name: str, check: dict[str, object], entra: dict[str, int] | None) -> None:
    measurement = asyncio.run(play(replace(load(name), then=()))).measurement
    data = yaml.safe_load(record(measurement).text)
    assert {key: data["check"].get(key) for key in check} == check
    assert data["world"]["but"].get("entra") == entra


def test_a_token_that_was_given_is_no_sign_in() -> None:
    measurement = asyncio.run(play(load("healthy/exchange-online"))).measurement
    assert "authorize" not in yaml.safe_load(record(measurement).text).get("check", {})
