"""Who signs in, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.target import Credential

if TYPE_CHECKING:
    from scenarios.recording.sketch import Sketch


def draw(sketch: Sketch) -> None:
    """Draw the mailbox and the credential of the check."""
    target = sketch.measurement.target
    address = sketch.pseudonyms.person(target.address)
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
