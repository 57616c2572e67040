"""The probes: one question each. They record what they did and saw, and hold no opinions.

:data:`PROBES` is the list, in the order of the stages of a connection. Another package adds its own through the
entry-point group ``maildiag.probes``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from diag.model.plugins import brought_along
from diag.probes.acceptance import acceptance
from diag.probes.contrast import contrast
from diag.probes.dns import dns
from diag.probes.entra import entra
from diag.probes.imap import imap
from diag.probes.offers import offers
from diag.probes.pages import pages
from diag.probes.pop3 import pop3
from diag.probes.smtp import smtp
from diag.probes.starttls import starttls
from diag.probes.tcp import tcp
from diag.probes.tls import tls
from diag.probes.token import token
from diag.probes.trace import hops
from diag.probes.trials import trials
from diag.probes.ways import ways

if TYPE_CHECKING:
    from diag.probes.probe import Probe

PROBES: tuple[Probe, ...] = (
    dns,
    tcp,
    contrast,
    hops,
    tls,
    starttls,
    offers,
    trials,
    ways,
    acceptance,
    entra,
    pages,
    token,
    imap,
    pop3,
    smtp,
)
GROUP = "maildiag.probes"


@cache
def all_probes() -> tuple[Probe, ...]:
    """Return :data:`PROBES` and those of installed packages, looked up once."""
    return (*PROBES, *brought_along(GROUP))
