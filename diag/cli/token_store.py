"""Tokens between one run and the next: one file for each mailbox, encrypted where the platform has a key store.

msal-extensions does the encryption (DPAPI on Windows, Keychain on macOS, Secret Service on Linux). What it writes goes
into a file beside the old one first and then takes its place in one step, under a lock that ends with the process: a
run that is killed at any moment leaves the old tokens or the new ones, and never half of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1
VARIABLE = "MAILDIAG_TOKENS"
"""Environment variable that names another folder."""
MISSING = "tokens are kept by an extra of this tool: pip install 'maildiag[cache]'"


class StoreError(Exception):
    """Tokens cannot be kept, or not be read; the text says why and holds nothing of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of a mailbox: how its tokens were asked for, and MSAL's cache with them."""

    client_id: str
    authority: str
    scopes: tuple[str, ...]
    cache: str = field(repr=False)


def usual_folder() -> Path:
    """Return the folder of this user in which the platform wants such files."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "maildiag"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "maildiag"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "maildiag"


class TokenStore:
    """The tokens of one mailbox."""

    def __init__(self, address: str, folder: Path | None = None) -> None:
        """Look for those of ``address`` in ``folder``, or where the platform wants them."""
        self.folder = folder or usual_folder()
        name = hashlib.sha256(address.casefold().encode()).hexdigest()[:32]
        self.path = self.folder / f"{name}.tokens"

    @property
    def exists(self) -> bool:
        """Whether anything is kept."""
        return self.path.exists()

    def load(self) -> Kept | None:
        """Return what is kept.

        :raises StoreError: it cannot be read.
        """
        if not self.exists:
            return None
        try:
            data = json.loads(_persistence(self.path).load())
            if data["format"] != FORMAT:
                raise StoreError(f"{self.path} was written by another version; sign in again with 'maildiag authorize'")
            return Kept(client_id=str(data["client_id"]), authority=str(data["authority"]),
                        scopes=tuple(map(str, data["scopes"])), cache=str(data["cache"]))  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError) as error:
            hint = "sign in again with 'maildiag authorize', or remove it by --forget"
            raise StoreError(f"{self.path} cannot be read ({type(error).__name__}); {hint}") from None

    def save(self, kept: Kept) -> bool:
        """Keep tokens in place of those that were kept before; return whether they are encrypted.

        :raises StoreError: they cannot be kept; what was kept before is still there.
        """
        text = json.dumps({"format": FORMAT, "client_id": kept.client_id, "authority": kept.authority,
                           "scopes": kept.scopes, "cache": kept.cache})  # fmt: skip
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                return self._replace(text)
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror or type(error).__name__}") from None

    def forget(self) -> bool:
        """Remove what is kept; return whether there was anything.

        :raises StoreError: it cannot be removed.
        """
        if not self.exists:
            return False
        try:
            with self._locked():
                persistence = _persistence(self.path)
                if not _is_file(persistence):
                    persistence.save("")
                self._tidy()
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror or type(error).__name__}") from None
        return True

    def _replace(self, text: str) -> bool:
        persistence = _persistence(self.path)
        self._tidy()
        if not _is_file(persistence):  # a key store of the system, which replaces in one step by itself
            persistence.save(text)
            return bool(persistence.is_encrypted)
        beside = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}.new")
        type(persistence)(str(beside)).save(text)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(self.path)
        return bool(persistence.is_encrypted)

    def _tidy(self) -> None:
        """Remove what runs that were killed have left beside the tokens."""
        for left in self.folder.glob(f"{self.path.name}.*.new"):
            left.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of this mailbox; the system takes it back from a process that ends in whatever way."""
        with self.path.with_suffix(".lock").open("ab") as file:
            if sys.platform == "win32":
                import msvcrt  # noqa: PLC0415  only there

                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl  # noqa: PLC0415  not on Windows

                fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            yield


def need_library() -> None:
    """Make sure that tokens can be kept at all.

    :raises StoreError: msal-extensions is not installed.
    """
    try:
        import msal_extensions  # noqa: F401  only whether it is there
    except ImportError:
        raise StoreError(MISSING) from None


def _persistence(path: Path) -> Any:
    """Return the best that this platform can do: its key store, or else a file that only the user can read.

    :raises StoreError: msal-extensions is not installed.
    """
    need_library()
    from msal_extensions import persistence as kinds

    try:
        return kinds.build_encrypted_persistence(str(path))
    except Exception:  # noqa: BLE001  whatever keeps the key store from working, from a missing package to a locked one
        return kinds.FilePersistence(str(path))


def _is_file(persistence: Any) -> bool:
    from msal_extensions import persistence as kinds

    return isinstance(persistence, kinds.FilePersistence)
