"""Can the account sign in by SMTP and be accepted as the sender?"""  # noqa: D400  a probe is a question

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Protocol
from diag.probes.probe import probe
from diag.probes.session import session

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run


@probe("smtp", asks="Can the account sign in by SMTP and be accepted as the sender?", protocols=(Protocol.SMTP,))
async def smtp(run: Run, endpoint: Endpoint) -> None:
    """Greet, sign in and name the sender; nothing is sent."""
    await run.once(session, endpoint)
