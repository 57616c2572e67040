"""Signing in on another screen (RFC 8628): a code for the device, and the page on which a person types it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.entra import issuing, pages, scopes
from fakes.entra.aadsts import Refused
from fakes.entra.tenants import tenant_of
from fakes.entra.token import check_client, refuse
from fakes.entra.visit import Visit, begin
from fakes.web import Reply, Route

if TYPE_CHECKING:
    from fakes.server import Context
    from fakes.web import Request

PAGE = "https://login.microsoft.com/device"


async def devicecode(request: Request, context: Context) -> Reply:
    """Begin: give the device its code, and the person the one to type."""
    try:
        return _begin(request, context)
    except Refused as refusal:
        return refuse(refusal, request, context.directory)


def _begin(request: Request, context: Context) -> Reply:
    directory, form, name = context.directory, request.form, request.parts["tenant"]
    tenant = tenant_of(name, directory)
    if tenant is None:
        raise Refused(90002, t=name)
    if tenant == "consumers":
        raise Refused(90133)
    for field in ("client_id", "scope"):
        if not form.get(field):
            raise Refused(900144, name=field)
    check_client(form["client_id"], tenant, directory)
    if not directory.application.public_client:
        raise Refused(7000218)
    scopes.for_one(form["scope"])
    entra = directory.entra
    code, made = directory.grants.device(
        directory.application.client_id, tuple(form["scope"].split()), entra.device_code_lifetime
    )
    message = (
        f"To sign in, use a web browser to open the page {PAGE} and enter the code {made.user_code} to authenticate."
    )
    return issuing.reply({
        "user_code": made.user_code,
        "device_code": code,
        "verification_uri": PAGE,
        "expires_in": max(entra.device_code_lifetime, 1),
        "interval": entra.interval,
        "message": message,
    })  # fmt: skip


async def ask_for_code(_: Request, __: Context) -> Reply:
    """Show the page for the code."""
    return pages.show("device-code", title="Enter code", problem=pages.problem(""))


async def take_code(request: Request, context: Context) -> Reply:
    """Take the code that a person has typed, and begin the sign-in."""
    found = context.directory.grants.by_user_code(request.form.get("otc", ""))
    if found is None:
        text = "That code didn't work. Check the code and try again."
        return pages.show("device-code", title="Enter code", problem=pages.problem(text))
    return begin(Visit("device", scopes.read(" ".join(found.scopes)), device=found), request, context)


ROUTES = (
    Route("POST", "/{tenant}/oauth2/v2.0/devicecode", devicecode),
    Route("GET", "/device", ask_for_code),
    Route("GET", "/devicelogin", ask_for_code),
    Route("GET", "/common/oauth2/deviceauth", ask_for_code),
    Route("POST", "/common/oauth2/deviceauth", take_code),
)
