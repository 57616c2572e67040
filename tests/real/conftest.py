"""Fixtures: the real servers, started once for all tests that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.real import peers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what this computer says of CAs and proxies: requests believes it more than what a program says."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NO_PROXY", "no_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def oauth_peers() -> Iterator[peers.Peers]:
    """Servers that take XOAUTH2 and OAUTHBEARER, and no password."""
    _need_servers()
    with peers.start(passwords=False) as running:
        yield running


@pytest.fixture(scope="session")
def password_peers() -> Iterator[peers.Peers]:
    """Servers that take PLAIN and LOGIN, too."""
    _need_servers()
    with peers.start(passwords=True) as running:
        yield running


def _need_servers() -> None:
    reason = peers.missing()
    if reason:
        pytest.skip(reason)
