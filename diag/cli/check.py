"""``maildiag check``: the main job, against a real mailbox or an emulated world."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from diag.cli import INTERRUPTED, credentials
from diag.cli.as_application import PROOFS, application_options, as_application
from diag.cli.capture import captured
from diag.cli.job import Job
from diag.cli.networking import network_options, refuse_no_family, settings_with
from diag.cli.options import ADDRESS_PORT, HOST_PORT, MAIL_ADDRESS, SECONDS, endpoints
from diag.cli.output import EXIT_CODES, deliver, refuse_mixture, report_options, write
from diag.cli.progress import Progress
from diag.cli.reading import permissions, reading, reading_options, reads
from diag.cli.signed_in import earlier
from diag.model.target import Protocol, Tls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict

MECHANISMS = ("XOAUTH2", "OAUTHBEARER", "PLAIN", "LOGIN", "USER")
FOR_ONE = frozenset({
    "form", "output", "bundle", "fix_script", "save", "wait", "ask_password", "permissions",
    "reader", "reader_method", "reader_client_id", "with_exchange", "no_browser",
})  # fmt: skip
"""Options about one report, or one person at the keyboard: where many checks are made, there are none of them."""


@click.command()
@click.argument("address", required=False, type=MAIL_ADDRESS)
@click.option("--in", "case", metavar="CASE", help="Check inside a scenario's emulated world: a name or a file.")
@click.option("--settings", "settings_file", metavar="FILE",
              help="Check what this mailbox definition says (TOML, YAML or JSON).")  # fmt: skip
@click.option("--provider", type=click.Choice(["microsoft365", "gmail"]), help="Use this provider's endpoints.")
@click.option("--imap", multiple=True, type=HOST_PORT, metavar="HOST[:PORT]", help="Fetch by IMAP here.")
@click.option("--pop3", multiple=True, type=HOST_PORT, metavar="HOST[:PORT]", help="Fetch by POP3 here.")
@click.option("--smtp", multiple=True, type=HOST_PORT, metavar="HOST[:PORT]", help="Submit by SMTP here.")
@click.option("--tls", type=click.Choice([str(item) for item in Tls]), help="When TLS begins; default: by the port.")
@click.option("--protocols", metavar="LIST", help="Only these, such as imap,smtp.")
@click.option("--user", help="Sign-in name, where it is not the address.")
@click.option("--token-file", metavar="FILE", help="Access token for XOAUTH2 or OAUTHBEARER (- for standard input).")
@click.option("--token-env", metavar="NAME", help="Environment variable that holds the access token.")
@click.option("--password-file", metavar="FILE", help="Password for PLAIN or LOGIN (- for standard input).")
@click.option("--password-env", metavar="NAME", help="Environment variable that holds the password.")
@click.option("--password", "ask_password", is_flag=True, help="Ask for the password.")
@application_options
@click.option("--mechanism", metavar="NAME", type=click.Choice(MECHANISMS, case_sensitive=False),
              help="Sign in by this mechanism alone.")  # fmt: skip
@click.option("--sign-in-anyway", is_flag=True, help="Send the credential also where somebody else could read it.")
@network_options
@click.option("--second-name-server", type=ADDRESS_PORT, metavar="ADDRESS[:PORT]",
              help="Compare with the answers of this name server outside of the network.")  # fmt: skip
@click.option("--control", multiple=True, type=HOST_PORT, metavar="HOST:PORT",
              help="Compare a blocked port with this place, instead of a few known ones.")  # fmt: skip
@click.option("--no-controls", is_flag=True, help="Compare a blocked port with other ports of its own host alone.")
@click.option("--trace", type=click.Choice(["auto", "connect", "packets", "off"]), default="auto",
              help="How to look for the hop that blocks: by connections or raw packets.")  # fmt: skip
@click.option("--pcap", metavar="FILE", help="Write the packets of this check's own flows to FILE.")
@click.option("--max-time", type=SECONDS, metavar="SECONDS", help="For everything; what was measured is reported.")
@click.option("--change-request", metavar="FILE",
              help="Write what the owner of the firewall has to change to FILE, with the evidence.")  # fmt: skip
@click.option("--save", metavar="FILE", help="Write the measurement to FILE, for analyse.")
@click.option("--tenant", "with_tenant", is_flag=True, help="Read the tenant too, and follow the set-up guide.")
@reading_options
@report_options
def check(address: str | None, **options: Any) -> None:
    """Check the mailbox ADDRESS: name, port, TLS, sign-in and mailbox of every endpoint, all at once.

    Without endpoints or a provider they are found by DNS. Nothing is changed, deleted or sent. The exit code is 0
    where everything tested works, 1 where a cause was found, 3 where it could not be told.
    """
    run(address, options)


def run(address: str | None, given: dict[str, Any]) -> None:
    """Make a check with these options, report it and exit with its code; what is not given has its default."""
    options = with_defaults(given)
    refuse_contradictions(address, options)
    progress = Progress()
    verdict, measurement = asyncio.run(_outcome(address, options, progress))
    progress.clear()
    if options["change_request"]:
        _request_change(options["change_request"], measurement)
    if options["save"]:
        from diag.model import document  # noqa: PLC0415  needs pydantic

        write(options["save"], document.dump(measurement))
    deliver(
        verdict, measurement, form=options["form"], output=options["output"], bundle=options["bundle"],
        fix_script=options["fix_script"],
    )  # fmt: skip
    interrupted = not measurement.complete and was_interrupted(measurement)
    sys.exit(INTERRUPTED if interrupted else EXIT_CODES[verdict.state])


def with_defaults(given: dict[str, Any]) -> dict[str, Any]:
    """Return options of which those that were not given have their defaults."""
    return {**check.make_context("check", [], resilient_parsing=True).params, "only_tenant": False, **given}


async def _outcome(address: str | None, options: dict[str, Any], progress: Progress) -> tuple[Verdict, Measurement]:
    """Measure and judge, once or (with --wait) until a change has settled."""
    async with _job(address, options) as job:
        if options["reader"]:
            from diag.cli.administrator import lend  # noqa: PLC0415  only where somebody signs in
            from diag.cli.authorize import Terminal  # noqa: PLC0415

            terminal = Terminal(progress, browser=not options["no_browser"])
            person = job.person(options["reader"]) if job.person else terminal
            job = await lend(job, options, person)  # noqa: PLW2901  the same, able to read

        async def once() -> tuple[Verdict, Measurement]:
            measurement = await _measure(job, options, progress)
            from diag.judge import judge  # noqa: PLC0415  not needed before the measuring is over

            return judge(measurement), measurement

        if not options["wait"]:
            return await once()
        from diag.net.clock import Clock  # noqa: PLC0415  only where it is asked for
        from diag.waiting import wait  # noqa: PLC0415

        # The time of the person who waits, also in an emulated world, where nothing else is waited for.
        return await wait(once, Clock(), progress.waiting)


def was_interrupted(measurement: Measurement) -> bool:
    """Tell whether a person ended the check, and not its time."""
    return not any(item.failure and item.failure.code == "max-time" for item in measurement.observations)


def refuse_contradictions(address: str | None, options: dict[str, Any]) -> None:
    """Stop before anything is done where the options do not fit together.

    :raises click.UsageError: with what to do instead.
    """
    refuse_no_family(options)
    refuse_mixture(options)
    places = [name for name in ("imap", "pop3", "smtp") if options[name]]
    message = None
    given = options["settings_file"]
    if address is None and options["case"] is None and not given:
        message = "Give the mailbox's ADDRESS, or --in CASE for an emulated one ('maildiag scenario list' shows them)."
    elif given and (places or options["provider"] or options["case"] or options["tls"]):
        message = (
            "--settings FILE says where the mail is; leave out --in, --provider, --imap, --pop3, --smtp and --tls."
        )
    elif places and options["provider"]:
        message = f"--provider already says where the mail is; leave out --{' --'.join(places)} or --provider."
    elif options["pcap"] and options["sign_in_anyway"]:
        message = "--pcap and --sign-in-anyway exclude each other: the credential could end up in the file."
    elif options["tls"] and not places:
        message = "--tls speaks of the endpoints given by --imap, --pop3 or --smtp."
    elif options["with_tenant"] and not (options["case"] or reads(options)):
        needed = "--tenant needs --graph-token-file FILE or, for a single check, --reader USER, who signs in."
        message = f"{permissions()}\n\n{needed}"
    elif options["case"] and (places or options["provider"] or options["resolve"] or options["name_server"]):
        message = "--in CASE brings its own endpoints, provider and names."
    if message:
        raise click.UsageError(message)


async def measured(address: str | None, options: dict[str, Any], progress: Progress | None) -> Measurement:
    """Make the check that the options describe."""
    async with _job(address, options) as job:
        return await _measure(job, options, progress)


async def _measure(job: Job, options: dict[str, Any], progress: Progress | None) -> Measurement:
    from diag.check import measure  # noqa: PLC0415  the arguments are known to be right

    async with captured(options["pcap"]):
        found = await measure(
            job.request,
            job.sign_in,
            settings=job.settings,
            choices=job.choices,
            max_time=options["max_time"],
            on_change=progress,
        )
    if job.tokens:
        job.tokens.save_if_changed()
    return found


@contextlib.asynccontextmanager
async def _job(address: str | None, options: dict[str, Any]) -> AsyncIterator[Job]:
    if options["settings_file"]:
        yield with_options(_written(address, options["settings_file"]), options)
        return
    if options["case"] is None:
        yield with_options(real_job(address or "", options), options)
        return
    from diag.cli.emulated import emulated  # noqa: PLC0415  starts servers

    async with emulated(options["case"], address) as job:
        yield with_options(job, options)


def real_job(address: str, options: dict[str, Any]) -> Job:
    """Make the job of a check in the real world."""
    from diag.net.network import Settings  # noqa: PLC0415  see measured
    from diag.plan import Request  # noqa: PLC0415
    from diag.probes.run import Choices, SignIn  # noqa: PLC0415

    given = {protocol: options[protocol.value] for protocol in (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)}
    request = Request(address=address, provider=options["provider"], endpoints=endpoints(given, options["tls"]))
    return Job(request=request, sign_in=SignIn(user=address), settings=Settings(), choices=Choices())


def _written(address: str | None, name: str) -> Job:
    from diag.cli.settings import read_settings  # noqa: PLC0415  only where one was given
    from diag.net.network import Settings  # noqa: PLC0415  see measured
    from diag.plan import Request  # noqa: PLC0415
    from diag.probes.run import Choices, SignIn  # noqa: PLC0415

    found = read_settings(name)
    request = Request(address=address or found.user, endpoints=found.endpoints, lines=found.lines)
    return Job(request=request, sign_in=SignIn(user=found.user), settings=Settings(), choices=Choices())


def with_options(job: Job, options: dict[str, Any], *, earlier_too: bool = True) -> Job:
    """Lay the options over the job: what a scenario says holds unless an option says otherwise.

    ``earlier_too`` takes the tokens of an earlier sign-in where no credential is given.
    """
    names = ("token_file", "token_env", "password_file", "password_env", "ask_password")
    user = options["user"] or job.sign_in.user
    proofs = tuple(f"--{name.replace('_', '-')}" for name in PROOFS if options[name] is not None)
    own = credentials.read(user, **{name: options[name] for name in names}, others=proofs)
    of_the_case = replace(job.sign_in, user=user)
    itself = as_application(job.request.address, options, of_the_case)
    sign_in, tokens = itself or (own if own.given else of_the_case), None
    if earlier_too and not sign_in.given and not options["case"] and (found := earlier(user)):
        sign_in, tokens = found
    only_tenant = bool(options.get("only_tenant"))
    wants_tenant = only_tenant or options["with_tenant"] or reads(options) or job.choices.reading is not None
    request = replace(
        job.request, sign_in_anyway=options["sign_in_anyway"], notes=_notes(options), only_tenant=only_tenant
    )
    if options["protocols"]:
        request = replace(request, protocols=protocols_of(options["protocols"]))
    choices = replace(
        job.choices,
        resolve={**job.choices.resolve, **dict(options["resolve"])},
        connect_to={**job.choices.connect_to, **dict(options["connect_to"])},
        sign_in_anyway=options["sign_in_anyway"],
        controls=_controls(options, job.choices.controls),
        mechanism=options["mechanism"],
        reading=reading(options, job.reading) if wants_tenant else None,
    )
    settings = settings_with(job.settings, options)
    return replace(job, request=request, sign_in=sign_in, settings=settings, choices=choices, tokens=tokens)


def _request_change(name: str, measurement: Measurement) -> None:
    """Write the request for the owner of the network's devices."""
    from diag.judge import judge  # noqa: PLC0415  not needed before the measuring is over
    from diag.report import change_request  # noqa: PLC0415

    write(name, change_request.render(judge(measurement), measurement))


