"""A lab for tests, or a skip that says why there is none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from scenarios.lab.outside import Lab, NoLabError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Run a lab for as long as tests may need it."""
    lab = Lab()
    try:
        asyncio.run(lab.__aenter__())
    except NoLabError as error:
        pytest.skip(str(error))
    yield lab
    asyncio.run(lab.__aexit__())
