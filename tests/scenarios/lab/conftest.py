"""What the tests of this folder share: a lab."""

from __future__ import annotations

from tests.scenarios.lab.labs import lab

__all__ = ["lab"]
