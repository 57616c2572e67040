"""At a request over HTTP: a service that has no time, once or always."""

from __future__ import annotations

import json

from fakes.behaviours import at

Answer = tuple[int, bytes, tuple[tuple[str, str], ...]]
"""Status, body and headers."""
THROTTLED = {"error": {"code": "TooManyRequests", "message": "Too many requests. Please retry after 1 second."}}
UNAVAILABLE = {"error": {"code": "ServiceNotAvailable", "message": "The service is temporarily unavailable."}}


@at("request")
def throttles(earlier: int) -> Answer | None:
    """Answer every request with 429 and a time after which it would be welcome, which never comes."""
    del earlier
    return 429, json.dumps(THROTTLED).encode(), (("Content-Type", "application/json"), ("Retry-After", "1"))


@at("request")
def throttles_at_first(earlier: int) -> Answer | None:
    """Answer each request with 429 the first time, and properly when it is made again."""
    return throttles(earlier) if earlier == 0 else None


@at("request")
def fails_at_first(earlier: int) -> Answer | None:
    """Answer each request with 503 the first time, without a word of when to come back."""
    if earlier:
        return None
    return 503, json.dumps(UNAVAILABLE).encode(), (("Content-Type", "application/json"),)
