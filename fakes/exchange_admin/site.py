"""Between HTTP and the cmdlets: token, role, the command in the body, pages, and errors in Exchange's form."""

from __future__ import annotations

import re
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from email.utils import formatdate
from itertools import islice
from typing import TYPE_CHECKING

from fakes.bearers import BadToken, Caller, caller
from fakes.exchange_admin.cmdlets import CMDLETS, CmdletError
from fakes.tokens import identifier
from fakes.web import Reply

if TYPE_CHECKING:
    from fakes.exchange_admin.cmdlets import Row
    from fakes.server import Context
    from fakes.web import Request

ROLES = ("Exchange Administrator", "Global Administrator", "Global Reader", "Security Reader")
"""Directory roles that let somebody read the configuration of Exchange."""
ANCHOR = re.compile(r"(?:UPN:[^@\s]+|APP:SystemMailbox\{[0-9a-f-]{36}\})@[^@\s]+", re.IGNORECASE)
"""X-AnchorMailbox, by which the request finds its way to the organisation's servers."""
PAGE = 100
LARGEST_PAGE = 1000
NOT_ADMITTED = "Microsoft.Exchange.Admin.OData.Core.ODataServiceException"


async def answer(request: Request, context: Context) -> Reply:
    """Run the cmdlet that the body names."""
    try:
        _admit(request, context)
        name, parameters = _command(request)
        rows = CMDLETS[name](parameters, context.directory)
        return _reply(_document(rows, request, context), context)
    except BadToken:
        return Reply(401, b"", (("WWW-Authenticate", 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000"'),))
    except CmdletError as error:
        return _reply(_error(error), context, error.status)


def _admit(request: Request, context: Context) -> None:
    """Let those pass who may read the configuration of this tenant.

    :raises BadToken: the token counts for nobody.
    :raises CmdletError: its bearer may not, or the request does not say to which servers it goes.
    """
    who = caller(request.bearer, context.directory, resource="exchange")
    if request.parts["tenant"].lower() not in {identifier(context.directory.tenant.name), *context.directory.domains()}:
        raise CmdletError(403, "Forbidden", NOT_ADMITTED, "The token is for another organization.")
    if not who.may("Exchange.Manage" if who.user else "Exchange.ManageAsApp"):
        raise CmdletError(
            403, "Forbidden", NOT_ADMITTED, "Access is denied. The permission Exchange.Manage is missing."
        )
    if not who.is_one_of(*ROLES):
        raise _no_role(who, context)
    if not ANCHOR.fullmatch(request.headers.get("x-anchormailbox", "")):
        raise CmdletError(400, "BadRequest", NOT_ADMITTED, "The header X-AnchorMailbox is missing or wrong.")


def _no_role(who: Caller, context: Context) -> CmdletError:
    if who.user is None:
        text = (
            f"The role assigned to application {context.directory.application.client_id} isn't supported in this "
            "scenario. Please check online documentation for assigning correct Directory Roles to Azure AD Application "
            "for EXO App-Only Authentication."
        )
    else:
        text = "Access is denied. The user holds no role that is supported in this scenario."
    return CmdletError(403, "Forbidden", "System.UnauthorizedAccessException", text)


def _command(request: Request) -> tuple[str, dict[str, object]]:
    """Read ``{"CmdletInput": {"CmdletName": …, "Parameters": {…}}}``.

    :raises CmdletError: the body is something else, or the cmdlet is not among those that exist here.
    """
    try:
        command = request.json()["CmdletInput"]
        name, parameters = str(command["CmdletName"]), command.get("Parameters") or {}
    except (ValueError, TypeError, KeyError, AttributeError):
        name, parameters = "", None
    if not isinstance(parameters, dict):
        raise CmdletError(400, "BadRequest", NOT_ADMITTED, "The request body is not valid.")
    known = {cmdlet.lower(): cmdlet for cmdlet in CMDLETS}
    if name.lower() not in known:
        text = (
            f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program."
        )
        raise CmdletError(400, "BadRequest", "System.Management.Automation.CommandNotFoundException", text)
    return known[name.lower()], parameters


def _document(rows: object, request: Request, context: Context) -> Row:
    start, size = _window(request)
    page: list[Row] = list(islice(iter(rows), start, start + size + 1))  # type: ignore[call-overload]
    chosen = [name.strip() for name in request.query.get("$select", "").split(",") if name.strip()]
    shown = [{name: row[name] for name in chosen if name in row} if chosen else row for row in page[:size]]
    base = f"https://{request.headers.get('host', context.host)}{request.path}"
    service = base.rpartition("/")[0]
    document: Row = {
        "@odata.context": f"{service}/$metadata#Collection(Exchange.GenericHashTable)",
        "@adminapi.warnings": [],
        "value": shown,
    }
    if len(page) > size:
        token = urlsafe_b64encode(str(start + size).encode()).decode().rstrip("=")
        more = f"&$select={','.join(chosen)}" if chosen else ""
        document["@odata.nextLink"] = f"{base}?$skiptoken={token}{more}"
    return document


def _window(request: Request) -> tuple[int, int]:
    """Return where the page begins and how long it is, as the client prefers."""
    wanted = re.search(r"odata\.maxpagesize=(\d{1,6})", request.headers.get("prefer", ""))
    token = request.query.get("$skiptoken", "")
    try:
        start = int(urlsafe_b64decode(token + "=" * (-len(token) % 4)) or b"0")
    except ValueError:
        raise CmdletError(400, "BadRequest", NOT_ADMITTED, "The page token is not valid.") from None
    return max(start, 0), min(max(int(wanted[1]) if wanted else PAGE, 1), LARGEST_PAGE)


def _error(error: CmdletError) -> Row:
    inner = {"message": error.message, "type": error.kind, "stacktrace": ""}
    return {
        "error": {
            "code": error.code,
            "message": "Error executing cmdlet",
            "details": [{"code": "Context", "target": "", "message": f"Ex6F9304|{error.kind}|{error.message}"}],
            "innererror": {
                "message": "Error executing cmdlet",
                "type": NOT_ADMITTED,
                "stacktrace": "",
                "internalException": inner,
            },
            "adminapi.warnings@odata.type": "#Collection(String)",
            "@adminapi.warnings": [],
        }
    }


def _reply(document: object, context: Context, status: int = 200) -> Reply:
    plain = Reply.json(document, status)
    headers = (
        ("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true"),
        ("request-id", str(uuid.uuid4())),
        ("Date", formatdate(context.now(), usegmt=True)),
    )
    return Reply(status, plain.body, headers)
