"""``maildiag authorize``: sign in to the mailbox's tenant, and keep the tokens for later checks."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from diag.cli import INTERRUPTED, as_application
from diag.cli.as_application import VARIABLE
from diag.cli.check import protocols_of, real_job, was_interrupted, with_defaults, with_options
from diag.cli.networking import NAMES, network_options, refuse_no_family
from diag.cli.options import APPLICATION_ID, MAIL_ADDRESS, SECONDS
from diag.cli.output import EXIT_CODES, deliver, refuse_mixture, report_options, write
from diag.cli.progress import Progress
from diag.cli.token_store import StoreError, TokenStore, need_library
from diag.model.target import Endpoint, Protocol, Tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from diag.cli.job import Job
    from diag.cli.signed_in import Session
    from diag.model.measurement import Measurement
    from diag.model.secret import Secret
    from diag.model.signin import Method
    from diag.model.verdict import Verdict

USELESS = ("token/wrong-resource", "token/of-another-tenant")
"""Findings by which a token opens no mailbox of the address, whatever else is right."""
NO_CLIENT = (
    f"Give --client-id, or set {VARIABLE}: the 'Application (client) ID' of the application that is to sign in, "
    "from Microsoft Entra admin center > Entra ID > App registrations (or Enterprise applications > Application ID). "
    "Its registration must know http://localhost under 'Mobile and desktop applications'."
)


class Terminal:
    """The person at this computer, who is told what to do on standard error."""

    def __init__(self, progress: Progress, *, browser: bool) -> None:
        """Open pages in a browser, or only say where they are."""
        self._progress = progress
        self._browser = browser

    async def open(self, url: str) -> None:
        """Open the sign-in page."""
        import webbrowser  # noqa: PLC0415  only where somebody is sent to a page

        opened = self._browser and await asyncio.to_thread(webbrowser.open, url)
        self._progress.clear()
        click.echo("Sign in in the browser window that opens." if opened else "Open this page and sign in:", err=True)
        if not opened:
            click.echo(f"\n  {url}\n", err=True)

    async def enter(self, url: str, code: Secret, minutes: int) -> None:
        """Say which code is to be entered where."""
        self._progress.clear()
        shown = "".join(character for character in code.reveal() if character.isalnum())
        click.echo(f"On any computer or phone open {url}\nand enter within {minutes} minutes: {shown}", err=True)


@click.command()
@click.argument("address", required=False, type=MAIL_ADDRESS)
@click.option("--in", "case", metavar="CASE", help="Sign in inside a scenario's emulated world; nothing is kept.")
@click.option(
    "--client-id", metavar="GUID", envvar=VARIABLE, type=APPLICATION_ID, help="The application that signs in."
)
@click.option("--tenant", metavar="NAME", help="Identifier or domain of the tenant; default: the address's domain.")
@click.option("--protocols", metavar="LIST", help="Ask for the permissions of these.  [default: imap,pop3,smtp]")
@click.option("--device-code", is_flag=True, help="Sign in on another computer, by entering a code there.")
@as_application.proof_options
@click.option("--no-browser", is_flag=True, help="Show the address of the sign-in page instead of opening it.")
@click.option("--timeout", type=SECONDS, default=300, show_default=True, metavar="SECONDS", help="For the person.")
@click.option("--forget", is_flag=True, help="Remove the tokens that are kept for ADDRESS.")
@network_options
@click.option("--save", metavar="FILE", help="Write the measurement to FILE, for analyse. No token is in it.")
@report_options
def authorize(address: str | None, **options: Any) -> None:
    """Sign in to the mailbox ADDRESS and keep the tokens, so that 'maildiag check ADDRESS' uses them.

    By a browser on this computer (authorization code with PKCE); with --device-code on another one; with a secret or
    a certificate as the application itself. The exit code is 0 where a token was granted, 1 where a cause was found
    why not, 3 where it could not be told.
    """
    if address is None and options["case"] is None:
        message = "Give the mailbox's ADDRESS, or --in CASE for an emulated one."
        raise click.UsageError(message)
    if options["forget"]:
        _forget(address)
        return
    _refuse_contradictions(options)
    _warn_beforehand(options)
    progress = Progress()
    measurement, session = asyncio.run(_sign_in(address, options, progress))
    progress.clear()
    if options["save"]:
        from diag.model import document  # noqa: PLC0415  needs pydantic

        write(options["save"], document.dump(measurement))
    from diag.judge import judge  # noqa: PLC0415  not needed before the sign-in is over

    verdict = judge(measurement)
    deliver(verdict, measurement, form=options["form"], output=options["output"], bundle=options["bundle"])
    _tell(measurement, verdict, session)
    interrupted = not measurement.complete and was_interrupted(measurement)
    sys.exit(INTERRUPTED if interrupted else EXIT_CODES[verdict.state])


def _forget(address: str | None) -> None:
    if address is None:
        message = "--forget needs the ADDRESS whose tokens are to be removed."
        raise click.UsageError(message)
    try:
        found = TokenStore(address).forget()
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"The tokens of {address} are removed." if found else f"No tokens are kept for {address}.")


def _refuse_contradictions(options: dict[str, Any]) -> None:
    """Stop before anything is done where the options do not fit together.

    :raises click.UsageError: with what to do instead.
    """
    given = [name for name in ("device_code", *as_application.PROOFS) if options[name]]
    if len(given) > 1:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        message = f"{names} exclude each other: choose one way to sign in"
        raise click.UsageError(message)
    refuse_no_family(options)
    refuse_mixture(options)
    if options["case"] is None and not options["client_id"]:
        raise click.UsageError(NO_CLIENT)


def _warn_beforehand(options: dict[str, Any]) -> None:
    """Say before anybody signs in that nothing will be kept of it, where that is known."""
    if not _keeps(options):
        return
    try:
        need_library()
    except StoreError as error:
        click.echo(f"Warning: the token will not be kept: {error}", err=True)


def _keeps(options: dict[str, Any]) -> bool:
    """Tell whether tokens are kept: an application asks for its own anew, and emulated ones are worth nothing."""
    return options["case"] is None and as_application.method(options) is None


async def _sign_in(
    address: str | None, options: dict[str, Any], progress: Progress
) -> tuple[Measurement, Session | None]:
    from diag.check import measure  # noqa: PLC0415  the arguments are known to be right

    async with _job(address, options) as network:
        job, session = _with_grant(network, options, progress)
        found = await measure(job.request, job.sign_in, settings=job.settings, choices=job.choices, on_change=progress)
    return found, session


@contextlib.asynccontextmanager
async def _job(address: str | None, options: dict[str, Any]) -> AsyncIterator[Job]:
    """Give the job of a check without a credential, of which the options for the network hold."""
    network = with_defaults({name: options[name] for name in ("case", *NAMES)})
    if options["case"] is None:
        yield with_options(real_job(address or "", network), network, earlier_too=False)
        return
    from diag.cli.emulated import emulated  # noqa: PLC0415  starts servers

    async with emulated(options["case"], address, _method(options)) as job:
        yield with_options(job, network)


def _with_grant(job: Job, options: dict[str, Any], progress: Progress) -> tuple[Job, Session | None]:
    """Make a job of a check one that signs in and does nothing else."""
    from diag.cli.signed_in import Session, new_cache  # noqa: PLC0415  needs MSAL
    from diag.probes.grant import Grant  # noqa: PLC0415

    address = job.request.address
    method = _method(options)
    protocols = protocols_of(options["protocols"]) if options["protocols"] else ()
    cache = new_cache()
    given = job.sign_in.grant
    client_id = options["client_id"] or (given.client.client_id if given else "")
    by_app = method.startswith("client-")
    client = as_application.client_of(
        options, client_id, options["tenant"], address, by_app=by_app, protocols=protocols
    )
    client = replace(client, cache=cache)
    person = given.person if given else Terminal(progress, browser=not options["no_browser"])
    grant = Grant(client=client, method=method, person=person, timeout=options["timeout"])
    host = urlsplit(client.authority).hostname or ""
    endpoint = Endpoint(protocol=Protocol.HTTPS, host=host, port=443, tls=Tls.IMPLICIT)
    request = replace(job.request, endpoints=(endpoint,), provider="microsoft365", protocols=protocols)
    sign_in = replace(job.sign_in, token=None, password=None, grant=grant)
    session = Session(TokenStore(address), client, cache) if _keeps(options) else None
    return replace(job, request=request, sign_in=sign_in), session


def _method(options: dict[str, Any]) -> Method:
    by_person: Method = "device-code" if options["device_code"] else "code"
    return as_application.method(options) or by_person


def _tell(measurement: Measurement, verdict: Verdict, session: Session | None) -> None:
    """Say what was granted, and keep it."""
    from diag.model.signin import TokenGrant  # noqa: PLC0415

    granted = [item.action for item in measurement.observations
               if isinstance(item.action, TokenGrant) and not item.failure and item.took is not None]  # fmt: skip
    if not granted:
        return
    grant = granted[-1]
    who = grant.user or "the application itself"
    allowed = [scope.rpartition("/")[2] for scope in grant.granted if "/" in scope]
    click.echo(f"Signed in as {who}: {' '.join(allowed) or 'what was asked for'}", err=True)
    if session is None:
        if grant.method.startswith("client-"):
            again = "--app-client-id ID with the same secret or certificate"
            click.echo(f"Nothing is kept of it: 'maildiag check' asks for a token of its own by {again}.", err=True)
        return
    useless = next((cause.code for cause in verdict.causes if cause.code in USELESS), None)
    if useless:
        click.echo(f"Warning: the token is not kept, since no mail can be had with it ({useless}).", err=True)
        return
    try:
        encrypted = session.save()
    except StoreError as error:
        click.echo(f"Warning: the token is not kept: {error}", err=True)
        return
    if encrypted:
        click.echo(f"The tokens are kept, encrypted by this system's key store ({session.store.path}).", err=True)
    else:
        click.echo(
            f"Warning: the tokens are kept in {session.store.path}, which only you can read (0600) but which is not "
            "encrypted: no key store of this system can be used. Remove them with --forget when you are done.",
            err=True,
        )
