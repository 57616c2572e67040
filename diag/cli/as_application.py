"""The application's own credential: a secret or a certificate, for services that sign in without a person.

``authorize`` tries it, and ``check`` signs in to the mailbox with what it is granted (RFC 6749 section 4.4).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from diag.cli import credentials
from diag.cli.options import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.model.secret import Secret
    from diag.model.signin import Method
    from diag.model.target import Protocol
    from diag.net.oauth import Client
    from diag.probes.run import SignIn

HOST = "https://login.microsoftonline.com"
VARIABLE = "MAILDIAG_CLIENT_ID"
PROOFS = ("client_secret_file", "client_secret_env", "certificate")
_PROOFS = (
    click.option("--client-secret-file", metavar="FILE", help="Sign the application itself in, by this secret."),
    click.option("--client-secret-env", metavar="NAME", help="The same, from an environment variable."),
    click.option("--certificate", metavar="FILE",
                 help="The same, by the private key and certificate in this PEM file."),
    click.option("--authority", metavar="URL",
                 help=f"Sign-in service, such as of a national cloud.  [default: {HOST}]"),
    click.option("--scopes", metavar="LIST", help="Ask for these, by spaces; default: what Exchange needs."),
)  # fmt: skip
_APPLICATION = (
    click.option("--app-client-id", metavar="GUID", type=APPLICATION_ID,
                 help=f"The application that signs itself in; default: {VARIABLE} of the environment."),
    click.option("--app-tenant", metavar="NAME",
                 help="Identifier or domain of the tenant in which it does; default: the address's domain."),
)  # fmt: skip


def proof_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options by which an application proves who it is, and where."""
    for option in reversed(_PROOFS):
        command = option(command)
    return command


def application_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command, besides, the options that say which application that is."""
    for option in reversed(_APPLICATION):
        command = option(command)
    return proof_options(command)


def method(options: dict[str, Any]) -> Method | None:
    """Say how the options let the application sign itself in; None where they do not."""
    if options["client_secret_file"] is not None or options["client_secret_env"] is not None:
        return "client-secret"
    return None if options["certificate"] is None else "client-certificate"


def as_application(address: str, options: dict[str, Any], given: SignIn) -> SignIn | None:
    """Return the credential with which the application signs in to the mailbox ``address``; None: it is not to.

    An emulated world brings what is not given: its application, and where that signs in.

    :raises click.UsageError: the options do not say enough, or a file cannot be used.
    """
    how = method(options)
    if how is None:
        _refuse_half(options)
        return None
    from diag.probes.grant import Grant  # noqa: PLC0415  not needed for --help

    known = given.grant.client if given.grant else None
    client_id = options["app_client_id"] or (known.client_id if known else _from_environment())
    if not client_id:
        message = f"Give --app-client-id, or set {VARIABLE}: the 'Application (client) ID' of whose secret this is."
        raise click.UsageError(message)
    client = client_of(options, client_id, options["app_tenant"], address, by_app=True)
    return replace(given, token=None, password=None, grant=Grant(client=client, method=how))


def _refuse_half(options: dict[str, Any]) -> None:
    names = ("app_client_id", "app_tenant", "authority", "scopes")
    useless = [f"--{name.replace('_', '-')}" for name in names if options[name] is not None]
    if useless:
        message = f"{useless[0]} is about an application that signs itself in: give --client-secret-file FILE too, "
        message += "--client-secret-env NAME or --certificate FILE."
        raise click.UsageError(message)


def _from_environment() -> str | None:
    found = os.environ.get(VARIABLE)
    return APPLICATION_ID(found) if found else None


def client_of(
    options: dict[str, Any],
    client_id: str,
    tenant: str | None,
    address: str,
    *,
    by_app: bool,
    protocols: tuple[Protocol, ...] = (),
) -> Client:
    """Return the application that signs in as the options say, in ``tenant`` or else in that of the address's domain.

    :raises click.UsageError: an authority is none, or a file cannot be used.
    """
    from diag.net.oauth import Client as Signing  # noqa: PLC0415  the name above is for types
    from diag.probes.grant import default_scopes  # noqa: PLC0415  not needed for --help

    asked = _authority(options, tenant, address)
    return Signing(
        client_id=client_id,
        authority=asked,
        scopes=tuple((options["scopes"] or "").split()) or default_scopes(protocols, by_app=by_app, authority=asked),
        secret=_secret(options),
        certificate=_certificate(options),
    )


def _authority(options: dict[str, Any], tenant: str | None, address: str) -> str:
    """Join sign-in service and tenant; an authority with a path names its tenant itself.

    :raises click.UsageError: it is none.
    """
    given = (options["authority"] or HOST).rstrip("/")
    parts = urlsplit(given)
    if parts.scheme != "https" or not parts.hostname:
        message = f"--authority: expected https://host or https://host/tenant, found {given!r}"
        raise click.UsageError(message)
    if parts.path.strip("/"):
        return given
    return f"{given}/{tenant or address.rpartition('@')[2]}"


def _secret(options: dict[str, Any]) -> Secret | None:
    """Read the application's secret, where the options name one.

    :raises click.UsageError: it cannot be read.
    """
    if options["client_secret_file"] is not None:
        return credentials.from_file(options["client_secret_file"], "--client-secret-file")
    if options["client_secret_env"] is not None:
        return credentials.from_environment(options["client_secret_env"], "--client-secret-env")
    return None


def _certificate(options: dict[str, Any]) -> Secret | None:
    """Read the application's private key with its certificate, where the options name them.

    :raises click.UsageError: they cannot be read, or are none.
    """
    name = options["certificate"]
    if name is None:
        return None
    from diag.model.secret import Secret as Kept  # noqa: PLC0415  the name above is for types
    from diag.net.oauth import certificate_of  # noqa: PLC0415  not needed for --help

    try:
        text = Path(name).read_text(encoding="ascii", errors="replace")
        certificate_of(text)
    except OSError as error:
        message = f"--certificate {name}: {error.strerror}"
        raise click.UsageError(message) from None
    except ValueError as error:
        message = f"--certificate {name}: {error}"
        raise click.UsageError(message) from None
    return Kept(text)
