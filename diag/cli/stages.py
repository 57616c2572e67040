"""Playing scenarios on a stage, and comparing what two stages say."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

from diag.cli.output import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scenarios.model import Case
    from scenarios.play import Outcome, Stage

STAGES = ("loopback", "netns")
WORLDS_PER_CPU = 3
"""Worlds at the same time in namespaces: each is two processes with time limits, which a busy computer would miss."""


async def play_on(stage: str, cases: list[Case]) -> list[Outcome]:
    """Play ``cases`` on ``stage``, with live progress on a terminal."""
    live = sys.stderr.isatty()
    done: list[Outcome] = []
    async for played in _played(stage, cases):
        done.append(played)
        if live:
            click.echo(f"\r\x1b[K{len(done)} of {len(cases)}  {played.case.name}", nl=False, err=True)
    if live:
        click.echo("\r\x1b[K", nl=False, err=True)
    return done


async def _played(stage: str, cases: list[Case]) -> AsyncIterator[Outcome]:
    from scenarios.play import play_all
    from scenarios.workers import play_on_all

    if stage == "loopback":
        async for played in play_on_all(cases):
            yield played
        return
    async with _opened() as lab:
        async for played in play_all(cases, stage=lab, at_once=WORLDS_PER_CPU * (os.cpu_count() or 1)):
            yield played


@contextlib.asynccontextmanager
async def _opened() -> AsyncIterator[Stage]:
    from scenarios.lab.outside import Lab, NoLabError

    try:
        async with Lab() as lab:
            yield lab
    except NoLabError as error:
        click.echo(f"The stage netns is not possible here: {error}", err=True)
        sys.exit(EXIT_CODES["unclear"])


def show_disagreements(played: dict[str, list[Outcome]]) -> int:
    """Print where two stages say different things of one case, and return of how many cases."""
    from scenarios.agree import disagreements

    if len(played) < len(STAGES):
        return 0
    on_loopback, in_namespaces = ({item.case.name: item for item in played[stage]} for stage in STAGES)
    wrong = 0
    for name, item in sorted(on_loopback.items()):
        found = list(disagreements(item, in_namespaces[name]))
        wrong += bool(found)
        for line in found:
            click.echo(f"{name}: {line}")
    click.echo(f"The stages agree on {len(on_loopback) - wrong} of {len(on_loopback)} scenarios.")
    return wrong
