"""``maildiag settings``: a mailbox definition held against what is right, before anything is dialled."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diag.cli.output import EXIT_CODES, deliver, report_options

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from diag.settings import Mailbox

EXAMPLE = """
    [receiving]
    protocol = "IMAP4"
    server = "outlook.office365.com"
    port = 993
    encryption = "TLS 1.2+"
    authentication = "MS OAuth2"
    user = "helpdesk@contoso.com"
"""


def read_settings(name: str) -> Mailbox:
    """Read a mailbox definition.

    :raises click.UsageError: the file is not there, or cannot be understood; all of it is listed with its place.
    """
    from diag.places import LARGEST, FileError  # noqa: PLC0415  only for this command
    from diag.settings import load  # noqa: PLC0415

    try:
        with Path(name).open(encoding="utf-8-sig") as file:
            return load(file.read(LARGEST + 1), name)
    except OSError as error:
        message = f"{name}: {error.strerror}"
    except UnicodeDecodeError as error:
        message = f"{name}: byte {error.start} is not UTF-8; expected TOML, YAML or JSON"
    except FileError as error:
        message = f"{error}\nA definition looks like this:\n{EXAMPLE}"
    raise click.UsageError(message)


def as_measurement(mailbox: Mailbox) -> Measurement:
    """Put a definition alone on record: nothing was dialled."""
    from diag import __version__  # noqa: PLC0415  see read_settings
    from diag.check import as_read  # noqa: PLC0415
    from diag.model.measurement import Measurement, Vantage  # noqa: PLC0415
    from diag.model.target import Target  # noqa: PLC0415

    return Measurement(
        target=Target(address=mailbox.user, user=mailbox.user),
        vantage=Vantage(),
        tool=f"maildiag {__version__}",
        observations=as_read(mailbox.lines, mailbox.user),
    )


@click.command()
@click.argument("file")
@report_options
def settings(file: str, form: str, output: str | None, bundle: str | None) -> None:
    """Say what is wrong in the mailbox definition FILE, in TOML, YAML or JSON. Nothing is dialled.

    It has the tables 'receiving' and 'sending', or one of them, with the keys protocol, server, port, encryption,
    authentication and user. The exit code is 0 where nothing is wrong, 1 where something is, 2 where FILE cannot be
    understood. 'maildiag check --settings FILE' goes on and tries it.
    """
    from diag.judge import judge  # noqa: PLC0415  after the file is known to be readable

    measurement = as_measurement(read_settings(file))
    verdict = judge(measurement)
    deliver(verdict, measurement, form=form, output=output, bundle=bundle)
    sys.exit(EXIT_CODES[verdict.state])
