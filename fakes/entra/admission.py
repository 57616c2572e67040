"""Whether a person may use the application here and now: the account, the assignment, the policies of the tenant.

All flows ask here, so that a change in the directory shows in each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes import tokens
from fakes.entra.aadsts import Refused

if TYPE_CHECKING:
    from fakes.declare import Application, Mailbox
    from fakes.directory import Directory

POLICIES = {
    "blocked": 53003,
    "compliant-device": 53000,
    "joined-device": 53001,
    "approved-app": 53002,
    "registered-device": 530003,
}
"""What each demand of a Conditional Access policy is called where it is not met, which no client of ours can."""


def account_of(user: str, directory: Directory) -> Mailbox:
    """Return the account that signs in as ``user``.

    :raises Refused: there is none, or it is of another organisation.
    """
    box = directory.find(user)
    if box is not None and user.lower() == (box.upn or box.address).lower() and not (box.shared and not box.enabled):
        return box
    domain = user.rpartition("@")[2].lower()
    if domain and "@" in user and domain not in directory.domains():
        raise Refused(50020, upn=user, idp=f"https://sts.windows.net/{tokens.identifier(domain)}/")
    raise Refused(50034)


def check_password(box: Mailbox, password: str) -> None:
    """Check what a person has typed.

    :raises Refused: it does not open the account.
    """
    if box.locked:
        raise Refused(50053)
    if box.password != password:
        raise Refused(50126)
    check_account(box)
    if box.password_expired:
        raise Refused(50055)


def check_account(box: Mailbox) -> None:
    """Check that the account may sign in.

    :raises Refused: it may not.
    """
    if not box.enabled:
        raise Refused(50057)


def check_second_factor(box: Mailbox, *, strong: bool) -> None:
    """Check that a second factor was shown where it must be; only a person at a browser can.

    :raises Refused: it was not.
    """
    if not strong and box.mfa != "none":
        raise Refused(50079 if box.mfa == "enrolment" else 50076)


def check_application(app: Application) -> None:
    """Check that the application may be used in this tenant.

    :raises Refused: it may not.
    """
    if app.present and not app.enabled:
        raise Refused(7000112)


def check_policies(box: Mailbox, directory: Directory, *, by_device: bool = False) -> None:
    """Check the assignment and the policies for a person whose account is in order.

    :raises Refused: one of them says no.
    """
    app, tenant = directory.application, directory.tenant
    name = box.upn or box.address
    if app.present and app.assignment_required and name.lower() not in {item.lower() for item in app.assigned}:
        raise Refused(50105, upn=name)
    if by_device and tenant.security_defaults:
        raise Refused(530035)
    if by_device and tenant.device_code_blocked:
        raise Refused(53003)
    if tenant.access_policy in POLICIES:
        raise Refused(POLICIES[tenant.access_policy])


def is_administrator(box: Mailbox) -> bool:
    """Tell whether an account may consent for the whole organisation."""
    return not {"Global Administrator", "Privileged Role Administrator"}.isdisjoint(box.roles)
