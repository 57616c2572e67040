"""Who signs in, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.failure import FailureCode
from diag.model.signin import TenantDiscovery
from diag.model.target import Credential

if TYPE_CHECKING:
    from scenarios.recording.sketch import Sketch


ANOTHER = "another.example"
"""The organisation of a world in which nobody has the domain of the address; whose it was is not to be seen."""


def draw(sketch: Sketch) -> None:
    """Draw the mailbox and the credential of the check."""
    target = sketch.measurement.target
    address = sketch.pseudonyms.person(target.address)
    if _nowhere(sketch):
        sketch.check["address"] = address
        sketch.world["mailbox"] = {"address": f"{address.partition('@')[0]}@{ANOTHER}"}
        sketch.world["tenant"] = {"name": ANOTHER}
    else:
        sketch.world["mailbox"] = {"address": address}
        sketch.world["tenant"] = {"name": sketch.pseudonyms.domain}
    if target.credential is Credential.TOKEN:
        sketch.world["token"] = {}
    else:
        # Passwords are refused by what the server was heard to say and by nothing else.
        sketch.world["tenant"]["basic_auth"] = True
        sketch.check["credential"] = str(target.credential)
    user = sketch.pseudonyms.person(target.user)
    if user != address:
        sketch.check["user"] = user
        # The right to open a mailbox of somebody else is part of the answer that was recorded.
        sketch.world["mailbox"]["full_access"] = [user]
        sketch.world["mailboxes"] = {"user": {"address": user}}


def _nowhere(sketch: Sketch) -> bool:
    """Tell whether the sign-in service knows no organisation with the domain of the address."""
    address = sketch.measurement.target.address
    refused = sketch.facts.failed(TenantDiscovery, FailureCode.REPLY_REFUSED)
    own = [seen for seen in refused if seen.action.domain == address.rpartition("@")[2]]
    return bool(own) and sketch.found("entra/tenant-not-found", address) is not None
