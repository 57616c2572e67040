"""``maildiag fleet``: many mailboxes at once, from here and as measured at other sites."""

from __future__ import annotations

import asyncio
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diag.cli import INTERRUPTED
from diag.cli.analyse import read_measurement
from diag.cli.check import measured
from diag.cli.fleet_file import load
from diag.cli.output import EXIT_CODES, output_option, terminal, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.cli.fleet_file import Fleet, Member
    from diag.model.fleet import Result
    from diag.model.measurement import Measurement

FORMS = ("text", "json", "markdown", "junit")
AT_ONCE = 8
"""Mailboxes checked at the same time. Exchange counts connections by mailbox, and one check makes few to each."""


@click.command()
@click.argument("file")
@click.option("--at-once", type=click.IntRange(1, 100), default=AT_ONCE, show_default=True, metavar="NUMBER",
              help="Check so many mailboxes at the same time.")  # fmt: skip
@click.option("--save", metavar="FOLDER", help="Write each measurement to FOLDER, for another site's FILE.")
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True,
              help="Form of the report.")  # fmt: skip
@output_option
def fleet(file: str, at_once: int, save: str | None, form: str, output: str | None) -> None:
    """Check all mailboxes that FILE names, and say what their troubles have in common.

    FILE is TOML, YAML or JSON. Its table 'mailboxes' has an address for each mailbox, with options of 'maildiag check'
    as keys; 'defaults' has those of all. Its table 'saved' has measurements from other sites, by the name of the site.
    A cause that every mailbox of one site has and none of another lies at the site. The exit code is 0 where every
    mailbox works, 1 where a cause was found, 3 where it could not be told.
    """
    read = load(file)
    here = read.site or platform.node()
    found = asyncio.run(_measure_all(read.members, at_once))
    interrupted = len(found) < len(read.members) or any(not measurement.complete for _, measurement in found)
    if save is not None:
        _save(Path(save), found)
    results = [*_judged(here, found), *_saved(read)]
    if not results:
        sys.exit(INTERRUPTED)
    _deliver(results, form, output)
    from diag.report.fleet import worst  # noqa: PLC0415  needs rich

    sys.exit(INTERRUPTED if interrupted else EXIT_CODES[worst(results)])


async def _measure_all(members: tuple[Member, ...], at_once: int) -> list[tuple[str, Measurement]]:
    """Measure the mailboxes; after Ctrl-C return what was measured until then, in the order of the file."""
    gate = asyncio.Semaphore(at_once)
    found: dict[int, tuple[str, Measurement]] = {}

    async def one(number: int, member: Member) -> None:
        async with gate:
            found[number] = (member.address, await measured(member.address, member.options, None))
            _tell(len(found), len(members))

    tasks = [asyncio.ensure_future(one(number, member)) for number, member in enumerate(members)]
    try:
        await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        _tell(0, 0)
    return [found[number] for number in sorted(found)]


def _tell(done: int, of: int) -> None:
    """Show how far it is, where somebody looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{done} of {of} mailboxes" if of else "\r\x1b[K")
        sys.stderr.flush()


def _judged(site: str, found: list[tuple[str, Measurement]]) -> Iterator[Result]:
    from diag.judge import judge  # noqa: PLC0415  not needed before the measuring is over
    from diag.model.fleet import Result  # noqa: PLC0415

    for address, measurement in found:
        yield Result(site=site, address=address, verdict=judge(measurement), measurement=measurement)


def _saved(read: Fleet) -> Iterator[Result]:
    """Judge what was measured elsewhere.

    :raises click.UsageError: a file is no measurement.
    """
    from diag.judge import judge  # noqa: PLC0415  see _judged
    from diag.model.fleet import Result  # noqa: PLC0415

    for site, path in read.saved:
        measurement = read_measurement(str(path))
        address = measurement.target.address
        yield Result(site=site, address=address, verdict=judge(measurement), measurement=measurement, saved=True)


def _save(folder: Path, found: list[tuple[str, Measurement]]) -> None:
    """Write the measurements, one file for each mailbox.

    :raises click.ClickException: the folder cannot be made, or a file not be written.
    """
    from diag.model import document  # noqa: PLC0415  needs pydantic

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"--save {folder}: {error.strerror}"
        raise click.ClickException(message) from None
    for address, measurement in found:
        name = "".join(character if character.isalnum() or character in "@._-" else "_" for character in address)
        write(str(folder / f"{name}.json"), document.dump(measurement))


def _deliver(results: list[Result], form: str, output: str | None) -> None:
    from diag.common import shared  # noqa: PLC0415  see _judged
    from diag.report import fleet as report  # noqa: PLC0415  needs rich

    common = shared(results)
    if form == "text":
        text = report.render(results, common, **terminal(to_file=output is not None))
    elif form == "json":
        text = report.document(results, common)
    else:
        from diag.report import fleet_forms  # noqa: PLC0415  see _judged

        text = fleet_forms.markdown(results, common) if form == "markdown" else fleet_forms.junit(results, common)
    if output is None:
        click.echo(text, nl=False, color=True)
    else:
        write(output, text)
