"""Where a report goes, in which form, and which exit code stands for its verdict."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.model.measurement import Measurement
    from diag.model.verdict import State, Verdict

FORMATS = ("text", "json", "markdown", "html", "junit")
EXIT_CODES: dict[State, int] = {"works": 0, "impaired": 1, "broken": 1, "unclear": 3}
NARROWEST, WIDEST = 60, 110
STANDARD = "-"
"""Standard output, where a file is named."""
TEXTS, NO_TEXTS = ("save", "change_request", "fix_script"), ("bundle", "pcap")
"""Options that write something besides the report."""

format_option = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Form of the report."
)
output_option = click.option(
    "-o", "--output", metavar="FILE", help="Write the report to FILE instead of standard output."
)
bundle_option = click.option(
    "--bundle", metavar="FILE.zip", help="Write all that support needs to FILE.zip; no secret is in it."
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options for its report."""
    return format_option(output_option(bundle_option(command)))


def refuse_mixture(options: dict[str, Any]) -> None:
    """Stop where standard output would be given two things, or something that is no text.

    :raises click.UsageError: with what to do instead.
    """
    shared = [f"--{name.replace('_', '-')}" for name in (*TEXTS, *NO_TEXTS) if options.get(name) == STANDARD]
    no_text = [f"--{name}" for name in NO_TEXTS if options.get(name) == STANDARD]
    if no_text:
        message = f"{no_text[0]} writes no text: give the name of a file, and not -."
    elif len(shared) > 1:
        message = f"{' and '.join(shared)} cannot share standard output: write one of them to a file."
    elif shared and options.get("output") in {None, STANDARD}:
        message = f"{shared[0]} - and the report cannot share standard output: write the report to a file by -o FILE."
    else:
        return
    raise click.UsageError(message)


def deliver(
    verdict: Verdict,
    measurement: Measurement,
    *,
    form: str,
    output: str | None,
    bundle: str | None = None,
    fix_script: str | None = None,
) -> None:
    """Print the report, or write it to a file; beside it the bundle and the script that mends, where asked for.

    :raises click.ClickException: a file cannot be written.
    """
    if output == STANDARD:
        output = None
    text = rendered(verdict, measurement, form, to_file=output is not None)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"), color=True)
    else:
        write(output, text)
    if bundle is not None:
        from diag.report import bundle as zipped  # noqa: PLC0415  needs pydantic

        write(bundle, zipped.render(verdict, measurement))
    if fix_script is not None:
        from diag.report import script  # noqa: PLC0415  only where it is asked for

        write(fix_script, script.render(verdict, measurement))


def rendered(verdict: Verdict, measurement: Measurement, form: str, *, to_file: bool) -> str:
    """Write the report in one of the forms."""
    if form == "text":
        from diag.report import text as report  # noqa: PLC0415  needs rich

        return report.render(verdict, measurement, **terminal(to_file=to_file))
    from importlib import import_module  # noqa: PLC0415  each form needs other libraries

    render: Callable[[Verdict, Measurement], str] = import_module(f"diag.report.{form}").render
    return render(verdict, measurement)


def write(name: str, content: str | bytes) -> None:
    """Write ``content`` to the file ``name``, or to standard output for ``-``.

    :raises click.ClickException: it cannot be written; nothing else was lost.
    """
    if name == STANDARD:
        click.echo(content, nl=False)
        return
    try:
        Path(name).write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
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
