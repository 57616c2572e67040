"""Between HTTP and the handlers: the token, the permission, the query options, the document or the refusal."""

from __future__ import annotations

import uuid
from email.utils import formatdate
from typing import TYPE_CHECKING

from fakes.bearers import BadToken, Flaw, caller
from fakes.graph import odata
from fakes.graph.call import Call
from fakes.graph.errors import GraphError, body, no_segment
from fakes.graph.people import sign_in_name, user_id
from fakes.graph.permissions import check
from fakes.web import Reply, Route

if TYPE_CHECKING:
    from fakes.bearers import Caller
    from fakes.graph.call import Handler
    from fakes.server import Context
    from fakes.web import Request

CONTENT_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)
REFUSED = {
    Flaw.MISSING: "Access token is empty.",
    Flaw.UNKNOWN: "CompactToken parsing failed with error code: 80049217",
    Flaw.EXPIRED: "Access token has expired or is not yet valid.",
    Flaw.AUDIENCE: "Access token validation failure. Invalid audience.",
    Flaw.REVOKED: "Continuous access evaluation resulted in challenge with result: InteractionRequired",
}
"""What Graph says to a token that does not count."""


def route(version: str, path: str, permission: str, handler: Handler) -> Route:
    """Serve ``path`` of a version; ``permission`` is the row of the table of permissions, its own where empty."""

    async def answer(request: Request, context: Context) -> Reply:
        try:
            who = _bearer(request, context)
            check(permission or path, who, about_itself=_about_itself(request, who))
            query = _query(request, context, version)
            call = Call(parts=request.parts, caller=who, directory=context.directory)
            return _reply(odata.show(handler(call), query), request, context)
        except GraphError as error:
            return refuse(error, request, context)

    return Route("GET", f"/{version}{path}", answer)


def _bearer(request: Request, context: Context) -> Caller:
    try:
        return caller(request.bearer, context.directory, resource="graph")
    except BadToken as bad:
        headers = (("WWW-Authenticate", CHALLENGE),)
        raise GraphError(401, "InvalidAuthenticationToken", REFUSED[bad.flaw], headers=headers) from None


def _about_itself(request: Request, who: Caller) -> bool:
    """Tell whether the user of the token asks about no other."""
    if who.user is None:
        return False
    key = request.parts.get("id")
    return key is None or key.lower() in {user_id(who.user), sign_in_name(who.user).lower()}


def _query(request: Request, context: Context, version: str) -> odata.Query:
    service = f"https://{request.headers.get('host', context.host)}"
    consistency = request.headers.get("consistencylevel", "")
    return odata.read(f"{service}{request.path}", f"{service}/{version}", request.query, consistency=consistency)


def refuse(error: GraphError, request: Request, context: Context) -> Reply:
    """Return the reply for a refusal."""
    key = str(uuid.uuid4())
    own = request.headers.get("client-request-id", key)
    document = body(error, at=context.now(), request_id=key, client_request_id=own)
    return _reply(document, request, context, status=error.status, more=error.headers, key=key)


def _reply(
    document: object,
    request: Request,
    context: Context,
    *,
    status: int = 200,
    more: tuple[tuple[str, str], ...] = (),
    key: str | None = None,
) -> Reply:
    key = key or str(uuid.uuid4())
    headers = (
        ("Cache-Control", "no-cache"),
        ("Strict-Transport-Security", "max-age=31536000"),
        ("request-id", key),
        ("client-request-id", request.headers.get("client-request-id", key)),
        ("OData-Version", "4.0"),
        ("Date", formatdate(context.now(), usegmt=True)),
        *more,
    )
    plain = Reply.json(document, status)
    return Reply(status, plain.body, (("Content-Type", CONTENT_TYPE), *headers))


async def nothing(request: Request, context: Context) -> Reply:
    """Answer a path that leads nowhere."""
    try:
        _bearer(request, context)
    except GraphError as error:
        return refuse(error, request, context)
    return refuse(no_segment(request.path.rpartition("/")[2]), request, context)
