"""The users of a large organisation beside those that a scenario names: made when they are asked for, never kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fakes.declare import Mailbox
from fakes.tokens import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator


class Population:
    """Ordinary licensed users, ``user00001`` to ``userNNNNN`` of one domain."""

    def __init__(self, domain: str, size: int) -> None:
        """Reach from 1 to ``size``."""
        self._domain = domain.lower()
        self._size = max(size, 0)
        self._numbers: dict[str, int] = {}
        self._form = re.compile(rf"user(\d{{5,}})@{re.escape(self._domain)}", re.IGNORECASE)

    def __len__(self) -> int:
        """Count them."""
        return self._size

    def __iter__(self) -> Iterator[Mailbox]:
        """Make one after the other."""
        return map(self._make, range(1, self._size + 1))

    def find(self, name: str) -> Mailbox | None:
        """Return the one with this address."""
        found = self._form.fullmatch(name)
        number = int(found[1]) if found else 0
        return self._make(number) if 1 <= number <= self._size and name.lower() == self._address(number) else None

    def with_id(self, key: str) -> Mailbox | None:
        """Return the one with this object id; the first who asks pays for all of them."""
        if not self._numbers:
            self._numbers = {identifier(self._address(number)): number for number in range(1, self._size + 1)}
        number = self._numbers.get(key.lower())
        return self._make(number) if number else None

    def _make(self, number: int) -> Mailbox:
        return Mailbox(address=self._address(number))

    def _address(self, number: int) -> str:
        return f"user{number:05d}@{self._domain}"
