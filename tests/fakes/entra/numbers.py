"""How each AADSTS number comes about: by a state of the directory or by what a client sends, where one leads to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fakes.declare import Application, Entra, Mailbox, Session, Tenant
from fakes.entra.aadsts import table
from fakes.entra.token import DEVICE
from fakes.organisation import CLIENT_ID
from fakes.web import Reply, Request
from tests.fakes.entra.asking import ADDRESS, APP_SCOPE, NO_CONSENT, SCOPE, TENANT, Asking, read, world
from tests.fakes.entra.assertions import assertion, by_assertion

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = Application(secret="s3")


def page(user: str = ADDRESS, **declared: Any) -> Reply:  # noqa: ANN401  parts of a declaration
    """Sign in at the page."""
    here = Asking(world(**declared))
    return here.sign_in(here.authorize(), user)


def declined() -> Reply:
    """Press the button that says no."""
    here = Asking(world(application=NO_CONSENT))
    return here.press(here.sign_in(here.authorize()), "cancel")


def for_all() -> Reply:
    """Ask somebody who is no administrator to consent for everybody."""
    here = Asking()
    return here.sign_in(here.get(f"/common/adminconsent?client_id={CLIENT_ID}&redirect_uri=http://localhost"))


def begin(**asked: str) -> Reply:
    """Send the browser to the authorization endpoint."""
    return Asking().authorize(**asked)


def refresh(session: Session | None = None, scope: str = SCOPE, **declared: Any) -> Reply:  # noqa: ANN401  as above
    """Redeem a refresh token."""
    return Asking(world(**declared)).refresh(session, scope)


def box(**values: Any) -> Mailbox:  # noqa: ANN401  fields of a mailbox
    """Declare the account."""
    return Mailbox(address=ADDRESS, **values)


def redeem(*, later: float = 0, again: bool = False, **form: str) -> Reply:
    """Redeem a code in a wrong way."""
    here = Asking()
    code = here.code()
    here.now += later
    if again:
        here.redeem(code)
    return here.redeem(code, **form)


def secret(application: Application = SECRET, tenant: str = TENANT, **form: str) -> Reply:
    """Sign the application in for itself."""
    usual = {"client_secret": "s3", "scope": APP_SCOPE}
    here = Asking(world(application=application))
    return here.token("client_credentials", tenant, **{key: value for key, value in {**usual, **form}.items() if value})


def device(authority: str = TENANT, *, lifetime: int = 900, sign_in: bool = False, **declared: Any) -> Reply:  # noqa: ANN401
    """Ask for the tokens of a device."""
    here = Asking(world(entra=Entra(device_code_lifetime=lifetime), **declared))
    begun = here.post(f"/{authority}/oauth2/v2.0/devicecode", {"client_id": CLIENT_ID, "scope": SCOPE})
    if begun.status != 200:
        return begun
    if sign_in:
        here.sign_in(here.post("/common/oauth2/deviceauth", {"otc": read(begun)["user_code"]}))
    return here.token(DEVICE, device_code=read(begun)["device_code"])


def password(text: str) -> Reply:
    """Sign in without a page."""
    return Asking().token("password", username=ADDRESS, password=text, scope=SCOPE)


def post(path: str = f"/{TENANT}/oauth2/v2.0/token", **form: str) -> Reply:
    """Post anything."""
    return Asking().post(path, form)


def declared(number: int) -> Reply:
    """Have it answered because a scenario says so."""
    return refresh(entra=Entra(answers=number))


FORBIDDEN = Tenant(user_consent="none")
MADE: dict[int, Callable[[], Reply]] = {
    28000: lambda: refresh(scope=f"{SCOPE} https://graph.microsoft.com/User.Read"),
    50011: lambda: begin(redirect_uri="https://evil.example"),
    50020: lambda: page("me@fabrikam.example"),
    50034: lambda: refresh(Session(user="gone@contoso.example")),
    50049: lambda: Asking().get("/common/discovery/instance"),
    50053: lambda: page(mailbox=box(locked=True)),
    50055: lambda: page(mailbox=box(password_expired=True)),
    50057: lambda: refresh(mailbox=box(enabled=False)),
    50058: lambda: begin(prompt="none"),
    50076: lambda: refresh(Session(strong=False), mailbox=box(mfa="required")),
    50079: lambda: refresh(Session(strong=False), mailbox=box(mfa="enrolment")),
    50105: lambda: page(application=Application(assignment_required=True)),
    50126: lambda: password("wrong"),
    50173: lambda: refresh(mailbox=box(sessions_revoked_ago=60)),
    50194: lambda: Asking(world(application=Application(tenants="own"))).authorize("common"),
    53000: lambda: page(tenant=Tenant(access_policy="compliant-device")),
    53001: lambda: page(tenant=Tenant(access_policy="joined-device")),
    53002: lambda: page(tenant=Tenant(access_policy="approved-app")),
    53003: lambda: refresh(tenant=Tenant(access_policy="blocked")),
    54005: lambda: redeem(again=True),
    65001: lambda: refresh(application=NO_CONSENT),
    65004: declined,
    70000: lambda: post(grant_type="refresh_token", client_id=CLIENT_ID, refresh_token="invented"),
    70003: lambda: post(grant_type="magic", client_id=CLIENT_ID),
    70008: lambda: redeem(later=601),
    70011: lambda: refresh(scope="https://outlook.office.com/IMAP.Everything"),
    70016: device,
    70018: lambda: post(grant_type=DEVICE, client_id=CLIENT_ID, device_code="invented"),
    70019: lambda: device(lifetime=0),
    70043: lambda: refresh(tenant=Tenant(access_policy="sign-in-frequency")),
    90002: lambda: Asking().get("/fabrikam.example/v2.0/.well-known/openid-configuration"),
    90023: lambda: begin(response_type="token"),
    90093: for_all,
    90094: lambda: page(tenant=FORBIDDEN, application=NO_CONSENT),
    90095: lambda: page(tenant=Tenant(user_consent="none", consent_requests=True), application=NO_CONSENT),
    90133: lambda: device("consumers"),
    165000: lambda: post("/common/login", ctx="invented"),
    500011: lambda: refresh(scope="https://nobody.example/.default"),
    500112: lambda: redeem(redirect_uri="http://localhost:1"),
    500113: lambda: Asking(world(application=Application(redirect_uris=()))).authorize(),
    501481: lambda: redeem(code_verifier="w" * 50),
    501491: lambda: begin(code_challenge_method="plain"),
    530003: lambda: page(tenant=Tenant(access_policy="registered-device")),
    530035: lambda: device(sign_in=True, tenant=Tenant(security_defaults=True)),
    530036: lambda: refresh(Session(by_device=True), tenant=Tenant(device_code_blocked=True)),
    700016: lambda: refresh(application=Application(known=False)),
    700021: lambda: by_assertion(assertion(iss="somebody")),
    700023: lambda: by_assertion(assertion(aud="https://nobody.example")),
    700024: lambda: by_assertion(assertion(exp=1)),
    700025: lambda: secret(Application()),
    700027: lambda: by_assertion("rubbish"),
    700082: lambda: refresh(Session(granted_ago=91 * 86400)),
    900144: lambda: post(grant_type="refresh_token", client_id=CLIENT_ID),
    900941: lambda: page(
        tenant=Tenant(user_consent="legacy"),
        application=Application(verified_publisher=False, user_consent=(), admin_consent=()),
    ),
    1002012: lambda: secret(scope="https://outlook.office365.com/SMTP.Send"),
    7000112: lambda: refresh(application=Application(enabled=False)),
    7000215: lambda: secret(client_secret="guess"),
    7000218: lambda: secret(client_secret=""),
    7000222: lambda: secret(Application(secret="s3", secret_expired=True)),
    7000229: lambda: secret(Application(secret="s3", present=False)),
    9001023: lambda: secret(tenant="common"),
    9002332: lambda: Asking().authorize("consumers"),
    9002313: lambda: Asking().ask(
        Request("POST", "/common/oauth2/v2.0/token", {}, {"authorization": "Basic !"}, b"grant_type=password")
    ),
}
"""What brings each number forth."""
MADE |= {number: partial(declared, number) for number, row in table().items() if row.declared}
