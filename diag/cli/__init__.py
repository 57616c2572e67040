"""The command line: arguments, exit codes, progress and printing. Nothing else in the tool prints.

Each command lives in a module of its own that is imported when the command runs, so that ``--help`` costs little more
than Python's own start.
"""

from __future__ import annotations

import importlib
import sys

import click

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("diag.cli.check", "Check a mailbox's whole path and say what is wrong."),
    "fleet": ("diag.cli.fleet", "Check many mailboxes, and say what their troubles have in common."),
    "watch": ("diag.cli.watch", "Check a mailbox again and again, with metrics for Prometheus."),
    "authorize": ("diag.cli.authorize", "Sign in to the mailbox, and keep the tokens for checks."),
    "settings": ("diag.cli.settings", "Say what is wrong in a mailbox definition, before anything is dialled."),
    "tenant": ("diag.cli.tenant", "Hold a Microsoft 365 tenant against the set-up guide, step by step."),
    "analyse": ("diag.cli.analyse", "Judge a saved measurement again."),
    "explain": ("diag.cli.explain", "Show the page of a finding."),
    "scenario": ("diag.cli.scenario", "List, play, serve, record and prove emulated worlds."),
}
"""Command to its module and one-line help; the module's attribute has the command's name."""

INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group that imports a command when it is called and lists all of them without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of their importance."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Import the command, or fail with the nearest name."""
        if cmd_name not in COMMANDS:
            from difflib import get_close_matches  # noqa: PLC0415  only for a wrong name

            close = get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else f" There are: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command '{cmd_name}'.{hint}")
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands from :data:`COMMANDS`."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from diag import __version__  # noqa: PLC0415  only here

        click.echo(f"maildiag {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Show the version and exit."
)
def cli() -> None:
    """Find out why a mail client cannot reach or cannot sign in to its mailbox.

    \b
    maildiag check helpdesk@contoso.com          the whole path, with proof and remedy
    maildiag check --in tls/certificate-expired  the same in an emulated world
    """  # noqa: D301  click reads the backspace as: keep these lines


def main() -> None:
    """Run the command line and exit with the code that the README documents."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, never a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = cli.main(standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):  # click's own word for it would be 1, which says that a cause was found
        click.echo("Interrupted.", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    sys.exit(code)
