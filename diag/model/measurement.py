"""The document between measuring and judging: all that was done and seen, and where from.

Reading and writing it as a file is :mod:`diag.model.document`. A measurement holds no opinion and no secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from diag.model.actions import Action
from diag.model.failure import Failure
from diag.model.target import Target

FORMAT = 1
"""Number of the file format; it grows when an older reader would misread a newer file."""


@dataclass(slots=True, kw_only=True)
class Observation:
    """One step: what was intended, what was learnt, and how it failed where it did.

    ``after`` names the steps that this one rests upon; ``began`` is in seconds since the measurement began and
    ``took`` in seconds. ``subject`` is the address, the host or the ``host:port`` that the step speaks of.
    """

    __pydantic_config__ = {"extra": "forbid"}

    number: int
    subject: str
    began: float
    action: Action
    after: tuple[int, ...] = ()
    took: float | None = None
    failure: Failure | None = None


@dataclass(slots=True, kw_only=True)
class Vantage:
    """Where the measurement was made from: the same target may work elsewhere."""

    __pydantic_config__ = {"extra": "forbid"}

    host: str = ""
    system: str = ""
    python: str = ""
    openssl: str = ""
    started: str = ""
    """The local clock at the beginning, ISO 8601 in UTC."""
    name_servers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    trust: tuple[str, ...] = ()
    """The stores of trusted roots, with where they came from."""
    interceptor_roots: tuple[str, ...] = ()
    """CAs of products that intercept TLS which the operating system trusts, as ``product: subject``."""
    ca_variables: tuple[str, ...] = ()
    """Names of environment variables in force that change which roots programs trust."""


@dataclass(slots=True, kw_only=True)
class Measurement:
    """One run against one target."""

    __pydantic_config__ = {"extra": "forbid"}

    target: Target
    vantage: Vantage
    tool: str = ""
    format: int = FORMAT
    complete: bool = True
    """False where the run was interrupted or ran out of its time."""
    observations: list[Observation] = field(default_factory=list)
