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


def server_context(versions: Sequence[str], *, weak: bool = False) -> ssl.SSLContext:
    """Make a context that speaks ``versions``; a ``weak`` one may show keys and signatures of the past."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if OLD.intersection(versions) or weak:
        context.set_ciphers("ALL:@SECLEVEL=0")
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