def _controls(options: dict[str, Any], given: tuple[tuple[str, int], ...] | None) -> tuple[tuple[str, int], ...] | None:
    """Return the places that a blocked port is compared with, as the options say.

    :raises click.UsageError: one of them has no port.
    """
    if any(port is None for _, port in options["control"]):
        message = "--control: expected HOST:PORT, since it is a port that is compared."
        raise click.UsageError(message)
    return () if options["no_controls"] else tuple(options["control"]) or given


def protocols_of(text: str) -> tuple[Protocol, ...]:
    """Read a list such as ``imap,smtp``.

    :raises click.UsageError: one of them is no mail protocol.
    """
    known = {item.value: item for item in (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)}
    wrong = [name for name in text.split(",") if name.strip().lower() not in known]
    if wrong:
        message = f"--protocols: {wrong[0]!r} is not one of {', '.join(known)}"
        raise click.UsageError(message)
    return tuple(known[name.strip().lower()] for name in text.split(","))


def _notes(options: dict[str, Any]) -> tuple[str, ...]:
    """Say which options change what is measured, for whoever reads the report."""
    notes = [f"--resolve {host}:{port}:{','.join(found)}" for (host, port), found in options["resolve"]]
    notes += [f"--connect-to {host}:{port}:{to}:{at}" for (host, port), (to, at) in options["connect_to"]]
    notes += [f"--cacert {options['cacert']}"] if options["cacert"] else []
    notes += [f"--proxy {options['proxy'].rpartition('@')[2]}"] if options["proxy"] else []
    if options["sign_in_anyway"]:
        notes.append("--sign-in-anyway: the credential is sent also over channels that do not verify")
    return tuple(notes)
