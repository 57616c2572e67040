"""Which roots are trusted, and what each set of them says of a chain that was sent.

Three stores are kept apart, because "Outlook works, your helpdesk does not" is a difference between them: ``public``
(Mozilla's list, what most programs ship), ``system`` (what the operating system and its administrator trust) and
``custom`` (a file that the user named). The live handshake trusts ``public`` and ``custom`` only, since a credential
may go nowhere else. The judgement per store is made offline by OpenSSL's own verifier.
"""

from __future__ import annotations

import contextlib
import re
import ssl
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from diag.model.actions import StoreVerdict
from diag.wire import timestamps
from diag.wire.hello import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from OpenSSL import crypto

    from diag.model.actions import Timestamp
    from diag.wire.hello import Version
    from diag.wire.timestamps import LogList

StoreName = Literal["public", "system", "custom"]
_PEM_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
_MAC_KEYCHAINS = (
    "/System/Library/Keychains/SystemRootCertificates.keychain",
    "/Library/Keychains/System.keychain",
)
SOON = timedelta(minutes=1)
"""For how long a verdict is not made anew: a check meets the same chain at several addresses and ports."""
MOST_KNOWN = 1024
"""Chains for which verdicts are kept."""
_ORIGINS = {"public": "Mozilla's list (certifi)", "system": "the operating system", "custom": "--cacert"}


def mozilla_roots() -> str:
    """Return Mozilla's list of public roots, as PEM."""
    import certifi  # noqa: PLC0415  needed only where a real handshake is judged

    return certifi.contents()


