"""A check inside an emulated world: the bridge from the command line to the scenarios."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from diag.cli.job import Job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from diag.model.signin import Method
    from scenarios.model import Case


def load_case(name: str) -> Case:
    """Read a scenario.

    :raises click.UsageError: it is not there, or something in it is wrong; all of it is listed.
    """
    from scenarios.load import load
    from scenarios.located import ProblemsFound

    try:
        return load(name)
    except ProblemsFound as problems:
        raise click.UsageError(str(problems)) from None


@contextlib.asynccontextmanager
async def emulated(name: str, address: str | None, authorize: Method | None = None) -> AsyncIterator[Job]:
    """Run the world of the scenario ``name`` for the time of the block, and give the check to be made in it.

    ``authorize`` is how it obtains its token, where that is asked for.
    """
    from scenarios.build import emulate

    case = load_case(name)
    if authorize and authorize != "cache":
        check = replace(case.parts.check, authorize=authorize)
        case = replace(case, parts=replace(case.parts, check=check))
    async with emulate(case) as world:
        request = replace(world.request, address=address) if address else world.request
        yield Job(
            request=request,
            sign_in=world.sign_in,
            settings=world.settings,
            choices=world.choices,
            reading=world.reading(),
            person=world.person,
        )
