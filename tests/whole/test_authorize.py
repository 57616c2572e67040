"""``maildiag authorize`` as a process: behind a proxy with a CA of its own, and ended at any moment."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from diag.cli.token_store import Kept, TokenStore
from fakes.organisation import CLIENT_ID
from tests.real.live import declared, live
from tests.whole.processes import begun, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.real.live import Live
    from tests.whole.processes import Begun

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the emulated world stands on loopback addresses")
ADDRESS = "helpdesk@contoso.example"
AUTHORIZE = ("authorize", ADDRESS, "--client-id", CLIENT_ID, "--no-browser")
CHECK = ("check", ADDRESS, "--provider", "microsoft365")
SIGN_IN = ("login.microsoftonline.com", 443)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Live]:
    with live(declared(), tmp_path) as running:
        yield running


def authorized(world: Live, tokens: Path, *, by_variable: bool = False) -> tuple[int, str, str]:
    """Sign in from the beginning to the end, and return the command's code and what it said."""
    with begun(world, tokens, *AUTHORIZE, by_variable=by_variable) as command:
        sign_in(world, command.page())
        return command.end()


@pytest.mark.parametrize("by_variable", [False, True])
def test_the_way_leads_through_a_proxy_and_trust_through_a_ca_of_ones_own(
    world: Live, tmp_path: Path, *, by_variable: bool
) -> None:
    code, _, errors = authorized(world, tmp_path / "tokens", by_variable=by_variable)
    assert (code, f"Signed in as {ADDRESS}" in errors) == (0, True), errors
    assert SIGN_IN in world.stage.world.passed
    world.stage.world.passed.clear()
    with begun(world, tmp_path / "tokens", *CHECK, "--format", "json", by_variable=by_variable) as command:
        code, out, errors = command.end()
    actions = [item["action"] for item in json.loads(out)["measurement"]["observations"]]
    assert [item["method"] for item in actions if item["kind"] == "token-grant"] == ["cache"], errors
    assert {item["state"] for item in json.loads(out)["verdict"]["causes"] if "state" in item} == set()
    assert SIGN_IN in world.stage.world.passed


def test_without_the_ca_nobody_is_sent_to_the_page(world: Live, tmp_path: Path) -> None:
    with begun(world, tmp_path / "tokens", *AUTHORIZE, trusted=False) as command:
        code, out, errors = command.end()
    assert (code, "tls/" in out, "Open this page" in errors) == (1, True, False), out + errors
    assert not TokenStore(ADDRESS, tmp_path / "tokens").exists


def at_once(_: Live, __: Begun, ___: Path) -> None:
    """End it while it starts."""


def at_the_page(_: Live, command: Begun, __: Path) -> None:
    """End it while it waits for the person."""
    command.page()


def at_the_code(world: Live, command: Begun, _: Path) -> None:
    """End it when the person has come back and the code may be redeemed."""
    sign_in(world, command.page())


def at_the_lock(world: Live, command: Begun, tokens: Path) -> None:
    """End it when the tokens begin to be written, or just have been."""
    before = names(tokens)
    sign_in(world, command.page())
    until = time.monotonic() + 20
    while names(tokens) == before and time.monotonic() < until and command.process.poll() is None:
        pass


def at_the_word(world: Live, command: Begun, _: Path) -> None:
    """End it when it has said who signed in, which comes before the tokens are kept."""
    sign_in(world, command.page())
    command.until("Signed in as")


def at_the_end(world: Live, command: Begun, _: Path) -> None:
    """End it when it has said that the tokens are kept."""
    sign_in(world, command.page())
    command.until("tokens are kept")


def names(folder: Path) -> set[tuple[str, int]]:
    """Return what is in a folder, and which file each is."""
    found = set()
    for path in folder.iterdir():
        try:
            found.add((path.name, path.stat().st_ino))
        except FileNotFoundError:
            continue
    return found


BEFORE = {at_once, at_the_page}
"""Moments at which no new token can be there yet."""
MOMENTS = (at_once, at_the_page, at_the_code, at_the_word, at_the_lock, at_the_end)


def whole(kept: Kept | None) -> bool:
    """Tell whether all that belongs to a sign-in is there."""
    if kept is None:
        return False
    cache = json.loads(kept.cache)
    return kept.client_id == CLIENT_ID and all(cache[kind] for kind in ("AccessToken", "RefreshToken", "Account"))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_an_end_at_any_moment_leaves_the_old_tokens_or_the_new_ones(
    world: Live, tmp_path: Path, ending: signal.Signals
) -> None:
    tokens = tmp_path / "tokens"
    store = TokenStore(ADDRESS, tokens)
    assert authorized(world, tokens)[0] == 0
    old = store.load()
    assert whole(old)
    for moment in MOMENTS:
        moment_is_over: Callable[[Live, Begun, Path], None] = moment
        with begun(world, tokens, *AUTHORIZE) as command:
            moment_is_over(world, command, tokens)
            command.process.send_signal(ending)
            code, _, errors = command.end()
        found = store.load()
        assert whole(found), moment.__name__
        assert found == old or moment not in BEFORE, moment.__name__
        assert found != old or moment is not at_the_end
        if ending is signal.SIGINT and moment is not at_once:
            assert code in {0, 130, -ending}, (moment.__name__, errors)  # the last: while Python itself ends
            # Python itself tells of an interrupt that comes when the program has ended already.
            own = errors.partition("Exception ignored in: <module 'threading'")[0]
            assert "Traceback" not in own, errors
        old = found
    assert authorized(world, tokens)[0] == 0
    assert store.load() != old
    assert list(tokens.glob("*.new")) == []
