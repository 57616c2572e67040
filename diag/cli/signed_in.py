"""The tokens of an earlier ``maildiag authorize``, as the credential of a check."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from diag.cli.token_store import Kept, StoreError, TokenStore

if TYPE_CHECKING:
    import msal

    from diag.net.oauth import Client
    from diag.probes.run import SignIn


@dataclass(frozen=True, slots=True)
class Session:
    """MSAL's cache in memory, and where it is kept. It is written once, when everything in it belongs together."""

    store: TokenStore
    client: Client
    cache: msal.SerializableTokenCache

    def save(self) -> bool:
        """Keep the tokens; return whether they are encrypted.

        :raises StoreError: they cannot be kept.
        """
        client = self.client
        kept = Kept(
            client_id=client.client_id, authority=client.authority, scopes=client.scopes, cache=self.cache.serialize()
        )
        return self.store.save(kept)

    def save_if_changed(self) -> None:
        """Keep tokens that were renewed; a check does not fail for it."""
        if self.cache.has_state_changed:
            try:
                self.save()
            except StoreError as error:
                click.echo(f"Warning: the renewed token is not kept: {error}", err=True)


def new_cache(text: str = "") -> msal.SerializableTokenCache:
    """Make MSAL's cache, from its text where there is one."""
    import msal

    cache = msal.SerializableTokenCache()
    if text:
        cache.deserialize(text)
    return cache


def earlier(user: str) -> tuple[SignIn, Session] | None:
    """Return the credential that was kept for ``user``, silently; None: there is none."""
    store = TokenStore(user)
    if not store.exists:
        return None
    from diag.net.oauth import Client as Asking  # noqa: PLC0415  the names above are for types
    from diag.probes.grant import Grant  # noqa: PLC0415  only where tokens are kept
    from diag.probes.run import SignIn as Credential  # noqa: PLC0415  see above

    try:
        kept = store.load()
        cache = new_cache(kept.cache) if kept else None
    except (StoreError, ValueError) as error:
        click.echo(f"Warning: {error}", err=True)
        sys.stderr.flush()
        return None
    if kept is None or cache is None:
        return None
    client = Asking(client_id=kept.client_id, authority=kept.authority, scopes=kept.scopes, cache=cache)
    return Credential(user=user, grant=Grant(client=client)), Session(store, client, cache)
