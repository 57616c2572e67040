"""What a rule concludes. A finding is data; the words are on its catalogue page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Confidence = Literal["certain", "likely", "possible"]
Value = str | int | float | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A conclusion about one subject.

    ``code`` is ``layer/finding`` and names the catalogue page and the scenario; ``subject`` is an address, a host or
    a ``host:port``; ``evidence`` are observation numbers; ``values`` fill the page's placeholders.
    """

    __pydantic_config__ = {"extra": "forbid"}

    code: str
    subject: str
    evidence: tuple[int, ...]
    values: Mapping[str, Value] = field(default_factory=dict)
    confidence: Confidence = "certain"


def covers(outer: str, inner: str) -> bool:
    """Tell whether ``inner`` lies on the path of ``outer``: the same subject, or a port of that host.

    A mailbox address or a computer (no colon-separated port, no host in common) covers only itself here; that an
    account's trouble reaches every endpoint is for the judge, who knows the target.
    """
    return inner == outer or inner.startswith(f"{outer}:")
