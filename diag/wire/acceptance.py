"""What is odd about a connection that was accepted: nothing of the server comes over it, or only much later.

A pure function of what was recorded, because two ask: the probe that then looks who has accepted it, and the rule that
says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import Dialogue, TlsHandshake
from diag.model.failure import FailureCode

if TYPE_CHECKING:
    from diag.model.measurement import Observation

LATE = 0.15
"""Seconds between connection and answer that are more than a server takes to think."""
FACTOR = 4
"""How many times as long as the connection the answer takes then."""
_NOTHING = {FailureCode.CONNECTION_RESET, FailureCode.CONNECTION_CLOSED, FailureCode.READ_TIMEOUT}
_ANOTHER = {FailureCode.TLS_NOT_TLS, FailureCode.REPLY_MALFORMED}
"""Somebody speaks, and not as the server would."""


def wordless(item: Observation) -> bool:
    """Tell whether a step, the first over a connection, ended before anything of the server had come."""
    action, code = item.action, item.failure.code if item.failure else None
    if isinstance(action, TlsHandshake):
        silent = code in _NOTHING and action.hello_took is None
        return not action.after_starttls and (silent or code is FailureCode.TLS_NOT_TLS)
    if isinstance(action, Dialogue):
        return action.purpose == "greeting" and not action.encrypted and code in {*_NOTHING, *_ANOTHER}
    return False


def late(opened: float | None, answered: float | None) -> bool:
    """Tell whether an answer took so long that whoever opened the connection may stand nearer than who gave it."""
    return opened is not None and answered is not None and answered >= max(opened + LATE, FACTOR * opened)
