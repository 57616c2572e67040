"""The credential of an earlier sign-in: used silently, and saved where it was renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from diag.cli.signed_in import Session, earlier, new_cache
from diag.cli.token_store import VARIABLE, Kept, TokenStore

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "helpdesk@contoso.example"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TokenStore:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return TokenStore(ADDRESS)


def test_without_an_earlier_sign_in_there_is_no_credential() -> None:
    assert earlier(ADDRESS) is None


def test_an_earlier_sign_in_is_the_credential(store: TokenStore) -> None:
    store.save(Kept(client_id="app", authority="https://login.example/t", scopes=("s",), cache="{}"))
    found = earlier(ADDRESS)
    assert found is not None
    sign_in, session = found
    assert sign_in.grant is not None
    assert (sign_in.user, sign_in.grant.method, sign_in.grant.person) == (ADDRESS, "refresh", None)
    assert sign_in.grant.client is session.client


@pytest.mark.parametrize(
    "text", ["nonsense", '{"format": 1, "client_id": "a", "authority": "b", "scopes": [], "cache": "no"}']
)
def test_what_cannot_be_read_is_told_and_the_check_goes_on(
    store: TokenStore, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    store.path.write_text(text)
    assert earlier(ADDRESS) is None
    assert "Warning" in capsys.readouterr().err


def test_only_what_has_changed_is_saved(store: TokenStore) -> None:
    from diag.net.oauth import Client  # noqa: PLC0415

    session = Session(store, Client(client_id="a", authority="b", scopes=()), new_cache())
    session.save_if_changed()
    assert not store.exists
    session.cache.has_state_changed = True
    session.save_if_changed()
    assert store.exists
