"""Server contexts of the ssl module for chains that exist in memory only."""

from __future__ import annotations

import ssl
import warnings
from typing import TYPE_CHECKING

import trustme
from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
OLD = {"TLSv1", "TLSv1.1"}


class Outspoken(ssl.SSLObject):
    """The server's half of a handshake that says why it fails.

    asyncio hangs up at an error without sending the alert that OpenSSL has ready (RFC 8446 section 6.2). So the error
    is kept for the next turn: the client closes on the alert, and what is read then ends the handshake.
    """

    _failed: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        """Go on with the handshake."""
        if self._failed is not None:
            raise self._failed
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._failed = error
            raise ssl.SSLWantReadError from error


WEB = "http/1.1"
"""HTTP's name as an application protocol; the others have that of what a service speaks (RFC 2595, RFC 7301)."""


def server_context(versions: Sequence[str], *, weak: bool = False, protocols: Sequence[str] = ()) -> ssl.SSLContext:
    """Make a context that speaks ``versions``; a ``weak`` one may show keys and signatures of the past.

    Of the application protocols that a client offers by ALPN it takes one of ``protocols``, and else ignores them.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = Outspoken
    if OLD.intersection(versions) or weak:
        context.set_ciphers("ALL:@SECLEVEL=0")
    if protocols:
        context.set_alpn_protocols(list(protocols))
    wanted = [VERSIONS[name] for name in versions]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # being old is what such a service is for
        context.minimum_version, context.maximum_version = min(wanted), max(wanted)
    return context


def load(context: ssl.SSLContext, key: bytes, chain: Sequence[x509.Certificate]) -> ssl.SSLContext:
    """Give a context its key (PEM) and chain, and return it."""
    blob = key + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
    with trustme.Blob(blob).tempfile() as path:
        context.load_cert_chain(path)
    return context
