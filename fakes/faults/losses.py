"""Which connections lose packets, where there are no packets to lose: loopback acknowledges everything at once."""

from __future__ import annotations

End = tuple[str, int]
"""An end of a connection: address and port."""


class Losses:
    """The ends whose packets would go unacknowledged on a real network."""

    def __init__(self) -> None:
        """Lose nothing."""
        self._lost: set[End] = set()
        self._fed_by: dict[End, End] = {}

    def pass_on(self, end: End, client: End) -> None:
        """Note that a device sends from ``end`` what ``client`` sends it: such a device acknowledges nothing itself."""
        self._fed_by[end] = client

    def add(self, end: End) -> None:
        """Lose what is sent from ``end``, by whomever it comes there."""
        sender: End | None = end
        while sender is not None:
            self._lost.add(sender)
            sender = self._fed_by.get(sender)

    def __contains__(self, end: End) -> bool:
        """Tell whether what is sent from ``end`` gets lost."""
        return end in self._lost
