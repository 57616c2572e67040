"""No token, code, verifier, secret, key, cookie or password is in anything that leaves a check, over all cases.

What is secret in a world is taken from the world itself after the check: everything that its Entra ID gave out or was
shown, every password and client secret, the private key. A code verifier is known to the client alone; any word of
which the digest is one of the code challenges would be one (RFC 7636 section 4.2). What the commands themselves say and
write is looked at by tests/whole/test_command_canaries.py.
"""

from __future__ import annotations

import asyncio
import io
import logging
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from diag.check import measure
from diag.cli.output import FORMATS, rendered
from diag.judge import judge
from diag.model import document
from diag.model.secret import Secret
from diag.model.signin import TokenGrant
from diag.net import oauth
from diag.report import bundle, change_request, script
from scenarios.build import emulate
from scenarios.load import load, names
from tests.whole.canaries import PEM, Kinds, challenges_of, found_in, secrets_of

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict
    from scenarios.model import Case

AT_ONCE = 8
LEFT_BY = {
    "code": {"access token", "code", "session cookie", "id token or assertion", "refresh token"},
    "device-code": {"access token", "device code", "session cookie", "id token or assertion", "refresh token"},
    "refresh": {"access token", "refresh token"},
    "client-secret": {"access token", "client secret"},
    "client-certificate": {"access token", "id token or assertion", "private key"},
}
"""What there is to be found after a sign-in of each kind: without it the search would prove nothing."""


@dataclass
class Left:
    """What a check has left behind, and what must not be in it."""

    name: str
    written: str
    secrets: Kinds
    challenges: set[str]
    signed_in: str | None
    """How a token was obtained by the check itself, if it was."""


def everything(found: Measurement, verdict: Verdict) -> str:
    """Return all that a command can write of a measurement."""
    with zipfile.ZipFile(io.BytesIO(bundle.render(verdict, found))) as archive:
        packed = [archive.read(name).decode() for name in archive.namelist() if name == "README.txt"]
    forms = [rendered(verdict, found, form, to_file=True) for form in FORMATS]
    return "".join([document.dump(found), *forms, *packed, script.render(verdict, found),
                    change_request.render(verdict, found)])  # fmt: skip


async def leave(case: Case) -> Left:
    check = case.parts.check
    async with emulate(case) as world:
        found = await measure(
            world.request, world.sign_in, settings=world.settings, choices=world.choices, max_time=check.max_time
        )
        secrets, challenges = secrets_of(world.stage.world), challenges_of(world.stage.world)
    typed = {check.password, check.signing_in.secret, check.signing_in.password}
    if check.authorize != "client-certificate":
        del secrets["private key"]  # nobody holds it
    secrets["typed"] = {secret for secret in typed if secret}
    grants = [item.action.method for item in found.observations
              if isinstance(item.action, TokenGrant) and item.failure is None]  # fmt: skip
    return Left(case.name, everything(found, judge(found)), secrets, challenges, next(iter(grants), None))


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
        assert found_in(item.written + caplog.text, item.secrets, item.challenges) == [], item.name
        there = {kind for kind, secrets in item.secrets.items() if secrets}
        assert there >= LEFT_BY.get(item.signed_in or "", set()), item.name
        assert item.challenges or item.signed_in != "code", item.name


def test_what_is_looked_for_would_be_found() -> None:
    kinds = {"password": {"correct horse"}, "private key": {PEM.splitlines()[1]}}
    for text in ("a correct horse b", "correct%20horse", "Y29ycmVjdCBob3JzZQ=="):
        assert found_in(text, kinds, set()) == ["password of 13 characters"]
    assert found_in(PEM, kinds, set()) == ["private key of 64 characters"]
    verifier, challenge = "v" * 50, "CrlVwe1WSHWuTQYh3iczmx3aS-faRx6C92k9_hNxl4A"
    assert found_in(f"code_verifier is {verifier}", {}, {challenge}) == ["code verifier"]


@pytest.mark.parametrize("name", ["signed-in-by-code", "signed-in-by-client-secret", "signed-in-by-certificate"])
def test_an_error_that_quotes_what_it_holds_does_not_tell_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a library's might: the text of an exception that nobody expected has all of the sign-in in it."""
    quoted: list[str] = []
    clients: list[oauth.Client] = []

    def fail(result: Any) -> None:  # noqa: ANN401  as MSAL has it
        shown = [clients[0].secret, clients[0].certificate, result]
        quoted.extend(str(item.reveal() if isinstance(item, Secret) else item) for item in shown if item)
        raise RuntimeError("refused: " + " ".join(quoted))

    for call in ("end_code", "by_application"):
        usual = getattr(oauth, call)
        monkeypatch.setattr(oauth, call, lambda *about, usual=usual: fail(usual(*about)))
    case = load(f"healthy/{name}")

    async def main() -> tuple[str, Kinds]:
        async with emulate(case) as world:
            assert world.sign_in.grant is not None
            clients.append(world.sign_in.grant.client)
            found = await measure(world.request, world.sign_in, settings=world.settings, choices=world.choices)
            assert "RuntimeError" in document.dump(found)
            return everything(found, judge(found)) + repr(clients), secrets_of(world.stage.world)

    written, secrets = asyncio.run(main())
    assert found_in(" ".join(quoted), secrets, set())
    assert found_in(written, secrets, set()) == []
