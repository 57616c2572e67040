"""One person's way through the pages: sign in, show a second factor, consent, and back to where it began.

The page that comes next follows from what is known so far and from the directory as it is at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from fakes.entra import admission, journal, pages, returning, scopes
from fakes.entra.aadsts import Refused
from fakes.grants import Code, Grant, Session
from fakes.web import Reply, Route

if TYPE_CHECKING:
    from fakes.declare import Mailbox
    from fakes.grants import Device
    from fakes.permissions import Asked
    from fakes.server import Context
    from fakes.web import Request

SECOND_FACTOR = "123456"
"""What the authenticator app of every invented person shows."""
COOKIE = "ESTSAUTH"
TRY_AGAIN = {
    50126: "Your account or password is incorrect.",
    50034: "We couldn't find an account with that username.",
}
"""After these, a person can type again; after any other refusal there is only the way back."""


@dataclass(slots=True)
class Visit:
    """What somebody came for, and how far it is."""

    purpose: Literal["code", "device", "admin"]
    asked: tuple[Asked, ...]
    redirect_uri: str = ""
    mode: str = "query"
    state: str | None = None
    challenge: str | None = None
    nonce: str | None = None
    hint: str = ""
    prompt: str = ""
    device: Device | None = None
    box: Mailbox | None = None
    strong: bool = False
    offered: bool = False
    """Whether the page with the decision was shown: not before the person is known and has shown enough."""
    confirmed: bool = False
    refused: Refused | None = None

    @property
    def user(self) -> str:
        """The sign-in name, as far as it is known."""
        return (self.box.upn or self.box.address) if self.box else self.hint


def begin(visit: Visit, request: Request, context: Context) -> Reply:
    """Show the first page; a browser in which somebody is signed in does not ask again."""
    grants = context.directory.grants
    session = grants.sessions.get(request.cookies.get(COOKIE, ""))
    if session and visit.prompt not in {"login", "select_account"} and visit.hint.lower() in {"", session.user.lower()}:
        visit.box, visit.strong = context.directory.find(session.user), session.strong
    return go_on(grants.visits.put(visit), visit, context)


def go_on(ctx: str, visit: Visit, context: Context) -> Reply:
    """Show what comes next."""
    if visit.box is None:
        return _sign_in_page(ctx, visit, context)
    visit.refused = None
    try:
        return _next(ctx, visit, visit.box, context)
    except Refused as refusal:
        return _refuse(ctx, visit, refusal, context)


def _next(ctx: str, visit: Visit, box: Mailbox, context: Context) -> Reply:
    directory = context.directory
    admission.check_account(box)
    if box.mfa != "none" and not visit.strong:
        if visit.prompt == "none":
            admission.check_second_factor(box, strong=False)
        page = "enrol" if box.mfa == "enrolment" else "second-factor"
        return pages.show(page, ctx=ctx, user=visit.user, problem=pages.problem(""))
    entra = directory.entra
    if entra.answers is not None and entra.answers_at != "token":
        raise Refused(entra.answers)
    admission.check_application(directory.application)
    admission.check_policies(box, directory, by_device=visit.purpose == "device")
    return _consent_page(ctx, visit, box, context) or _finish(ctx, visit, context)


def _consent_page(ctx: str, visit: Visit, box: Mailbox, context: Context) -> Reply | None:
    """Show what the application asks for, or who must be asked; None: nothing is left to agree to."""
    consents, app = context.directory.consents, context.directory.application
    if visit.purpose == "admin" and not admission.is_administrator(box):
        raise Refused(90093)
    if visit.confirmed:
        return None
    wanted = scopes.registered(visit.asked, app)
    again = visit.purpose == "admin" or visit.prompt == "consent"
    new = wanted if again else tuple(item for item in wanted if not consents.has(item, visit.user))
    if again or consents.missing(wanted, visit.user):
        if visit.prompt == "none":
            raise Refused(65001)
        number = None if admission.is_administrator(box) else consents.refusal(new)
        if number is not None:
            raise Refused(number)
        visit.offered = True
        organisation = pages.for_all() if admission.is_administrator(box) and visit.purpose != "admin" else pages.Raw()
        return pages.show(
            "consent", ctx=ctx, user=visit.user, app=app.name, badge=pages.badge(app),
            permissions=pages.permissions(wanted), organisation=organisation,
        )  # fmt: skip
    if visit.purpose != "device":
        return None
    visit.offered = True
    return pages.show("device-confirm", ctx=ctx, user=visit.user, app=app.name)


def _finish(ctx: str, visit: Visit, context: Context) -> Reply:
    """Give what the person came for."""
    grants, app = context.directory.grants, context.directory.application
    grants.visits.take(ctx)
    if visit.purpose == "admin":
        return returning.consented(visit, context.directory)
    grant = Grant(app.client_id, visit.user, tuple(item.text for item in visit.asked), grants.now(), visit.strong)
    if visit.device:
        visit.device.grant, visit.device.state, visit.device.refused = grant, "approved", None
        text = f"You have signed in to the {app.name} application on your device. You may now close this window."
        return pages.show("done", heading=app.name, text=text)
    code = grants.codes.put(Code(grant, visit.redirect_uri, visit.challenge, visit.nonce))
    return returning.with_code(visit, code)


def _refuse(ctx: str, visit: Visit, refusal: Refused, context: Context, user: str = "") -> Reply:
    """Show why it does not go on. A device that waits gets to know the number; an application by the way back."""
    visit.refused = refusal
    if visit.device:
        visit.device.refused = refusal.number
    directory = context.directory
    journal.failed(directory, visit.user or user, refusal, by_device=visit.device is not None)
    if visit.prompt == "none":
        return returning.with_error(visit, refusal, directory)
    back = "" if visit.device else pages.way_back(ctx)
    if refusal.number in pages.APPROVAL:
        back = back and pages.way_back(ctx, "Return to the application without granting consent")
        return pages.approval(refusal.number, directory.application, user=visit.user, ctx=ctx, back=back)
    return pages.error(returning.describe(refusal, directory)["error_description"], back)


def _sign_in_page(ctx: str, visit: Visit, context: Context, text: str = "", user: str = "") -> Reply:
    if visit.prompt == "none":
        return returning.with_error(visit, Refused(50058), context.directory)
    directory = context.directory
    brand = f"{directory.tenant.name} federation service" if directory.tenant.federated else "Contoso"
    return pages.show(
        "sign-in", brand=brand, ctx=ctx, app=directory.application.name, user=user or visit.hint,
        problem=pages.problem(text),
    )  # fmt: skip


def _visit_of(request: Request, context: Context) -> tuple[str, Visit] | None:
    ctx = request.form.get("ctx", "")
    visit = context.directory.grants.visits.get(ctx)
    return (ctx, cast("Visit", visit)) if visit is not None else None


def _lost(context: Context) -> Reply:
    return pages.error(returning.describe(Refused(165000), context.directory)["error_description"])


async def credentials(request: Request, context: Context) -> Reply:
    """Take a name and a password."""
    found = _visit_of(request, context)
    if found is None:
        return _lost(context)
    ctx, visit = found
    directory, user = context.directory, request.form.get("loginfmt", "").strip()
    try:
        box = admission.account_of(user, directory)
        admission.check_password(box, request.form.get("passwd", ""))
    except Refused as refusal:
        if refusal.number in TRY_AGAIN:
            journal.failed(directory, user, refusal)
            return _sign_in_page(ctx, visit, context, TRY_AGAIN[refusal.number], user)
        return _refuse(ctx, visit, refusal, context, user)
    visit.box = box
    reply = go_on(ctx, visit, context)
    return _remember(reply, visit, context)


async def second_factor(request: Request, context: Context) -> Reply:
    """Take the code of the authenticator app, or register one."""
    found = _visit_of(request, context)
    if found is None or found[1].box is None:
        return _lost(context)
    ctx, visit = found
    box = visit.box
    assert box is not None
    if box.mfa == "enrolment" and request.form.get("action") == "enrol":
        box.mfa = "required"
        return go_on(ctx, visit, context)
    if request.form.get("otc") != SECOND_FACTOR:
        text = pages.problem("You didn't enter the expected verification code. Please try again.")
        return pages.show("second-factor", ctx=ctx, user=visit.user, problem=text)
    visit.strong = True
    return _remember(go_on(ctx, visit, context), visit, context)


async def somebody_else(request: Request, context: Context) -> Reply:
    """Let another person go on with a visit: an administrator, where the first one may not consent."""
    ctx = request.query.get("ctx", "")
    visit = cast("Visit | None", context.directory.grants.visits.get(ctx))
    if visit is None:
        return _lost(context)
    visit.box, visit.strong, visit.offered, visit.hint = None, False, False, ""
    return _sign_in_page(ctx, visit, context)


def _remember(reply: Reply, visit: Visit, context: Context) -> Reply:
    """Let the browser know that somebody is signed in."""
    grants = context.directory.grants
    name = grants.sessions.put(Session(visit.user, visit.strong, grants.now()))
    cookie = ("Set-Cookie", f"{COOKIE}={name}; Path=/; Secure; HttpOnly; SameSite=None")
    return replace(reply, headers=(*reply.headers, cookie))


async def decision(request: Request, context: Context) -> Reply:
    """Take what a person has decided: accept, cancel, or go back."""
    found = _visit_of(request, context)
    if found is None:
        return _lost(context)
    ctx, visit = found
    directory, action = context.directory, request.form.get("action")
    if action == "return" and visit.refused and not visit.device:
        return returning.with_error(visit, visit.refused, directory)
    if action == "cancel":
        directory.grants.visits.take(ctx)
        if visit.device:
            visit.device.state = "declined"
            return pages.show("done", heading="Cancelled", text="The sign-in on your device was cancelled.")
        return returning.with_error(visit, Refused(65004), directory)
    if action in {"accept", "confirm"} and visit.box and visit.offered:
        return _accept(ctx, visit, visit.box, request, context)
    return go_on(ctx, visit, context)


def _accept(ctx: str, visit: Visit, box: Mailbox, request: Request, context: Context) -> Reply:
    """Enter a consent, if this person may give it, and go on."""
    directory = context.directory
    wanted = scopes.registered(visit.asked, directory.application)
    administrator = admission.is_administrator(box)
    new = [item for item in wanted if not directory.consents.has(item, visit.user)]
    if request.form.get("action") == "accept" and (administrator or directory.consents.refusal(new) is None):
        for_all = visit.purpose == "admin" or "organization" in request.form
        directory.consents.grant(wanted, None if administrator and for_all else visit.user)
        directory.application.present = True
    visit.confirmed = not directory.consents.missing(wanted, visit.user)
    return go_on(ctx, visit, context)


ROUTES = (
    Route("POST", "/common/login", credentials),
    Route("GET", "/common/reprocess", somebody_else),
    Route("POST", "/common/SAS/ProcessAuth", second_factor),
    Route("POST", "/common/Consent/Set", decision),
)
