"""No token, code, verifier, secret or password is in anything that leaves a check, over all cases.

What is secret in a world is taken from the world itself after the check: every token, refresh token, authorization
code and device code that its Entra ID gave out, every password and client secret. A code verifier is known to the
client alone; any word of which the digest is one of the code challenges would be one (RFC 7636 section 4.2).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from diag.check import measure
from diag.cli.output import FORMATS, rendered
from diag.judge import judge
from diag.model import document
from scenarios.build import emulate
from scenarios.load import load, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.world import World
    from scenarios.model import Case

AT_ONCE = 8
SHORTEST = 6
"""Characters; a shorter password could be a part of any word."""
WORD = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass
class Left:
    """What a check has left behind, and what must not be in it."""

    name: str
    written: str
    secrets: set[str]
    challenges: set[str]


def secrets_of(world: World, case: Case) -> Iterator[str]:
    directory, declared = world.directory, world.declaration
    yield from directory._tokens
    for drawer in (directory.grants.codes, directory.grants.refreshes, directory.grants.devices):
        yield from drawer._things
    yield from (box.password for box in (declared.mailbox, *declared.mailboxes.values()))
    check = case.parts.check
    yield from filter(
        None, (declared.application.secret, check.password, check.signing_in.secret, check.signing_in.password)
    )


def forms(secret: str) -> set[str]:
    """Return a secret in each form in which it goes over a wire."""
    plain = secret.encode()
    users = ("helpdesk@contoso.example", "support@example.org")
    responses = [f"user={user}\x01auth=Bearer {secret}\x01\x01".encode() for user in users]
    responses += [f"\0{user}\0{secret}".encode() for user in users]
    encoded = {base64.b64encode(data).decode() for data in (plain, *responses)}
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], *encoded}


async def leave(case: Case) -> Left:
    async with emulate(case) as world:
        found = await measure(
            world.request,
            world.sign_in,
            settings=world.settings,
            choices=world.choices,
            max_time=case.parts.check.max_time,
        )
        verdict = judge(found)
        running = world.stage.world
        secrets = {secret for secret in secrets_of(running, case) if len(secret) >= SHORTEST}
        challenges = {code.challenge for code in running.directory.grants.codes.values() if code.challenge}
    written = document.dump(found) + "".join(rendered(verdict, found, form, to_file=True) for form in FORMATS)
    return Left(case.name, written, secrets, challenges)


async def leave_all(layer: str) -> list[Left]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> Left:
        async with gate:
            return await leave(case)

    cases = [load(name) for name in names() if name.startswith(f"{layer}/")]
    return await asyncio.gather(*(one(step) for case in cases for step in (case, *case.then)))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("layer", sorted({name.partition("/")[0] for name in names()}))
def test_nothing_secret_leaves_a_check(layer: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    left = asyncio.run(leave_all(layer))
    assert left
    for item in left:
        everything = item.written + caplog.text
        for secret in item.secrets:
            for form in forms(secret):
                assert form not in everything, f"{item.name}: a secret of {len(secret)} characters"
        if item.challenges:
            digests = {base64.urlsafe_b64encode(hashlib.sha256(word.encode()).digest()).rstrip(b"=").decode()
                       for word in set(WORD.findall(everything))}  # fmt: skip
            assert not digests & item.challenges, f"{item.name}: a code verifier"