def system_roots() -> str:
    """Return the roots of the operating system as PEM, or an empty text where they cannot be listed."""
    if sys.platform == "win32":
        stores = [entry for name in ("ROOT", "CA") for entry in ssl.enum_certificates(name)]
        return "".join(ssl.DER_cert_to_PEM_cert(der) for der, encoding, _ in stores if encoding == "x509_asn")
    if sys.platform == "darwin":
        command = ["/usr/bin/security", "find-certificate", "-a", "-p", *_MAC_KEYCHAINS]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout  # noqa: S603  a fixed command
    bundle = ssl.get_default_verify_paths().openssl_cafile
    for path in (bundle, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"):
        try:
            return Path(path).read_text(encoding="ascii", errors="ignore")
        except OSError:
            continue
    return ""


def _context(versions: tuple[Version, Version]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version, context.maximum_version = (
        ssl.TLSVersion[version.replace(".", "_")] for version in versions
    )
    # Set outright: Python 3.13 adds VERIFY_X509_STRICT by default, and the same path must give the same verdict.
    context.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST
    return context


@lru_cache(maxsize=8)
def _verifying(versions: tuple[Version, Version], public: str, custom: str | None) -> ssl.SSLContext:
    """Make a context once for all checks with the same roots: to read Mozilla's takes 10 ms."""
    context = _context(versions)
    context.load_verify_locations(cadata=public)
    if custom:
        context.load_verify_locations(cadata=custom)
    return context


@lru_cache(maxsize=8)
def _accepting(versions: tuple[Version, Version]) -> ssl.SSLContext:
    context = _context(versions)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@lru_cache(maxsize=8)
def _parsed(pem: str) -> tuple[crypto.X509, ...]:
    """Read a list of roots once for all checks: the system's takes 20 ms."""
    from OpenSSL import crypto

    roots = []
    for block in _PEM_BLOCK.findall(pem):
        with contextlib.suppress(crypto.Error):  # one odd root of a system must not cost the others
            roots.append(crypto.load_certificate(crypto.FILETYPE_PEM, block.encode()))
    return tuple(roots)


@lru_cache(maxsize=8)
def _judged(*stores: str) -> dict[tuple[bytes, ...], tuple[datetime, tuple[StoreVerdict, ...]]]:  # noqa: ARG001  the key
    """Return what was said of which chain, and when, by all checks with the same ``stores`` (PEM)."""
    return {}


@dataclass
class Trust:
    """The three stores. ``public`` and ``system`` are PEM texts, or None for the real ones of this computer."""

    public: str | None = None
    system: str | None = None
    custom: str | None = None
    logs: LogList | None = None
    """The Certificate Transparency logs that are known; None: the list that comes with the tool."""
    versions: tuple[Version, Version] = ("TLSv1.2", "TLSv1.3")
    """The lowest and the highest TLS version that this client speaks."""

    @property
    def live(self) -> tuple[StoreName, ...]:
        """The stores that a live handshake is verified against."""
        return ("public", "custom") if self.custom else ("public",)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """A verifying client context for TLS 1.2 and later, made once."""
        return _verifying(self.versions, self._pem("public"), self.custom)

    @cached_property
    def unverified_context(self) -> ssl.SSLContext:
        """A context that accepts any certificate, for ``--sign-in-anyway`` alone."""
        return _accepting(self.versions)

    @property
    def offered(self) -> tuple[Version, ...]:
        """The TLS versions between the lowest and the highest."""
        lowest, highest = (VERSIONS.index(version) for version in self.versions)
        return VERSIONS[lowest : highest + 1]

    def stamps(self, chain: Sequence[bytes]) -> tuple[tuple[Timestamp, ...], str]:
        """Judge the timestamps of the leaf by the logs that are known; return the day of their list too."""
        known = self.logs or timestamps.shipped()
        return timestamps.judge(chain[0], chain[1] if len(chain) > 1 else None, known), known.dated.isoformat()

    def describe(self) -> tuple[str, ...]:
        """Say where each store comes from, for the record."""
        names: list[StoreName] = ["public", "system", *(["custom"] if self.custom else [])]  # type: ignore[list-item]
        return tuple(f"{name}: {_ORIGINS[name]}" for name in names)

    def judge(self, chain: Sequence[bytes], at: datetime) -> tuple[StoreVerdict, ...]:
        """Verify ``chain`` (DER, leaf first) against each store as of ``at``, without the network and without names."""
        if not chain:
            return ()
        from OpenSSL import crypto

        names: tuple[StoreName, ...] = ("public", "system", "custom")
        stores = [name for name in names if self._has(name)]
        try:
            certificates = [crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in chain]
        except crypto.Error:
            text = "a certificate of the chain cannot be read"
            verdicts = tuple(StoreVerdict(store=name, trusted=False, code=1, text=text) for name in stores)
        else:
            verdicts = tuple(self._judge(name, certificates, at) for name in stores)
        known = self._known()
        if len(known) >= MOST_KNOWN:
            known.clear()
        known[tuple(chain)] = at, verdicts
        return verdicts

    def judged(self, chain: Sequence[bytes], at: datetime) -> tuple[StoreVerdict, ...] | None:
        """Return what was said of ``chain`` less than a minute before ``at``; None where it has to be judged."""
        when, verdicts = self._known().get(tuple(chain), (None, ()))
        return verdicts if when is not None and abs(at - when) < SOON else None

    def _known(self) -> dict[tuple[bytes, ...], tuple[datetime, tuple[StoreVerdict, ...]]]:
        return _judged(self._pem("public"), self._pem("system"), self._pem("custom"))

    def system_certificates(self) -> list[bytes]:
        """Return the roots of the operating system as DER."""
        found = []
        for block in _PEM_BLOCK.findall(self._pem("system")):
            with contextlib.suppress(ValueError):
                found.append(ssl.PEM_cert_to_DER_cert(block))
        return found

    def _has(self, name: StoreName) -> bool:
        return bool(self.custom) if name == "custom" else bool(self._pem(name).strip())

    def _pem(self, name: StoreName) -> str:
        if name == "custom":
            return self.custom or ""
        if name == "public":
            if self.public is None:
                self.public = mozilla_roots()
            return self.public
        if self.system is None:
            self.system = system_roots()
        return self.system

    def _judge(self, name: StoreName, certificates: list[crypto.X509], at: datetime) -> StoreVerdict:
        from OpenSSL import crypto

        store = crypto.X509Store()  # a new one each time: the time of a store cannot be set twice
        for root in _parsed(self._pem(name)):
            store.add_cert(root)
        store.set_time(at.replace(tzinfo=None))
        context = crypto.X509StoreContext(store, certificates[0], chain=certificates[1:])
        try:
            context.verify_certificate()
        except crypto.X509StoreContextError as error:
            code, depth, text = error.errors
            return StoreVerdict(store=name, trusted=False, code=int(code), depth=int(depth), text=str(text))
        return StoreVerdict(store=name, trusted=True)
