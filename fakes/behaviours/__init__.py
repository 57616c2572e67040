"""What real services do wrong, as small functions with names that a scenario can use.

A behaviour belongs to a moment of a session:

* ``accept``: the connection is there, nothing was said, TLS has not begun;
* ``greet``: in place of the greeting, or before it;
* ``offer``: the list of capabilities is about to be sent;
* ``start-tls``: the client asked for STARTTLS;
* ``stop``: any command, before it is looked at;
* ``command``: any command; a text in return is the reply;
* ``signed-in``: right after a successful sign-in;
* ``request``: a request over HTTP, with the number of equal ones before it; an answer in return is the reply.

To add one, write the function in the module of its moment; its name and docstring are its documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Moment = Literal["accept", "greet", "offer", "start-tls", "stop", "command", "signed-in", "request"]
_REGISTRY: dict[str, Behaviour] = {}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour: its name, its moment, and what it does then."""

    name: str
    moment: Moment
    act: Callable[..., Any]


def at(moment: Moment) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the function below as a behaviour of ``moment``."""

    def register(act: Callable[..., Any]) -> Callable[..., Any]:
        _REGISTRY[act.__name__] = Behaviour(act.__name__, moment, act)
        return act

    return register


class Behaviours:
    """The behaviours of one service, by moment, in the order in which they were named."""

    def __init__(self, names: Iterable[str], more: Iterable[Behaviour] = ()) -> None:
        """Look the names up; ``more`` are without one.

        :raises ValueError: a name is not known; the message lists those that are.
        """
        self._chosen = list(more)
        for name in names:
            if name not in _REGISTRY:
                raise ValueError(f"no behaviour {name!r}; there are {', '.join(NAMES)}")
            self._chosen.append(_REGISTRY[name])

    def of(self, moment: Moment) -> list[Callable[..., Any]]:
        """Return what to do at ``moment``."""
        return [behaviour.act for behaviour in self._chosen if behaviour.moment == moment]

    async def go_on(self, moment: Moment, *args: object) -> bool:
        """Act; tell whether the session goes on in the ordinary way."""
        for act in self.of(moment):
            if not await act(*args):
                return False
        return True


from fakes.behaviours import answering, connecting, speaking, upgrading  # noqa: E402, F401  they register themselves above

NAMES = tuple(sorted(_REGISTRY))
