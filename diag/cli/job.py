"""All that a check needs, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from diag.cli.signed_in import Session
    from diag.net.network import Settings
    from diag.plan import Request
    from diag.probes.grant import Person
    from diag.probes.run import Choices, Reading, SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A check, ready to be made: from the options or from a scenario."""

    request: Request
    sign_in: SignIn
    settings: Settings
    choices: Choices
    tokens: Session | None = None
    """Where the tokens of an earlier sign-in are kept, if they are the credential."""
    reading: Reading | None = None
    """With what an emulated world lets its tenant be read, whether it is to be read or not."""
    person: Callable[[str], Person] | None = None
    """Who signs in by a name in an emulated world, to which no browser of this computer leads."""
