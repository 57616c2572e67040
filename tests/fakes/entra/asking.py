"""A fake Entra that is asked without sockets: requests in, replies out, a clock that a test sets, and a browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fakes.declare import Application, Declaration, Entra, Mailbox, Service, Session, Tenant
from fakes.directory import Directory
from fakes.organisation import CLIENT_ID
from fakes.server import Context, make_context
from fakes.tokens import identifier
from fakes.web import Reply, Request, answer, fields

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS = "helpdesk@contoso.example"
PASSWORD = "correct horse"
NOW = 1_800_000_000.0
TENANT = "contoso.example"
TID = identifier(TENANT)
REDIRECT = "http://localhost:8400"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
OUTLOOK = "https://outlook.office.com"
SCOPE = f"{OUTLOOK}/IMAP.AccessAsUser.All {OUTLOOK}/SMTP.Send offline_access openid profile"
APP_SCOPE = "https://outlook.office365.com/.default"
NO_CONSENT = Application(user_consent=(), admin_consent=())


def world(
    mailbox: Mailbox | None = None,
    *,
    tenant: Tenant | None = None,
    application: Application | None = None,
    entra: Entra | None = None,
) -> Declaration:
    """Declare an organisation with one account."""
    return Declaration(
        mailbox=mailbox or Mailbox(address=ADDRESS),
        tenant=tenant or Tenant(),
        application=application or Application(),
        entra=entra or Entra(),
    )


@dataclass
class Asking:
    """A client of one world, with a browser that keeps its cookies."""

    declaration: Declaration = field(default_factory=world)
    now: float = NOW
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring the directory to life."""
        self.directory = Directory(self.declaration, now=lambda: self.now)
        service = Service(speaks="http", serves="entra")
        self.context: Context = make_context(
            service, "login.microsoftonline.com", self.directory, None, now=lambda: self.now
        )

    def get(self, url: str, **headers: str) -> Reply:
        """Get a path with its query."""
        path, _, query = url.partition("?")
        return self.ask(Request("GET", path, fields(query), headers))

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> Reply:
        """Post a form."""
        return self.ask(Request("POST", path, {}, headers, urlencode(form).encode()))

    def ask(self, request: Request) -> Reply:
        """Ask anything."""
        request.headers.setdefault("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        reply = asyncio.run(answer(request, self.context))
        for name, value in reply.headers:
            if name == "Set-Cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return reply

    def token(self, grant_type: str, tenant: str = TENANT, **form: str) -> Reply:
        """Ask the token endpoint."""
        return self.post(f"/{tenant}/oauth2/v2.0/token", {"client_id": CLIENT_ID, "grant_type": grant_type, **form})

    def refresh(self, session: Session | None = None, scope: str = SCOPE) -> Reply:
        """Redeem the refresh token of an earlier sign-in."""
        return self.token(
            "refresh_token", refresh_token=self.directory.issue_refresh(session or Session()), scope=scope
        )

    def authorize(self, tenant: str = TENANT, **asked: str) -> Reply:
        """Send the browser to the authorization endpoint."""
        usual = {
            "client_id": CLIENT_ID, "response_type": "code", "redirect_uri": REDIRECT, "scope": SCOPE, "state": "s1",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        wanted = {key: value for key, value in {**usual, **asked}.items() if value}
        return self.get(f"/{tenant}/oauth2/v2.0/authorize?{urlencode(wanted)}")

    def sign_in(self, page: Reply, user: str = ADDRESS, password: str = PASSWORD) -> Reply:
        """Fill the sign-in page in."""
        return self.post("/common/login", {"ctx": ctx_of(page), "loginfmt": user, "passwd": password})

    def press(self, page: Reply, action: str, **form: str) -> Reply:
        """Press a button on a page with a decision."""
        return self.post("/common/Consent/Set", {"ctx": ctx_of(page), "action": action, **form})

    def code(self, **asked: str) -> str:
        """Sign in to the end and return the code."""
        return str(returned(self.sign_in(self.authorize(**asked)))["code"])

    def redeem(self, code: str, **form: str) -> Reply:
        """Redeem a code."""
        usual = {"code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER, "client_info": "1"}
        return self.token("authorization_code", **{key: value for key, value in {**usual, **form}.items() if value})


def read(reply: Reply) -> dict[str, Any]:
    """Return the document of a reply."""
    found: dict[str, Any] = json.loads(reply.body)
    return found


def code_of(reply: Reply) -> int:
    """Return the AADSTS number of a refusal: in a document, in a redirect, or on a page."""
    if reply.body.startswith(b"{"):
        return int(read(reply)["error_codes"][0])
    text = returned(reply)["error_description"] if reply.status == 302 else reply.body.decode()
    found = re.search(r"AADSTS(\d+)", text)
    return int(found[1]) if found else 0


def ctx_of(page: Reply) -> str:
    """Return the hidden field by which a page knows its visit."""
    found = re.search(r'name="ctx" value="([^"]+)"', page.body.decode())
    assert found is not None, page.body.decode()[-800:]
    return found[1]


def heading(page: Reply) -> str:
    """Return the heading of a page."""
    found = re.search(r"<h1>(.*?)</h1>", page.body.decode())
    assert found is not None, page
    return found[1]


def returned(reply: Reply) -> dict[str, str]:
    """Return what a redirect takes back to the application."""
    assert reply.status == 302, (reply.status, reply.body.decode()[-800:])
    url = urlsplit(dict(reply.headers)["Location"])
    return {key: values[0] for key, values in parse_qs(url.query or url.fragment).items()}
