"""``maildiag scenario``: list, play, serve, record and prove emulated worlds, and show the schema of their files."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diag.cli.analyse import read_measurement
from diag.cli.emulated import load_case
from diag.cli.output import write
from diag.cli.serve import serve
from diag.cli.stages import STAGES, play_on, show_disagreements

if TYPE_CHECKING:
    from scenarios.model import Case
    from scenarios.play import Outcome
    from scenarios.prove import Score


@click.group()
def scenario() -> None:
    """List, play, serve, record and prove emulated worlds."""


scenario.add_command(serve)


@scenario.command("list", short_help="List scenarios with their stories.")
@click.argument("part", required=False)
@click.option("--markdown", is_flag=True, help="Write all of them as a page, with causes and remedies.")
def list_cases(part: str | None, markdown: bool) -> None:
    """List the scenarios, or those with PART in their name; PART may also be a file or folder of your own."""
    if markdown:
        from scenarios import listing

        click.echo(listing.markdown(), nl=False)
        return
    for case in _cases((part,) if part else ()):
        click.echo(case.name)
        click.echo(f"    {case.parts.story.strip()}")


@scenario.command(short_help="Play scenarios and compare their verdicts.")
@click.argument("names", nargs=-1)
@click.option("--stage", type=click.Choice([*STAGES, "both"]), default="loopback",
              help="Play on loopback (default), in network namespaces (Linux), or on both.")  # fmt: skip
def run(names: tuple[str, ...], stage: str) -> None:
    """Play the scenarios NAMES (all without any) and compare their verdicts with what they expect.

    A name may be a part, such as tls/, or a file or folder of your own. The exit code is 0 only if all of them hold,
    and if both stages say the same where both are asked for; it is 3 where a stage cannot be had on this computer.
    """
    cases = _cases(names)
    played: dict[str, list[Outcome]] = {}
    failed = 0
    for name in STAGES if stage == "both" else (stage,):
        began = time.monotonic()
        played[name] = asyncio.run(play_on(name, cases))
        _table(played[name])
        failed += _show_failed(played[name])
        seconds = time.monotonic() - began
        hold = sum(not item.differences for item in played[name])
        where = "" if stage == "loopback" else f" on the stage {name}"
        click.echo(f"{hold} of {len(cases)} scenarios hold{where}, {seconds:.1f} s")
    failed += show_disagreements(played)
    sys.exit(1 if failed else 0)


def _show_failed(played: list[Outcome]) -> int:
    """Print what differs from what was expected, and return in how many cases."""
    failed = sorted((item for item in played if item.differences), key=lambda item: item.case.name)
    for item in failed:
        click.echo(f"{item.case.file}:{item.case.line}: {item.case.parts.story.strip()}")
        for difference in item.differences:
            click.echo(f"    {difference}")
    return len(failed)


@scenario.command(short_help="Prove that verdicts follow the fault and nothing else.")
@click.argument("names", nargs=-1)
@click.option("--every", type=click.IntRange(1), default=1, metavar="N", help="Of the pairs, only each N-th.")
def prove(names: tuple[str, ...], every: int) -> None:
    """Prove that the verdicts of the scenarios NAMES (all without any) follow the fault and nothing else.

    Each difference is taken away, replaced by another one, and joined with every other that one world can hold; each
    case is recorded from what is measured in it and played again; what is done about it is played; and without NAMES
    each rule is taken away once. The exit code is 0 only if every verdict is the right one.
    """
    cases = _cases(names)
    scores = asyncio.run(_prove(cases, every, whole=not names))
    for score in scores:
        for line in score.wrong:
            click.echo(f"    {line}")
        click.echo(str(score))
    sys.exit(1 if any(score.wrong for score in scores) else 0)


async def _prove(cases: list[Case], every: int, *, whole: bool) -> list[Score]:
    from scenarios.prove import needed, pairs, remedies, removals, replacements, round_trips

    return [
        await removals(cases),
        await replacements(cases),
        await pairs(cases, every=every),
        await round_trips(cases),
        await remedies(cases),
        *([await needed(cases)] if whole else []),
    ]


def _cases(parts: tuple[str | None, ...]) -> list[Case]:
    """Load the cases whose names have one of ``parts`` in them, or that are files, or all below a folder.

    :raises click.UsageError: nothing fits, or a file is wrong.
    """
    from scenarios.load import names

    known = names()
    chosen: list[str] = [] if parts else known
    for part in parts:
        fitting = [name for name in known if part in name] if part else []
        chosen += fitting or _files(str(part))
    return [load_case(name) for name in dict.fromkeys(chosen)]


def _files(part: str) -> list[str]:
    """Return the files of cases below a folder, or what is a file or nothing."""
    if not Path(part).is_dir():
        return [part]
    found = sorted(path.as_posix() for path in Path(part).rglob("*.yaml"))
    if not found:
        raise click.UsageError(f"{part}: there is no scenario (*.yaml) below this folder")
    return found


def _table(played: list[Outcome]) -> None:
    """Sum up by folder, which is the layer of a bundled case: how many, how many hold, how long the longest took."""
    layers: dict[str, list[Outcome]] = {}
    for item in played:
        layers.setdefault(Path(item.case.file).parent.name, []).append(item)
    click.echo(f"{'layer':12} {'cases':>6} {'hold':>6} {'longest':>9}")
    for layer, items in sorted(layers.items()):
        longest = max(item.took for item in items)
        hold = sum(not item.differences for item in items)
        click.echo(f"{layer:12} {len(items):6} {hold:6} {longest:7.2f} s")


@scenario.command(short_help="Make a scenario of a saved measurement.")
@click.argument("measurement", metavar="MEASUREMENT|BUNDLE")
@click.option("-o", "--output", metavar="FILE", help="Write the scenario here instead of to standard output.")
@click.option("--no-play", is_flag=True, help="Do not play it afterwards.")
def record(measurement: str, output: str | None, no_play: bool) -> None:
    """Make a scenario that fails in the same way as the MEASUREMENT that check --save or --bundle has written.

    Names and addresses are replaced by example ones. What a scenario has no words for is listed. The scenario is played
    at once; the exit code is 0 if its verdict is that of the measurement, else 1.
    """
    from scenarios.recording import record as recorded

    recording = recorded(read_measurement(measurement))
    if output is None:
        click.echo(recording.text, nl=False)
    else:
        write(output, recording.text)
    for text in recording.left_out:
        click.echo(f"not in the scenario: {text}", err=True)
    if not no_play:
        with tempfile.TemporaryDirectory(prefix="maildiag-") as folder:
            file = Path(folder, "recorded.yaml")
            file.write_text(recording.text, encoding="utf-8")
            (played,) = asyncio.run(play_on("loopback", [load_case(str(file))]))
        for difference in played.differences:
            click.echo(f"played, it differs: {difference}", err=True)
        told = "not the verdict" if played.differences else "the verdict"
        click.echo(f"Played: {played.verdict.state}, {told} of the measurement.", err=True)
        sys.exit(1 if played.differences else 0)


@scenario.command()
@click.option("--world", is_flag=True, help="That of base worlds instead.")
def schema(world: bool) -> None:
    """Show the JSON Schema of scenario files."""
    from scenarios import schema as made

    click.echo(made.text(made.world_schema() if world else made.case_schema()), nl=False)
