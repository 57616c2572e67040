"""``maildiag tenant``: every step of the set-up guide that the tenant itself can tell of. Nothing in it is changed."""

from __future__ import annotations

from typing import Any

import click

from diag.cli.check import run
from diag.cli.networking import network_options
from diag.cli.options import MAIL_ADDRESS, SECONDS
from diag.cli.output import report_options
from diag.cli.reading import permissions, reading_options, reads


@click.command()
@click.argument("address", required=False, type=MAIL_ADDRESS)
@click.option("--in", "case", metavar="CASE", help="Read the tenant of a scenario's emulated world: a name or a file.")
@click.option("--protocols", metavar="LIST", help="What the mailbox is used by, such as imap,smtp.  [default: all]")
@reading_options
@network_options
@click.option("--max-time", type=SECONDS, metavar="SECONDS", help="For everything; what was read is reported.")
@click.option("--save", metavar="FILE", help="Write the measurement to FILE, for analyse.")
@report_options
def tenant(address: str | None, **options: Any) -> None:
    """Read the tenant of the mailbox ADDRESS, and hold it against the set-up guide step by step.

    The account, its licence and its protocols; who may consent to what; the enterprise application and what it was
    granted. The exit code is 0 where every step that can be read is fulfilled, 1 where one is not, 3 where something
    could not be told. 'maildiag check ADDRESS --tenant' does this and the mailbox's whole path at once.
    """
    if options["case"] is None and not reads(options):
        message = (
            f"{permissions()}\n\nGive --reader USER, who signs in, or --graph-token-file FILE with an access token."
        )
        raise click.UsageError(message)
    run(address, {**options, "only_tenant": True})
