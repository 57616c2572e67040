"""One request of a caller that may make it, as the handlers see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakes.graph.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.bearers import Caller
    from fakes.declare import Mailbox
    from fakes.directory import Directory
    from fakes.graph.odata import Collection, Entity

    Handler = Callable[["Call"], Entity | Collection]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked for, by whom, of which organisation."""

    parts: dict[str, str]
    caller: Caller
    directory: Directory

    def myself(self) -> Mailbox:
        """Return the user of the token.

        :raises GraphError: an application speaks for no user.
        """
        if self.caller.user is None:
            raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        return self.caller.user
