"""What Entra ID says when it refuses, by the table ``aadsts.toml``, and sign-ins that came to no end."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from diag.model.actions import HttpExchange
from diag.model.failure import FailureCode
from diag.model.finding import Finding
from diag.model.signin import TenantDiscovery, TokenGrant
from diag.rules.facts import host_and_port
from diag.rules.sign_ins import outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.model.finding import Value
    from diag.rules.facts import Facts, Seen

_PREFIX = re.compile(r"^AADSTS\d+: ")
_TAIL = re.compile(r"\s*(?:\\x0d\\x0a)?\s*Trace ID: .*$", re.DOTALL)
_NAMED = re.compile(
    r"named '([^']{1,80})'|[Aa]pplication '[0-9a-f-]{36}'\(([^)]{1,80})\)|application ([^'(]{1,80}) \('"
)
PURPOSES = {"tenant", "account", "token", "device code", "configuration"}
"""What is asked of a sign-in service and answered in JSON."""
LEADS_BACK_TO = "http://localhost"
"""Where the consent page leads to at its end, which must be given and registered: as for 'maildiag authorize'."""
_BROKEN = {
    FailureCode.CONNECTION_CLOSED: "it closed the connection",
    FailureCode.CONNECTION_RESET: "the connection was reset",
    FailureCode.READ_TIMEOUT: "it did not answer",
    FailureCode.REPLY_MALFORMED: "what came is no HTTP",
    FailureCode.REPLY_TOO_LONG: "its answer has no end",
}
_SERVER_ERROR = 500


@cache
def table() -> dict[int, dict[str, Any]]:
    """Return what each AADSTS number means."""
    import tomllib  # noqa: PLC0415  only where something was refused

    rows = tomllib.loads(files("diag.data").joinpath("aadsts.toml").read_text("utf-8"))
    return {int(number): row for number, row in rows.items()}


def refused(facts: Facts) -> Iterator[Finding]:
    """A token was refused. The number decides; one that is not known is quoted."""
    for seen in facts.failed(TokenGrant, FailureCode.REPLY_REFUSED):
        action = seen.action
        number = next((code for code in action.error_codes if code in table()), None)
        row = table().get(number or 0, {"finding": "entra/error-unknown", "means": "a number that is not in the table"})
        shown = number or next(iter(action.error_codes), 0)
        values = {**_values(facts, seen), "number": shown or action.error or "none", "means": row["means"]}
        yield Finding(code=str(row["finding"]), subject=facts.target.address, evidence=(seen.number,), values=values)


def _values(facts: Facts, seen: Seen[TokenGrant]) -> dict[str, Value]:
    action = seen.action
    said = action.description or action.error or "nothing"
    named = _NAMED.search(said)
    names = [scope.rpartition("/")[2] for scope in action.scopes if scope != "offline_access"]
    scopes = " ".join(action.scopes)
    asked = {"client_id": action.client_id, "redirect_uri": LEADS_BACK_TO, "scope": scopes}
    consent = f"{action.authority}/v2.0/adminconsent?{urlencode(asked, safe='/:.', quote_via=quote)}"
    return {
        "user": facts.target.user,
        "address": facts.target.address,
        "app": next(filter(None, named.groups()), action.client_id)
        if named
        else f"the one with the id {action.client_id}",
        "app_id": action.client_id,
        "authority": action.authority,
        "tenant": action.authority.rpartition("/")[2],
        "scopes": scopes,
        "permissions": ", ".join(names),
        "consent_url": consent,
        "description": _TAIL.sub("", _PREFIX.sub("", said)),
        "policy": f" The policy that refused has the identifier {', '.join(action.policies)}."
        if action.policies
        else "",
        "correlation": action.correlation_id or "unknown",
        "timestamp": action.timestamp or "time unknown",
    }


def tenant(facts: Facts) -> Iterator[Finding]:
    """The domain of the mailbox belongs to no tenant of this sign-in service, and nothing could be signed in to."""
    if any(one.outcome == "works" for one in outcomes(facts)):
        return
    for seen in facts.failed(TenantDiscovery, FailureCode.REPLY_REFUSED):
        number = next((code for code in seen.action.error_codes if code in table()), 0)
        if table().get(number, {}).get("finding") == "entra/tenant-not-found":
            said = seen.action.description or "nothing"
            values: dict[str, Value] = {
                "number": number,
                "means": str(table()[number]["means"]),
                "tenant": seen.action.domain,
                "address": facts.target.address,
                "description": _TAIL.sub("", _PREFIX.sub("", said)),
                "correlation": seen.action.correlation_id or "unknown",
                "timestamp": "the time of this check",
            }
            yield Finding(
                code="entra/tenant-not-found", subject=facts.target.address, evidence=(seen.number,), values=values
            )


def unfinished(facts: Facts) -> Iterator[Finding]:
    """The person did not come back from the browser."""
    for seen in facts.failed(TokenGrant, FailureCode.READ_TIMEOUT):
        waited = seen.failure.detail if seen.failure else ""
        values = {**_values(facts, seen), "waited": waited or "the time allowed"}
        yield Finding(
            code="entra/sign-in-not-finished", subject=facts.target.address, evidence=(seen.number,), values=values
        )


def unusable(facts: Facts) -> Iterator[Finding]:
    """What answers at the sign-in host is no sign-in service."""
    said = any(seen.action.error_codes for seen in facts.failed(TokenGrant, FailureCode.REPLY_REFUSED))
    for seen in facts.of(HttpExchange):
        action = seen.action
        if action.purpose not in PURPOSES:
            continue
        problem = _BROKEN.get(seen.code) if seen.code else None
        kind = (action.content_type or "").partition(";")[0].strip().lower()
        if seen.failure is None and (action.status or 0) >= _SERVER_ERROR and not (said and kind.endswith("json")):
            problem = f"status {action.status}"
        elif seen.failure is None and not kind.endswith("json"):
            problem = f"status {action.status} with {kind or 'no type'} in place of JSON"
        if problem:
            values = {**host_and_port(seen.subject), "seen": problem}
            values["host"] = urlsplit(action.url).hostname or values["host"]
            yield Finding(code="entra/answer-unusable", subject=seen.subject, evidence=(seen.number,), values=values)
