"""``maildiag analyse``: the verdict on a measurement that was saved earlier or elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diag.cli.output import EXIT_CODES, deliver, refuse_mixture, report_options

if TYPE_CHECKING:
    from diag.model.measurement import Measurement

ZIP = b"PK\x03\x04"
IN_BUNDLE = "measurement.json"
"""The measurement's name in what check --bundle writes."""


def read_measurement(name: str) -> Measurement:
    """Read a measurement, a JSON report or a bundle that holds one; ``-`` is standard input.

    :raises click.UsageError: the file is not there or is not a measurement.
    """
    from diag.model import document  # noqa: PLC0415  needs pydantic

    try:
        text = sys.stdin.read() if name == "-" else _text(name)
        return document.load(text, name=name)
    except OSError as error:
        message = f"{name}: {error.strerror}"
    except UnicodeDecodeError as error:
        message = f"{name}: byte {error.start} is not UTF-8; expected a JSON document"
    except document.DocumentError as error:
        message = str(error)
    raise click.UsageError(message)


def _text(name: str) -> str:
    """Read a file, or the measurement in a bundle.

    :raises click.UsageError: a bundle without a measurement.
    """
    data = Path(name).read_bytes()
    if not data.startswith(ZIP):
        return data.decode("utf-8")
    import io  # noqa: PLC0415  only for a bundle
    import zipfile  # noqa: PLC0415

    from diag.model.document import LARGEST_DOCUMENT  # noqa: PLC0415

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle, bundle.open(IN_BUNDLE) as member:
            return member.read(LARGEST_DOCUMENT + 1).decode("utf-8")
    except (KeyError, zipfile.BadZipFile):
        message = f"{name}: expected a bundle of check --bundle, with the file {IN_BUNDLE} in it"
        raise click.UsageError(message) from None


def _show_schema(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        import json  # noqa: PLC0415  only here

        from diag.model import document  # noqa: PLC0415  needs pydantic

        click.echo(json.dumps(document.schema(), indent=2))
        ctx.exit()


@click.command()
@click.argument("file")
@click.option(
    "--schema", is_flag=True, is_eager=True, expose_value=False, callback=_show_schema,
    help="Show the JSON Schema of a measurement and exit.",
)  # fmt: skip
@report_options
@click.option("--fix-script", metavar="FILE", help="Write the PowerShell commands that mend the tenant to FILE.")
def analyse(file: str, **options: Any) -> None:
    """Judge the measurement in FILE again (- for standard input).

    FILE is what check --save or --bundle wrote, or a report in JSON. Judging needs no network.
    """
    refuse_mixture(options)
    from diag.judge import judge  # noqa: PLC0415  after the arguments are known to be right

    measurement = read_measurement(file)
    verdict = judge(measurement)
    deliver(
        verdict, measurement, form=options["form"] or "text", output=options["output"], bundle=options["bundle"],
        fix_script=options["fix_script"],
    )  # fmt: skip
    sys.exit(EXIT_CODES[verdict.state])
