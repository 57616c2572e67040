"""Back to the application: a redirect, or a form that posts itself, with a code or with an error."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from fakes import tokens
from fakes.entra import aadsts, pages
from fakes.web import Reply

if TYPE_CHECKING:
    from fakes.directory import Directory
    from fakes.entra.aadsts import Refused
    from fakes.entra.visit import Visit

IN_A_REDIRECT = {"invalid_grant": "access_denied", "invalid_client": "unauthorized_client"}
"""What errors of the token endpoint are called in a redirect (RFC 6749 section 4.1.2.1 knows fewer)."""


def with_code(visit: Visit, code: str) -> Reply:
    """Take an authorization code to the application."""
    return _back(visit, {"code": code, "session_state": str(uuid.uuid4())})


def with_error(visit: Visit, refusal: Refused, directory: Directory) -> Reply:
    """Tell the application why there is no code."""
    body = describe(refusal, directory)
    error = IN_A_REDIRECT.get(body["error"], body["error"])
    if visit.prompt == "none" and error == "access_denied":
        error = "interaction_required"  # a person at a page could go on (OpenID Connect Core section 3.1.2.6)
    fields = {"error": error, "error_description": body["error_description"], "error_uri": body["error_uri"]}
    if "suberror" in body:
        fields["error_subcode"] = body["suberror"]
    return _back(visit, fields)


def consented(visit: Visit, directory: Directory) -> Reply:
    """Tell the application that an administrator has consented."""
    scope = " ".join(item.text for item in visit.asked)
    tenant = tokens.identifier(directory.tenant.name)
    return _back(visit, {"admin_consent": "True", "tenant": tenant, "scope": scope})


def describe(refusal: Refused, directory: Directory) -> dict[str, Any]:
    """Make the body of a refusal."""
    values = {**aadsts.usual(directory), **refusal.values}
    return aadsts.describe(refusal.number, now=directory.now(), correlation=str(uuid.uuid4()), **values)


def _back(visit: Visit, fields: dict[str, str]) -> Reply:
    if visit.state is not None:
        fields["state"] = visit.state
    if visit.mode == "form_post":
        return pages.form_post(visit.redirect_uri, fields)
    url = urlsplit(visit.redirect_uri)
    if visit.mode == "fragment":
        return Reply.redirect(urlunsplit(url._replace(fragment=urlencode(fields))))
    query = "&".join(part for part in (url.query, urlencode(fields)) if part)
    return Reply.redirect(urlunsplit(url._replace(query=query)))
