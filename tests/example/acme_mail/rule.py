"""What an announcement of the operator means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.model.actions import DnsQuery
from diag.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diag.rules.facts import Facts


def maintenance(facts: Facts) -> Iterator[Finding]:
    """Maintenance is announced for a host."""
    for seen in facts.of(DnsQuery):
        host = seen.action.name.removeprefix("status.")
        for text in seen.action.answers if host != seen.action.name else ():
            if "maintenance" in text:
                yield Finding(code="acme/maintenance", subject=host, evidence=(seen.number,),
                              values={"host": host, "text": text.strip('"')})  # fmt: skip
