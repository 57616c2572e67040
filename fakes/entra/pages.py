"""The pages that a person sees. Their HTML is in ``html/``; whatever is put into it is escaped here."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from fakes.permissions import OPENID
from fakes.web import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fakes.declare import Application
    from fakes.permissions import Asked

DESCRIPTIONS = {
    "offline_access": ("Maintain access to data you have given it access to", "even when you are not using the app"),
    "openid": ("Sign you in", "with your work account"),
    "profile": ("View your basic profile", "your name, picture and user name"),
    "email": ("View your email address", ""),
    "User.Read": ("Sign you in and read your profile", ""),
    "Mail.Read": ("Read your mail", ""),
    "IMAP.AccessAsUser.All": ("Read and write access to your mail", "by IMAP"),
    "POP.AccessAsUser.All": ("Read and write access to your mail", "by POP"),
    "SMTP.Send": ("Send emails from your mailbox using SMTP AUTH", ""),
}
"""What the consent page says of a permission."""
_NEEDS = "This app needs permission to access resources in your organization that only an admin can grant."
APPROVAL = {
    90094: (
        "Need admin approval",
        f"{_NEEDS} Please ask an admin to grant permission to this app before you can use it.",
    ),
    90095: ("Approval required", f"{_NEEDS} Your request will be sent to an admin of your organization."),
    900941: (
        "Need admin approval",
        f"{_NEEDS} This app may be risky. If you trust it, please ask your admin to grant you access.",
    ),
}
"""What a person is told whom the tenant does not let consent, by AADSTS number."""
POLICY = (
    "Content-Security-Policy",
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'",
)
HEADERS = (("Cache-Control", "no-store, no-cache"), ("X-Frame-Options", "DENY"), POLICY)


class Raw(str):
    """Text that is HTML already."""

    __slots__ = ()


@cache
def _template(name: str) -> Template:
    return Template(files(__package__).joinpath("html", f"{name}.html").read_text("utf-8"))


def show(name: str, *, status: int = 200, brand: str = "Contoso", title: str = "Sign in", **values: str) -> Reply:
    """Show a page."""
    safe = {key: value if isinstance(value, Raw) else escape(value) for key, value in values.items()}
    content = _template(name).substitute(safe)
    text = _template("layout").substitute(title=escape(title), brand=escape(brand), content=content)
    return Reply.html(text, status, *HEADERS)


def problem(text: str) -> Raw:
    """Return the line above a form that says what was wrong with the last try."""
    return Raw(f'<p class="problem" role="alert">{escape(text)}</p>' if text else "")


def badge(app: Application) -> Raw:
    """Return the mark of the publisher."""
    if app.verified_publisher:
        return Raw('<span class="badge">&#10003; verified publisher</span>')
    return Raw('<span class="badge unverified">unverified</span>')


def permissions(asked: Iterable[Asked]) -> Raw:
    """Return the list of what is asked for, once each, the resource's own permissions first."""
    names = dict.fromkeys(item.permission for item in sorted(asked, key=lambda item: item.permission in OPENID))
    lines = []
    for name in names:
        title, detail = DESCRIPTIONS.get(name, (name, ""))
        small = f"{name}: {detail}" if detail else name
        lines.append(f"<li>{escape(title)}<small>{escape(small)}</small></li>")
    return Raw("\n".join(lines))


def for_all() -> Raw:
    """Return the box with which an administrator consents for the whole organisation."""
    box = '<input id="chkBoxOrgConsent" type="checkbox" name="organization" value="1">'
    return Raw(f'<label class="check">{box}<span>Consent on behalf of your organization</span></label>')


def way_back(ctx: str, label: str = "Return to the application") -> Raw:
    """Return the form with which a person goes back to an application that gets to know the error."""
    return Raw(
        '<form method="post" action="/common/Consent/Set">'
        f'<input type="hidden" name="ctx" value="{escape(ctx)}">'
        f'<div class="buttons"><button id="idBtn_Back" name="action" value="return">{escape(label)}</button>'
        "</div></form>"
    )


def error(text: str, back: str = "", *, status: int = 200) -> Reply:
    """Show the page of an error that the person cannot do anything about."""
    return show("error", status=status, text=text, back=Raw(back))


def approval(number: int, app: Application, *, user: str, ctx: str, back: str) -> Reply:
    """Show that somebody else must consent, who can do it at once."""
    heading, text = APPROVAL[number]
    return show(
        "approval", number=str(number), heading=heading, text=text, user=user, app=app.name, badge=badge(app),
        back=Raw(back), ctx=ctx,
    )  # fmt: skip


def form_post(url: str, fields: dict[str, str]) -> Reply:
    """Send the browser back with a form (OAuth 2.0 Form Post Response Mode)."""
    hidden = "\n".join(
        f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in fields.items()
    )
    return show("form-post", title="Working…", url=url, hidden=Raw(hidden))
