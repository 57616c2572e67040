"""Live progress on standard error: one line for each endpoint, redrawn as its steps begin and end.

Nothing is drawn where standard error is no terminal. What is drawn is our own words and the target's names, with
everything that is not printable ASCII left out, so that no server can write to the terminal.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

from diag.model.actions import DnsQuery

if TYPE_CHECKING:
    from datetime import datetime

    from diag.model.measurement import Observation

_WORDS = {
    "dns-query": "name",
    "system-lookup": "name",
    "tcp-connect": "port",
    "tls-handshake": "tls",
    "tls-offer": "tls versions",
    "name-test": "name test",
    "tenant-read": "tenant",
    "probe-run": "probe",
}
ALTERNATIVES = {"name", "port"}
"""Steps of which one success is enough, whatever the others do."""
MOST_LINES = 12


class Progress:
    """Draws steps. Use as the ``on_change`` of a check, and :meth:`clear` before the report is printed."""

    def __init__(self, stream: TextIO | None = None, *, live: bool | None = None) -> None:
        """Draw on ``stream``; ``live`` is whether it is a terminal that can be redrawn."""
        self._stream = stream or sys.stderr
        usual = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._live = usual if live is None else live
        self._lines: dict[str, dict[str, str]] = {}
        self._drawn = 0

    def __call__(self, observation: Observation) -> None:
        """Take note of a step that began or ended."""
        action = observation.action
        searching = isinstance(action, DnsQuery) and action.record_type not in {"A", "AAAA"}
        if not self._live or searching:  # most of the records that discovery asks for do not exist
            return
        word = _WORDS.get(action.kind) or str(getattr(action, "purpose", action.kind))
        if observation.took is None:
            mark = "..."
        elif observation.failure is not None:
            mark = "failed"
        else:
            mark = f"{observation.took * 1000:.0f} ms"
        steps = self._lines.setdefault(observation.subject, {})
        if word not in ALTERNATIVES or not steps.get(word, "").endswith("ms"):
            steps[word] = mark
        self._draw()

    def waiting(self, until: datetime) -> None:
        """Say that the check will be made again, at most until then."""
        self.clear()
        self._lines.clear()
        self._stream.write(f"A change is settling; checking again, at most until {until:%H:%M} UTC (Ctrl-C to stop).\n")
        self._stream.flush()

    def clear(self) -> None:
        """Remove what was drawn."""
        if self._drawn:
            self._stream.write(f"\x1b[{self._drawn}F\x1b[J")
            self._stream.flush()
            self._drawn = 0

    def _draw(self) -> None:
        width = max(40, shutil.get_terminal_size((80, 24)).columns - 1)
        lines = []
        for subject, steps in list(self._lines.items())[:MOST_LINES]:
            text = "  ".join(f"{word} {mark}" for word, mark in list(steps.items())[-5:])
            line = "".join(character if " " <= character <= "~" else "?" for character in f"{subject}  {text}")
            lines.append(line[:width])
        home = f"\x1b[{self._drawn}F\x1b[J" if self._drawn else ""
        self._stream.write(home + "\n".join(lines) + "\n")
        self._stream.flush()
        self._drawn = len(lines)
