"""The token endpoint: every grant that a mail client uses, each with the refusals that belong to it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fakes import tokens
from fakes.entra import aadsts, admission, clients, issuing, journal, scopes
from fakes.entra.aadsts import Refused
from fakes.entra.tenants import MANY, tenant_of
from fakes.grants import CODE_LIFETIME, INACTIVITY, Grant
from fakes.permissions import DEFAULT
from fakes.web import Reply, Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.directory import Directory
    from fakes.grants import Device, Refresh
    from fakes.server import Context
    from fakes.web import Request

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SIGN_IN_FREQUENCY = 3600
"""Seconds after which a policy for the frequency of sign-ins wants a new one."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request to the token endpoint from an application that was found and has shown who it is."""

    directory: Directory
    form: dict[str, str]
    tenant: str
    proof: str

    def need(self, name: str) -> str:
        """Return a field.

        :raises Refused: it is missing.
        """
        value = self.form.get(name)
        if not value:
            raise Refused(900144, name=name)
        return value


async def token(request: Request, context: Context) -> Reply:
    """Answer a request for tokens."""
    directory, form = context.directory, request.form
    try:
        return _grant(_asking(request, form, directory))
    except Refused as refusal:
        grant = _grant_of(form, directory)
        by_device = grant is not None and grant.by_device
        journal.failed(directory, grant.user if grant else form.get("username", ""), refusal, by_device=by_device)
        return refuse(refusal, request, directory)


def _grant_of(form: dict[str, str], directory: Directory) -> Grant | None:
    """Return whose request it is, as far as what was sent says."""
    grants = directory.grants
    found = grants.refreshes.get(form.get("refresh_token", "")) or grants.codes.get(form.get("code", ""))
    return found.grant if found else None


def refuse(refusal: Refused, request: Request, directory: Directory) -> Reply:
    """Answer with a refusal."""
    correlation = aadsts.correlation_of(request)
    values = {**aadsts.usual(directory), **refusal.values}
    return aadsts.reply(refusal.number, now=directory.now(), correlation=correlation, error=refusal.error, **values)


def _asking(request: Request, form: dict[str, str], directory: Directory) -> Asking:
    """Find the tenant and the application, and let the application show who it is.

    :raises Refused: one of them is not there, or not who it says.
    """
    name = request.parts["tenant"]
    tenant = tenant_of(name, directory)
    if tenant is None:
        raise Refused(90002, t=name)
    if not form.get("grant_type"):
        raise Refused(900144, name="grant_type")
    who = clients.shown(request, form)
    if who.assertion:
        directory.grants.proofs.append(who.assertion)
    check_client(who.client_id, tenant, directory)
    now, by_itself = directory.now(), form["grant_type"] == "client_credentials"
    own = tokens.identifier(directory.tenant.name)
    audiences = tuple(f"https://login.microsoftonline.com/{text}{end}" for text in {name, tenant, own}
                      for end in ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0", ""))  # fmt: skip
    proof = clients.authenticate(who, directory.application, audiences=audiences, now=now, needed=by_itself)
    return Asking(directory, form, tenant, proof)


def check_client(client_id: str, tenant: str, directory: Directory) -> None:
    """Check that there is such an application, and that it may be used by this authority.

    :raises Refused: there is not, or it may not.
    """
    app = directory.application
    if client_id.lower() != app.client_id or not app.known:
        raise Refused(700016, app_id=client_id)
    if tenant == "consumers":
        raise Refused(9002332)
    if app.tenants == "own" and tenant in MANY:
        raise Refused(50194)


def _grant(asking: Asking) -> Reply:
    grants: dict[str, Callable[[Asking], Reply]] = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh_token,
        "client_credentials": _by_application,
        "password": _by_password,
        DEVICE: _by_device,
    }
    kind = asking.form["grant_type"]
    if kind not in grants:
        raise Refused(70003, name=kind)
    entra = asking.directory.entra
    if entra.answers is not None and entra.answers_at != "pages" and kind != DEVICE:
        raise Refused(entra.answers)
    admission.check_application(asking.directory.application)
    return grants[kind](asking)


