"""At a request over HTTP: a service that has no time, pages that are lost, and devices that answer in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fakes.behaviours import at

if TYPE_CHECKING:
    from fakes.web import Reply, Request

THROTTLED = {"error": {"code": "TooManyRequests", "message": "Too many requests. Please retry after 1 second."}}
UNAVAILABLE = {"error": {"code": "ServiceNotAvailable", "message": "The service is temporarily unavailable."}}
EXPIRED = {
    "error": {
        "code": "Directory_ExpiredPageToken",
        "message": "The specified page token value has expired and can no longer be included in your request.",
    }
}
COLLECTIONS = (
    "/users", "/licensedetails", "/serviceprincipals", "/delegatedpermissionclassifications", "/oauth2permissiongrants",
    "/approleassignments", "/approleassignedto", "/directoryaudits", "/signins", "/permissiongrantpolicies",
)  # fmt: skip
"""Ends of the paths of what comes in pages."""
TERMS = "<html><body><h1>Please accept our terms of use</h1></body></html>"


@at("request")
def throttles(*_: object) -> Reply | None:
    """Answer every request with 429 and a time after which it would be welcome, which never comes."""
    from fakes.web import Reply

    return Reply.json(THROTTLED, 429, ("Retry-After", "1"))


@at("request")
def throttles_at_first(request: Request, earlier: int) -> Reply | None:
    """Answer each request with 429 the first time, and properly when it is made again."""
    return None if earlier else throttles(request)


@at("request")
def fails_at_first(_: Request, earlier: int) -> Reply | None:
    """Answer each request with 503 the first time, without a word of when to come back."""
    from fakes.web import Reply

    return None if earlier else Reply.json(UNAVAILABLE, 503)


@at("request")
def one_by_one(request: Request, _: int) -> Request | None:
    """Give one row a page, whatever the client asks for, as Graph may."""
    many = request.path.lower().endswith(COLLECTIONS)
    return replace(request, query={**request.query, "$top": "1"}) if many else None


@at("request")
def loses_pages(request: Request, _: int) -> Reply | None:
    """Know nothing any more of the page that its own link leads to."""
    from fakes.web import Reply

    return Reply.json(EXPIRED, 400) if "$skiptoken" in request.query else None


@at("request")
def cuts_answers(*_: object) -> Reply:
    """Break off in the middle of the answer."""
    from fakes.web import Reply

    return replace(Reply.json({"value": [{"id": "1"}], "more": "x" * 1000}), cut=True)


@at("request")
def answers_pages_for_people(*_: object) -> Reply:
    """Answer with a page for people, as a device does that wants somebody to accept its terms."""
    from fakes.web import Reply

    return Reply.html(TERMS)
