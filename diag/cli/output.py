"""Where a report goes, in which form, and which exit code stands for its verdict."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from diag.model.verdict import State, Verdict

FORMATS = ("text", "json")
EXIT_CODES: dict[State, int] = {"works": 0, "impaired": 1, "broken": 1, "unclear": 3}
NARROWEST, WIDEST = 60, 110

format_option = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Form of the report."
)
output_option = click.option(
    "-o", "--output", metavar="FILE", help="Write the report to FILE instead of standard output."
)


def deliver(verdict: Verdict, measurement: Measurement, *, form: str, output: str | None) -> None:
    """Print the report, or write it to a file.

    :raises click.ClickException: the file cannot be written.
    """
    if form == "json":
        from diag.report import json  # noqa: PLC0415  needs pydantic

        text = json.render(verdict, measurement)
    else:
        from diag.report import text as report  # noqa: PLC0415  needs rich

        text = report.render(verdict, measurement, **terminal(to_file=output is not None))
    if output is None:
        click.echo(text, nl=not text.endswith("\n"), color=True)
    else:
        write(output, text)


def write(name: str, text: str) -> None:
    """Write ``text`` to the file ``name``.

    :raises click.ClickException: it cannot be written; nothing else was lost.
    """
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{name}: {error.strerror}"
        raise click.ClickException(message) from None


def terminal(*, to_file: bool) -> dict[str, Any]:
    """Width and colour of the place where the text will be read."""
    shown = not to_file and sys.stdout.isatty()
    colour = shown and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    if os.environ.get("FORCE_COLOR") and not to_file and not os.environ.get("NO_COLOR"):
        colour = True
    columns = shutil.get_terminal_size((80, 24)).columns
    encoding = "utf-8" if to_file else (sys.stdout.encoding or "ascii")
    return {
        "width": max(NARROWEST, min(columns, WIDEST)),
        "colour": colour,
        "unicode": "utf" in encoding.lower(),
    }
