"""Who issues for whom: public CAs, the issuers of the well-known services, and what both always do."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diag.model.actions import Certificate

UNTRUSTED = {2, 18, 19, 20, 21}
"""OpenSSL's codes for a chain that ends at no trusted root (x509_vfy.h)."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("diag.data").joinpath("issuers.toml").read_text("utf-8"))


def attribute(name: str, key: str) -> str:
    """Return one attribute of a distinguished name as :mod:`diag.wire.x509` writes it, empty where it has none."""
    match = re.search(rf"(?:^|, ){key}=((?:\\,|[^,])*)", name)
    return match[1].replace("\\,", ",") if match else ""


def is_public_issuer(certificate: Certificate) -> bool:
    """Tell whether a certificate names a public CA as its issuer; the name alone proves nothing."""
    return is_public_organisation(attribute(certificate.issuer, "O"))


def is_public_organisation(name: str) -> bool:
    """Tell whether an organisation runs a public CA."""
    return name in _table()["public"]["organisations"]


def _within(host: str, names: list[str]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def _service(host: str) -> dict[str, Any] | None:
    return next((row for row in _table()["service"] if _within(host, row["hosts"])), None)


def service_of(host: str) -> str | None:
    """Name the well-known service that a host belongs to."""
    row = _service(host)
    return str(row["name"]) if row else None


def expected_issuers(host: str) -> tuple[str, ...]:
    """Return the organisations that issue for a well-known mail service, none for any other host."""
    row = _service(host)
    return tuple(row["organisations"]) if row else ()


def refuses(host: str, version: str) -> bool:
    """Tell whether a host is known to refuse a TLS version."""
    row = _service(host)
    return row is not None and version in row["refuses"] and host not in row["except"]


def takes(host: str, version: str) -> bool:
    """Tell whether a host is known to take a TLS version."""
    row = _service(host)
    return row is not None and _within(host, row["takes"].get(version, [])) and host not in row["except"]


def longest_life(issued: datetime) -> timedelta | None:
    """Return the longest life that a public CA may give a certificate issued then, with a day to spare."""
    days = None
    for row in _table()["longest"]:
        if issued >= datetime.combine(row["from"], datetime.min.time(), UTC):
            days = row["days"]
    return timedelta(days=days + 1) if days else None
