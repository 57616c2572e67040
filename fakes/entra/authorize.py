"""Where a browser is sent to sign somebody in: the authorization and admin consent endpoints, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fakes.entra import pages, returning, scopes
from fakes.entra.aadsts import Refused
from fakes.entra.tenants import tenant_of
from fakes.entra.token import check_client
from fakes.entra.visit import COOKIE, Visit, begin
from fakes.web import Reply, Route

if TYPE_CHECKING:
    from fakes.declare import Application
    from fakes.server import Context
    from fakes.web import Request

LOOPBACK = {"localhost", "127.0.0.1"}
MODES = {"query", "fragment", "form_post"}


async def authorize(request: Request, context: Context) -> Reply:
    """RFC 6749 section 4.1.1: begin a sign-in that ends with a code."""
    asked = request.form if request.method == "POST" else request.query
    try:
        redirect_uri = _check(request, asked, context)
    except Refused as refusal:  # nobody must be sent to an address that is not the application's
        return pages.error(returning.describe(refusal, context.directory)["error_description"], status=400)
    visit = Visit("code", (), redirect_uri, state=asked.get("state"), prompt=asked.get("prompt", ""))
    try:
        _fill(visit, asked)
    except Refused as refusal:
        return returning.with_error(visit, refusal, context.directory)
    return begin(visit, request, context)


def _check(request: Request, asked: dict[str, str], context: Context) -> str:
    """Find the tenant and the application, and return where the sign-in leads back to.

    :raises Refused: one of them is not right.
    """
    directory, name = context.directory, request.parts["tenant"]
    tenant = tenant_of(name, directory)
    if tenant is None:
        raise Refused(90002, t=name)
    if not asked.get("client_id"):
        raise Refused(900144, name="client_id")
    check_client(asked["client_id"], tenant, directory)
    app = directory.application
    if not app.redirect_uris:
        raise Refused(500113)
    wanted = asked.get("redirect_uri") or app.redirect_uris[0]
    if not is_registered(wanted, app):
        raise Refused(50011, redirect_uri=wanted)
    return wanted


def is_registered(uri: str, app: Application) -> bool:
    """Tell whether a sign-in may lead back to ``uri``; on the client's own computer any port will do (RFC 8252)."""
    return any(_plain(uri) == _plain(known) for known in app.redirect_uris) and uri.isascii() and uri.isprintable()


def _plain(uri: str) -> tuple[str, str, str, str]:
    try:
        url = urlsplit(uri)
        host, port = url.hostname or "", str(url.port or "")
    except ValueError:
        return ("", "", "", uri)
    local = url.scheme == "http" and host in LOOPBACK
    return (url.scheme, host, "" if local else port, url.path.rstrip("/"))


def _fill(visit: Visit, asked: dict[str, str]) -> None:
    """Take over what the application wants.

    :raises Refused: something of it is missing or wrong.
    """
    mode = asked.get("response_mode", "query")
    visit.mode = mode if mode in MODES else "query"
    for name in ("response_type", "scope"):
        if not asked.get(name):
            raise Refused(900144, name=name)
    if asked["response_type"] != "code":
        raise Refused(90023, name="response_type")
    visit.asked = scopes.read(asked["scope"])
    visit.challenge, visit.nonce = asked.get("code_challenge"), asked.get("nonce")
    if visit.challenge is not None and asked.get("code_challenge_method", "plain") != "S256":
        raise Refused(501491)
    visit.hint = asked.get("login_hint", "")


def _check_way_back(request: Request, asked: dict[str, str], context: Context) -> str:
    """Check as for a sign-in; the way back must be named, which only the older address does without.

    :raises Refused: something is missing or wrong.
    """
    found = _check(request, asked, context)
    if request.path.endswith("/v2.0/adminconsent") and not asked.get("redirect_uri"):
        raise Refused(900144, name="redirect_uri")
    return found


async def adminconsent(request: Request, context: Context) -> Reply:
    """Begin the consent of an administrator for the whole organisation."""
    asked = request.query
    try:
        redirect_uri = _check_way_back(request, asked, context)
        text = asked.get("scope") or "https://graph.microsoft.com/.default"
        visit = Visit("admin", scopes.read(text), redirect_uri, state=asked.get("state"))
    except Refused as refusal:
        return pages.error(returning.describe(refusal, context.directory)["error_description"], status=400)
    return begin(visit, request, context)


async def logout(_: Request, __: Context) -> Reply:
    """Sign the browser out."""
    over = ("Set-Cookie", f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None")
    shown = pages.show("done", heading="You signed out", text="It's a good idea to close all browser windows.")
    return Reply(shown.status, shown.body, (*shown.headers, over))


async def native(_: Request, __: Context) -> Reply:
    """Be the page on which a sign-in of an application without a web address ends."""
    return pages.show("done", heading="Done", text="You can close this window and return to the application.")


ROUTES = (
    Route("GET", "/{tenant}/oauth2/v2.0/authorize", authorize),
    Route("POST", "/{tenant}/oauth2/v2.0/authorize", authorize),
    Route("GET", "/{tenant}/v2.0/adminconsent", adminconsent),
    Route("GET", "/{tenant}/adminconsent", adminconsent),
    Route("GET", "/{tenant}/oauth2/v2.0/logout", logout),
    Route("GET", "/common/oauth2/nativeclient", native),
)
