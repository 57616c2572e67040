"""Options for reading a tenant: with which tokens, about which application, and what is asked for before a sign-in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from diag.cli import credentials
from diag.cli.options import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.model.secret import Secret
    from diag.probes.run import Reading

SERVICES = {"graph": "Microsoft Graph", "exchange": "Office 365 Exchange Online (optional)"}


def _show_permissions(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(permissions())
        ctx.exit()


_OPTIONS = (
    click.option("--graph-token-file", metavar="FILE",
                 help="Access token for Microsoft Graph of who may read the tenant (- for standard input)."),
    click.option("--exchange-token-file", metavar="FILE",
                 help="Access token for https://outlook.office365.com of an administrator of Exchange."),
    click.option("--reader", metavar="USER", help="Sign in as this user to read the tenant, in a browser."),
    click.option("--reader-method", type=click.Choice(["code", "device-code"]), default="code", show_default=True,
                 help="How --reader signs in."),
    click.option("--reader-client-id", metavar="GUID", type=APPLICATION_ID,
                 help="Sign in by this application, and not by Microsoft's own command line tools."),
    click.option("--no-browser", is_flag=True,
                 help="Show the address of the sign-in page of --reader instead of opening it."),
    click.option("--with-exchange", is_flag=True, help="Sign in to the administration of Exchange too."),
    click.option("--application", metavar="NAME",
                 help="Enterprise application.  [default: Axence OAuth2 Authentication]"),
    click.option("--client-id", metavar="GUID", type=APPLICATION_ID, help="The same, by its identifier."),
    click.option("--permissions", is_flag=True, is_eager=True, expose_value=False, callback=_show_permissions,
                 help="Show which permissions reading asks for, and why; then exit."),
    click.option("--fix-script", metavar="FILE",
                 help="Write the PowerShell commands that mend it to FILE, for somebody to review and run."),
    click.option("--wait", is_flag=True, help="Check again until a change made minutes ago has reached everything."),
)  # fmt: skip


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options for reading a tenant."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def reads(options: dict[str, Any]) -> bool:
    """Tell whether the options say with what the tenant is read."""
    return any(options[name] for name in ("reader", "graph_token_file", "exchange_token_file"))


def permissions() -> str:
    """Say which permissions are asked for at a sign-in for reading a tenant, and what each is for."""
    from diag.probes.tenant.permissions import asked_for  # noqa: PLC0415  reads a table

    lines = [
        "To read a tenant, these delegated permissions are asked for.",
        "Nothing in the tenant is changed by it.",
        "",
    ]
    for service, title in SERVICES.items():
        lines.append(f"{title}:")
        for item in asked_for("graph" if service == "graph" else "exchange"):
            steps = ", ".join(map(str, item.steps))
            step = "step" if len(item.steps) == 1 else "steps"
            lines.append(click.wrap_text(
                f"{item.name}: {item.why} ({step} {steps})", width=78, initial_indent="  ", subsequent_indent="    "
            ))  # fmt: skip
        lines.append("")
    lines.append(click.wrap_text(
        "The account also needs a directory role that may read, such as Global Reader. Whatever is left out is reported"
        " as 'could not tell', never as passed.", width=78,
    ))  # fmt: skip
    return "\n".join(lines)


def reading(options: dict[str, Any], given: Reading | None) -> Reading | None:
    """Return with what the tenant is read: the options, over what an emulated world brings; None where nothing is.

    Where somebody is to sign in (--reader), the tokens are still to come, and those of an emulated world do not count.

    :raises click.UsageError: a token cannot be read.
    """
    from diag.probes.run import Reading as Made  # noqa: PLC0415  not needed for --help

    old = given or Made()
    if options["reader"]:
        old = replace(old, graph=None, exchange=None)
    made = Made(
        graph=_token(options, "graph_token_file") or old.graph,
        exchange=_token(options, "exchange_token_file") or old.exchange,
        application=options["application"] or old.application,
        client_id=options["client_id"] or old.client_id,
    )
    return made if made.graph or made.exchange or options["reader"] else None


def _token(options: dict[str, Any], name: str) -> Secret | None:
    return credentials.read_token(options[name], f"--{name.replace('_', '-')}") if options[name] is not None else None
