"""Can the account sign in by POP3 and see its maildrop?"""  # noqa: D400  a probe is a question

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Protocol
from diag.probes.probe import probe
from diag.probes.session import session

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run


@probe("pop3", asks="Can the account sign in by POP3 and see its maildrop?", protocols=(Protocol.POP3,))
async def pop3(run: Run, endpoint: Endpoint) -> None:
    """Greet, sign in and ask for the size of the maildrop."""
    await run.once(session, endpoint)
