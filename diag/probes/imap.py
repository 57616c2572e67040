"""Can the account sign in by IMAP and open its inbox?"""  # noqa: D400  a probe is a question

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Protocol
from diag.probes.probe import probe
from diag.probes.session import session

if TYPE_CHECKING:
    from diag.model.target import Endpoint
    from diag.probes.run import Run


@probe("imap", asks="Can the account sign in by IMAP and open its inbox?", protocols=(Protocol.IMAP,))
async def imap(run: Run, endpoint: Endpoint) -> None:
    """Greet, sign in and open INBOX read-only."""
    await run.once(session, endpoint)
