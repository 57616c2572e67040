"""Refusals in Entra's words: a number into the body, the headers and the redirect that come with it."""

from __future__ import annotations

import tomllib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any

from fakes import tokens
from fakes.permissions import resources
from fakes.web import Reply

if TYPE_CHECKING:
    from fakes.directory import Directory
    from fakes.web import Request

RETRY_AFTER = 5
"""Seconds that a client is told to wait where the service is overloaded."""
POLICY = str(uuid.uuid5(uuid.NAMESPACE_DNS, "policy.contoso.example"))
"""The Conditional Access policy that refuses."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a number."""

    number: int
    error: str
    text: str
    status: int = 400
    suberror: str | None = None
    claims: bool = False
    """Whether the body names the policy in ``claims``."""
    discovery_error: str | None = None
    """The ``error`` where the tenant is looked up, if it is another one there."""
    declared: bool = False
    """Whether only a declaration leads to it."""


@cache
def table() -> dict[int, Row]:
    """Return every number that this Entra can answer."""
    raw = tomllib.loads(files("fakes.data").joinpath("aadsts.toml").read_text("utf-8"))
    return {int(number): _row(int(number), dict(entry)) for number, entry in raw.items()}


def _row(number: int, entry: dict[str, Any]) -> Row:
    return Row(number=number, declared=entry.pop("from") == "declared", **entry)


class Refused(Exception):  # noqa: N818  an answer
    """Entra says no: ``number`` with what fills its text in, and another ``error`` than the table's where there is."""

    def __init__(self, number: int, *, error: str | None = None, **values: str) -> None:
        """Say why by number."""
        super().__init__(number)
        self.number = number
        self.error = error
        self.values = values


def describe(number: int, *, now: float, correlation: str, **values: str) -> dict[str, Any]:
    """Make the body of an error."""
    row = table()[number]
    text = Formatter().vformat(row.text, (), Blank(values))
    trace, stamp = str(uuid.uuid4()), datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    tail = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    body: dict[str, Any] = {
        "error": row.error,
        "error_description": f"AADSTS{number}: {text} {tail}",
        "error_codes": [number],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }
    if row.suberror:
        body["suberror"] = row.suberror
    if row.claims:
        body["claims"] = f'{{"access_token":{{"capolids":{{"essential":true,"values":["{POLICY}"]}}}}}}'
    return body


class Blank(dict[str, str]):
    """Values of which the missing ones stand as they are named."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def reply(number: int, *, now: float, correlation: str, error: str | None = None, **values: str) -> Reply:
    """Answer with an error, as the token endpoint and discovery do."""
    row = table()[number]
    body = describe(number, now=now, correlation=correlation, **values)
    if error:
        body["error"] = error
    later = (("Retry-After", str(RETRY_AFTER)),) if row.status == HTTPStatus.SERVICE_UNAVAILABLE else ()
    return Reply.json(body, row.status, *headers(body["trace_id"]), *later)


def usual(directory: Directory) -> dict[str, str]:
    """Return the values that most texts are filled in with."""
    app, tenant = directory.application, directory.tenant
    return {
        "app": app.name,
        "app_id": app.client_id,
        "tenant": tenant.name,
        "tenant_id": tokens.identifier(tenant.name),
        "resource": resources()["exchange"].app_id,
    }


def headers(trace: str) -> tuple[tuple[str, str], ...]:
    """Return the headers that come with every answer of the token endpoint."""
    return (
        ("Cache-Control", "no-store, no-cache"),
        ("Pragma", "no-cache"),
        ("Expires", "-1"),
        ("P3P", 'CP="DSP CUR OTPi IND OTRi ONL FIN"'),
        *served_by(trace),
    )


def served_by(trace: str) -> tuple[tuple[str, str], ...]:
    """Return the headers by which Microsoft finds a request again."""
    return (("x-ms-request-id", trace), ("x-ms-ests-server", "2.1.22045.4 - NEULR1 ProdSlices"))


def correlation_of(request: Request) -> str:
    """Return the identifier by which the client will find its request again: its own, where it gave one."""
    given = request.headers.get("client-request-id") or request.query.get("client-request-id", "")
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid4())
