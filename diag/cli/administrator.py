"""The administrator at the terminal: is told what is asked for, signs in, and lends the tokens for one check."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from diag.cli.reading import permissions

if TYPE_CHECKING:
    from diag.cli.job import Job
    from diag.model.measurement import Measurement
    from diag.probes.grant import Person


async def lend(job: Job, options: dict[str, Any], person: Person) -> Job:
    """Return ``job`` with the tokens of ``--reader``.

    :raises click.ClickException: the sign-in did not succeed; it says why.
    """
    from diag.check import vantage  # noqa: PLC0415  only where somebody signs in
    from diag.model.measurement import Measurement as Made  # noqa: PLC0415
    from diag.model.target import Target  # noqa: PLC0415
    from diag.net.classify import StepFailed  # noqa: PLC0415
    from diag.net.network import Network  # noqa: PLC0415
    from diag.probes.run import Reading, Run, SignIn  # noqa: PLC0415
    from diag.probes.tenant.signing_in import sign_in  # noqa: PLC0415

    click.echo(permissions(), err=True)
    user = options["reader"]
    target = Target(address=job.request.address, user=user, provider="microsoft365")
    measurement = Made(target=target, vantage=vantage(job.settings))
    run = Run(Network(job.settings, observations=measurement.observations), target, SignIn(user=user), job.choices)
    how = {"method": options["reader_method"], "person": person, "client_id": options["reader_client_id"]}
    try:
        graph = await sign_in(run, "graph", user, **how)
        exchange = await sign_in(run, "exchange", user, **how) if options["with_exchange"] else None
    except StepFailed:
        raise click.ClickException(_why(measurement)) from None
    finally:
        await run.close()
    asked = job.choices.reading or Reading()
    lent = replace(asked, graph=graph, exchange=exchange or asked.exchange)
    return replace(job, choices=replace(job.choices, reading=lent))


def _why(measurement: Measurement) -> str:
    from diag.judge import judge  # noqa: PLC0415  see lend
    from diag.report.outline import sentence  # noqa: PLC0415

    verdict = judge(measurement)
    more = f"\n'maildiag explain {verdict.causes[0].code}' says what to do." if verdict.causes else ""
    return f"The sign-in of {measurement.target.user} did not succeed: {sentence(verdict)}{more}"
