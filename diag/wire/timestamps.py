"""Signed certificate timestamps: whether a public log has really seen a certificate (RFC 6962 section 3).

A timestamp is a log's signature over the certificate and the key of its issuer, so nobody but a CA that the log accepts
can have one made, and none can be taken from another certificate. Whether one is there proves little; whether its
signature holds proves much. Keys of logs come from a list with a date: what an unlisted log has signed is unknown.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import tomllib
import warnings
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from diag.model.actions import Timestamp

if TYPE_CHECKING:
    from cryptography import x509

FRESH = timedelta(days=70)
"""How long a list may be relied upon to have every log in use: what browsers allow themselves."""
MOST_TIMESTAMPS = 16
"""Timestamps of one certificate that are judged; certificates carry two to five."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRECERT_ENTRY = 1
Verdict = Literal["valid", "invalid", "unknown-log", "no-issuer"]


@dataclass(frozen=True, slots=True)
class Log:
    """One log: what it is called, and its public key as SubjectPublicKeyInfo."""

    name: str
    key: bytes

    @property
    def id(self) -> str:
        """The hash of the key, in hexadecimal."""
        return hashlib.sha256(self.key).hexdigest()


@dataclass(frozen=True, slots=True)
class LogList:
    """The logs that are known, as of a day."""

    dated: date
    logs: dict[str, Log] = field(default_factory=dict)
    """By identifier."""

    @classmethod
    def of(cls, dated: date, logs: tuple[Log, ...]) -> LogList:
        """Make a list."""
        return cls(dated, {log.id: log for log in logs})

    def is_fresh(self, at: datetime) -> bool:
        """Tell whether a log that is missing here can be expected not to be in use."""
        return at.date() - self.dated <= FRESH


@cache
def shipped() -> LogList:
    """Return the list that comes with the tool."""
    found = tomllib.loads(files("diag.data").joinpath("ct_logs.toml").read_text("utf-8"))
    logs = (Log(f"{operator} {name}", base64.b64decode(key)) for operator, name, _, _, key in found["logs"])
    return LogList.of(found["date"], tuple(logs))


def judge(leaf: bytes, issuer: bytes | None, known: LogList) -> tuple[Timestamp, ...]:
    """Judge the timestamps embedded in ``leaf`` (DER); ``issuer`` is the certificate sent after it, if any.

    What cannot be read has no timestamps: a hostile certificate must not end a measurement.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd serials and the like are for the rules to judge
            return _judge(leaf, issuer, tuple(known.logs.items()))
    except Exception:  # noqa: BLE001  whatever the parser raises on hostile bytes
        return ()


@lru_cache(maxsize=256)
def _judge(leaf: bytes, issuer: bytes | None, known: tuple[tuple[str, Log], ...]) -> tuple[Timestamp, ...]:
    """Judge once: a check meets the same certificate at every address and port."""
    from cryptography import x509

    logs = dict(known)

    found = x509.load_der_x509_certificate(leaf)
    embedded = found.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
    above = x509.load_der_x509_certificate(issuer) if issuer else None
    if above is not None and above.subject != found.issuer:
        above = None
    return tuple(_one(found, above, sct, logs) for sct in list(embedded)[:MOST_TIMESTAMPS])


def _one(
    leaf: x509.Certificate,
    issuer: x509.Certificate | None,
    sct: x509.certificate_transparency.SignedCertificateTimestamp,
    logs: dict[str, Log],
) -> Timestamp:
    at = sct.timestamp.replace(tzinfo=UTC)
    log = logs.get(sct.log_id.hex())
    verdict: Verdict = "unknown-log"
    if log is not None:
        verdict = "no-issuer" if issuer is None else "valid" if _holds(leaf, issuer, sct, log) else "invalid"
    return Timestamp(log_id=sct.log_id.hex(), log=log.name if log else "", at=at.isoformat(), verdict=verdict)


def _holds(
    leaf: x509.Certificate,
    issuer: x509.Certificate,
    sct: x509.certificate_transparency.SignedCertificateTimestamp,
    log: Log,
) -> bool:
    """Verify the signature over what RFC 6962 section 3.2 says is signed."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_der_public_key,
    )

    of_issuer = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    moment = (sct.timestamp.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
    tbs, extensions = leaf.tbs_precertificate_bytes, sct.extension_bytes
    signed = struct.pack("!BBQH", 0, 0, moment, _PRECERT_ENTRY)
    signed += hashlib.sha256(of_issuer).digest() + struct.pack("!I", len(tbs))[1:] + tbs
    signed += struct.pack("!H", len(extensions)) + extensions
    key = load_der_public_key(log.key)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(sct.signature, signed, ec.ECDSA(sct.signature_hash_algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(sct.signature, signed, padding.PKCS1v15(), sct.signature_hash_algorithm)
        else:
            return False
    except InvalidSignature:
        return False
    return True
