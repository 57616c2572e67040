"""How a case obtains its token: the grant, the application as the world knows it, and the person at the page."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

from diag.model.secret import Secret
from diag.model.target import Protocol
from diag.net.oauth import Client
from diag.probes.grant import Grant, default_scopes
from scenarios.person import Person

if TYPE_CHECKING:
    from diag.net.network import Settings
    from diag.probes.run import SignIn
    from scenarios.model import Case

AUTHORITY = "https://login.microsoftonline.com"


def within(sign_in: SignIn, settings: Settings) -> SignIn:
    """Let the person's browser stand in the network of ``settings``."""
    grant = sign_in.grant
    if grant is None or not isinstance(grant.person, Person):
        return sign_in
    return replace(sign_in, grant=replace(grant, person=replace(grant.person, settings=settings)))


def grant(case: Case, refresh_token: str | None) -> Grant:
    """Say how the token of ``case`` is obtained; ``refresh_token`` is that of an earlier sign-in."""
    check, box = case.parts.check, case.declaration.mailbox
    wanted = check.signing_in
    method = check.authorize
    assert method is not None
    person = Person(
        user=wanted.name or box.upn or box.address,
        password=wanted.password or box.password,
        accepts=not wanted.declines,
        comes_back=not wanted.closes_the_window,
    )
    return Grant(
        client=_client(case, by_app=method.startswith("client-")),
        method=method,
        person=person,
        refresh_token=Secret(refresh_token) if refresh_token else None,
        timeout=wanted.waits,
    )


def _client(case: Case, *, by_app: bool) -> Client:
    check, app = case.parts.check, case.declaration.application
    wanted = check.signing_in
    domain = (check.address or case.declaration.mailbox.address).rpartition("@")[2]
    protocols = tuple(Protocol(name) for name in check.protocols)
    secret = wanted.secret or app.secret
    authority = wanted.authority or f"{AUTHORITY}/{domain}"
    return Client(
        client_id=wanted.client_id or app.client_id,
        authority=authority,
        scopes=wanted.scopes or default_scopes(protocols, by_app=by_app, authority=authority),
        secret=Secret(secret) if secret and check.authorize != "client-certificate" else None,
        certificate=_certificate() if check.authorize == "client-certificate" else None,
    )


def _certificate() -> Secret:
    """Return the key and certificate that the fakes know, which sign nothing anywhere else."""
    return Secret(files("fakes.data").joinpath("client-certificate.pem").read_text("ascii"))