def _by_code(asking: Asking) -> Reply:
    """RFC 6749 section 4.1.3, with the verifier of RFC 7636."""
    found = asking.directory.grants.codes.get(asking.need("code"))
    if found is None or found.grant.client_id != asking.directory.application.client_id:
        raise Refused(70000, name="code")
    if found.redeemed:
        raise Refused(54005)
    if asking.directory.now() > found.grant.given_at + CODE_LIFETIME:
        raise Refused(70008)
    if asking.need("redirect_uri") != found.redirect_uri:
        raise Refused(500112, redirect_uri=asking.form["redirect_uri"])
    if found.challenge is not None:
        digest = hashlib.sha256(asking.need("code_verifier").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != found.challenge:
            raise Refused(501481)
    first = scopes.first_resource(scopes.read(" ".join(found.grant.scopes)))
    wanted = scopes.for_one(asking.form.get("scope") or first)
    found.redeemed = True
    return issuing.for_user(
        asking.directory, wanted, found.grant, proof=asking.proof, form=asking.form, nonce=found.nonce
    )


def _by_refresh_token(asking: Asking) -> Reply:
    """RFC 6749 section 6: a new refresh token comes with each, and the old one stays good, as it does at Entra."""
    directory = asking.directory
    found = directory.grants.refreshes.get(asking.need("refresh_token"))
    if found is None or found.grant.client_id != directory.application.client_id:
        raise Refused(70000, name="refresh_token")
    grant = found.grant
    _check_age(found, directory)
    box = admission.account_of(grant.user, directory)
    admission.check_account(box)
    if grant.by_device and directory.tenant.device_code_blocked:
        raise Refused(530036)
    admission.check_policies(box, directory)
    admission.check_second_factor(box, strong=grant.strong)
    wanted = scopes.for_one(asking.form.get("scope") or scopes.first_resource(scopes.read(" ".join(grant.scopes))))
    return issuing.for_user(directory, wanted, grant, proof=asking.proof, form=asking.form)


def _check_age(found: Refresh, directory: Directory) -> None:
    """Check that a refresh token is neither too old nor from before a revocation.

    :raises Refused: it is.
    """
    now, box = directory.now(), directory.find(found.grant.user)
    if box is not None and box.sessions_revoked_ago is not None:
        since = directory.began - box.sessions_revoked_ago
        if found.grant.given_at < since:
            raise Refused(50173, issued=stamp(found.grant.given_at), valid_from=stamp(since))
    if now - found.issued_at > INACTIVITY:
        raise Refused(700082, issued=stamp(found.issued_at))
    if directory.tenant.access_policy == "sign-in-frequency" and now - found.grant.given_at >= SIGN_IN_FREQUENCY:
        raise Refused(70043, issued=stamp(found.issued_at), seconds=str(SIGN_IN_FREQUENCY))


def stamp(when: float) -> str:
    """Write a time as Entra's texts have it."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _by_application(asking: Asking) -> Reply:
    """RFC 6749 section 4.4: the application for itself."""
    if asking.tenant in MANY:
        raise Refused(9001023)
    if not asking.directory.application.present:
        raise Refused(7000229)
    wanted = scopes.for_one(asking.need("scope"))
    if [item.permission for item in wanted.asked] != [DEFAULT]:
        raise Refused(1002012, scope=asking.form["scope"])
    return issuing.for_application(asking.directory, wanted, proof=asking.proof)


def _by_password(asking: Asking) -> Reply:
    """RFC 6749 section 4.3, in which no second factor can be shown."""
    directory = asking.directory
    if asking.tenant == "common":
        raise Refused(9001023)
    wanted = scopes.for_one(asking.need("scope"))
    box = admission.account_of(asking.need("username"), directory)
    admission.check_password(box, asking.need("password"))
    admission.check_policies(box, directory)
    admission.check_second_factor(box, strong=False)
    scope = tuple(asking.form["scope"].split())
    grant = Grant(directory.application.client_id, box.upn or box.address, scope, directory.now())
    return issuing.for_user(directory, wanted, grant, proof=asking.proof, form=asking.form)


def _by_device(asking: Asking) -> Reply:
    """RFC 8628 section 3.4: asked again and again until the person at the browser is done."""
    directory = asking.directory
    found = directory.grants.devices.get(asking.need("device_code"))
    if found is None or found.client_id != directory.application.client_id or found.state == "redeemed":
        raise Refused(70018)
    _check_device(found, directory)
    admission.check_application(directory.application)
    assert found.grant is not None
    wanted = scopes.for_one(" ".join(found.scopes))
    answer = issuing.for_user(directory, wanted, found.grant, proof=asking.proof, form=asking.form)
    found.state = "redeemed"
    return answer


def _check_device(found: Device, directory: Directory) -> None:
    """Say how far the sign-in in the browser is.

    :raises Refused: it is not done, or will never be.
    """
    now, last = directory.now(), found.asked_at
    found.asked_at = now
    if found.refused is not None:
        raise Refused(found.refused)
    if found.state == "declined":
        raise Refused(65004, error="authorization_declined")
    if now >= found.expires_at:
        raise Refused(70019)
    if last is not None and now - last < directory.entra.interval - 1:
        raise Refused(70016, error="slow_down")
    if found.state == "pending":
        raise Refused(70016)
    assert found.grant is not None
    found.grant = replace(found.grant, by_device=True)


ROUTES = (Route("POST", "/{tenant}/oauth2/v2.0/token", token),)
