"""The sign-in of whoever lets the tenant be read: one for each interface, since a token is for one resource."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from diag.net.oauth import Client
from diag.probes.grant import Grant, obtain
from diag.probes.run import Run, SignIn
from diag.probes.tenant.permissions import asked_for

if TYPE_CHECKING:
    from diag.model.secret import Secret
    from diag.model.signin import Method
    from diag.probes.grant import Person
    from diag.probes.tenant.permissions import Service

AUTHORITY = "https://login.microsoftonline.com"


@cache
def clients() -> dict[str, str]:
    """Return the applications of Microsoft that administrators sign in to these interfaces with, by interface."""
    import tomllib  # noqa: PLC0415  only where somebody signs in

    text = files("diag.data").joinpath("permissions.toml").read_text("utf-8")
    return dict(tomllib.loads(text)["clients"])


def scopes(service: Service) -> tuple[str, ...]:
    """Return what is asked for at the sign-in for one of the two interfaces."""
    if service == "exchange":
        return ("https://outlook.office365.com/.default",)
    return tuple(f"https://graph.microsoft.com/{item.name}" for item in asked_for("graph"))


async def sign_in(
    run: Run, service: Service, user: str, *, method: Method, person: Person, client_id: str | None = None
) -> Secret:
    """Have ``user`` sign in, and return the token; it is kept nowhere.

    :raises StepFailed: nobody signed in; what was refused is on record.
    """
    domain = run.target.address.rpartition("@")[2]
    client = Client(
        client_id=client_id or clients()[service], authority=f"{AUTHORITY}/{domain}", scopes=scopes(service)
    )
    grant = Grant(client=client, method=method, person=person)
    own = Run(run.network, run.target, SignIn(user=user, grant=grant), run.choices)
    try:
        await own.once(obtain, run.target.address)
    finally:
        await own.close()
    token = own.sign_in.token
    assert token is not None  # noqa: S101  obtain raises where there is none
    return token
