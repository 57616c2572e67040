"""What Entra ID writes into the log of sign-ins, where administrators look for the reason of a refusal."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from fakes.entra import aadsts
from fakes.sign_ins import Attempt

if TYPE_CHECKING:
    from fakes.directory import Directory
    from fakes.entra.aadsts import Refused

NOT_WRITTEN = {70016}
"""A device that waits has not signed in yet."""


def succeeded(directory: Directory, user: str, *, resource: str, by_device: bool = False) -> None:
    """Write down that somebody got a token."""
    transfer = "deviceCodeFlow" if by_device else "none"
    directory.sign_ins.add(Attempt(at=directory.now(), user=user, resource=resource, transfer=transfer))


def failed(directory: Directory, user: str, refusal: Refused, *, by_device: bool = False) -> None:
    """Write down why somebody did not."""
    number = refusal.number
    if user and number not in NOT_WRITTEN:
        values = aadsts.Blank({**aadsts.usual(directory), **refusal.values})
        reason = Formatter().vformat(aadsts.table()[number].text, (), values)
        transfer = "deviceCodeFlow" if by_device else "none"
        directory.sign_ins.add(Attempt(at=directory.now(), user=user, error=number, reason=reason, transfer=transfer))
