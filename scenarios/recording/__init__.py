"""A saved measurement into a scenario that fails in the same way, with example names in place of somebody's own.

What was seen at each endpoint becomes part of the world: an answer of the name server, a device on the path, a
certificate, a sentence of a server. What has no words in the schema is listed and never dropped silently. The verdict
of the measurement becomes the expectation, so playing the file proves that it fails for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diag.judge import judge
from scenarios.recording import (
    accounts,
    asked,
    clocks,
    names,
    network,
    pages,
    proxies,
    services,
    sign_ins,
    tenant,
    tokens,
)
from scenarios.recording.met import everybody
from scenarios.recording.pseudonyms import Pseudonyms
from scenarios.recording.sketch import Sketch
from scenarios.recording.writing import write

if TYPE_CHECKING:
    from diag.model.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Recording:
    """The text of a scenario file, and what was seen and could not be put into it."""

    text: str
    left_out: tuple[str, ...]


def record(measurement: Measurement) -> Recording:
    """Make a scenario of ``measurement``; the same measurement always gives the same text."""
    verdict = judge(measurement)
    pseudonyms = Pseudonyms(measurement.target.address, measurement.target.provider)
    sketch = Sketch(measurement, verdict, pseudonyms)
    everybody(sketch)
    for part in (clocks, accounts, tokens, names, services, pages, proxies, network, asked, tenant, sign_ins):
        part.draw(sketch)
    names.complete(sketch)
    return Recording(write(sketch), tuple(dict.fromkeys(sketch.left_out)))
