"""Tokens on disk: whole at every moment, the user's alone, and gone when they are to be forgotten."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path  # noqa: TC003  pytest reads it

import pytest

from diag.cli.token_store import VARIABLE, Kept, StoreError, TokenStore, usual_folder

ADDRESS = "helpdesk@contoso.example"


def kept(cache: str = "canary") -> Kept:
    return Kept(client_id="app", authority="https://login.example/t", scopes=("a", "b"), cache=cache)


def test_what_is_kept_is_read_again_and_replaced_and_forgotten(tmp_path: Path) -> None:
    store = TokenStore(ADDRESS, tmp_path / "deep" / "folder")
    assert store.load() is None
    assert not store.forget()
    store.save(kept())
    assert TokenStore(ADDRESS.upper(), tmp_path / "deep" / "folder").load() == kept()
    store.save(kept("another"))
    assert store.load() == kept("another")
    assert "canary" not in repr(kept())
    assert store.forget()
    assert store.load() is None
    assert [path.suffix for path in (tmp_path / "deep" / "folder").iterdir()] == [".lock"]


@pytest.mark.skipif(sys.platform != "linux", reason="modes of files, and no key store in a test run")
def test_where_there_is_no_key_store_only_the_user_can_read_it(tmp_path: Path) -> None:
    store = TokenStore(ADDRESS, tmp_path / "own")
    assert store.save(kept()) is False
    assert (store.path.stat().st_mode & 0o777, store.folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert ADDRESS not in store.path.name


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 2, "cache": "canary"}', "\x00" * 100])
def test_what_cannot_be_read_is_told_without_quoting_it(tmp_path: Path, text: str) -> None:
    store = TokenStore(ADDRESS, tmp_path)
    store.path.write_text(text)
    with pytest.raises(StoreError) as error:
        store.load()
    assert "canary" not in str(error.value)
    assert "maildiag authorize" in str(error.value)
    assert store.forget()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        TokenStore(ADDRESS, tmp_path / "file" / "folder").save(kept())


class Interrupted(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace", "fcntl.flock"])
def test_an_end_between_any_two_steps_leaves_the_old_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store = TokenStore(ADDRESS, tmp_path)
    store.save(kept("old"))

    def end(*_: object) -> None:
        raise Interrupted

    with monkeypatch.context() as changed:
        changed.setattr(call, end)
        with pytest.raises(Interrupted):
            store.save(kept("new"))
    assert store.load() == kept("old")
    store.save(kept("newer"))
    assert store.load() == kept("newer")
    assert list(tmp_path.glob("*.new")) == []


WRITER = """
import sys
from pathlib import Path  # noqa: TC003  pytest reads it
from diag.cli.token_store import Kept, TokenStore
store = TokenStore("helpdesk@contoso.example", Path(sys.argv[1]))
print("ready", flush=True)
number = 0
while True:
    number += 1
    mark = str(number % 10)
    store.save(Kept(client_id=mark, authority=mark, scopes=(mark,), cache=mark * 300_000))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_run_that_is_killed_at_any_moment_leaves_whole_tokens(tmp_path: Path) -> None:
    """Killed at many points of a stream of writes, each of which takes a millisecond or so."""
    store = TokenStore(ADDRESS, tmp_path)
    for attempt in range(15):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            until = time.monotonic() + 0.004 * (attempt + 1) + 0.0007 * attempt
            while time.monotonic() < until or not store.exists:
                pass
            process.send_signal(signal.SIGKILL)
        found = store.load()
        assert found is not None
        mark = found.client_id
        assert (found.authority, found.scopes, found.cache) == (mark, (mark,), mark * 300_000)
    store.save(kept())
    assert store.load() == kept()


def test_the_folder_is_where_the_platform_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert usual_folder() == tmp_path
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    for platform, tail in (("linux", ".local/state/maildiag"), ("darwin", "Library/Application Support/maildiag")):
        monkeypatch.setattr(sys, "platform", platform)
        assert usual_folder() == tmp_path / tail
