"""What does the access token say that it may do, for whom and how long?"""  # noqa: D400  a probe is a question

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from diag.model.signin import TokenClaims
from diag.probes.grant import obtain
from diag.probes.probe import MAIL, probe
from diag.wire import tokens

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run


async def claims(run: Run, address: str) -> TokenClaims | None:
    """Read the claims of the token that this run signs in with; None where it has none."""
    await run.once(obtain, address)
    token = run.sign_in.token
    if token is None:
        return None
    with run.network.record(TokenClaims(source=run.sign_in.source), address) as step:
        found = tokens.read(token)
        step.action.form = "opaque" if found is None else "jwt"
        for name, value in (asdict(found) if found else {}).items():
            setattr(step.action, name, value)
        return step.action


@probe("token", asks="What does the access token allow, to whom, and for how long?", protocols=MAIL)
async def token(run: Run, endpoint: Endpoint) -> None:
    """Read the token once, whichever endpoint comes first."""
    del endpoint
    await run.once(claims, run.target.address)
