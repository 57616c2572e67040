"""``--pcap FILE``: the packets of a check's own flows, or a sentence that says what is missing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def captured(file: str | None) -> AsyncIterator[None]:
    """Capture the packets of the block into ``file``, if one is given.

    :raises click.UsageError: it cannot be done here; the text says what is missing.
    """
    if file is None:
        yield
        return
    from diag.net.packets import NoPacketsError, capturing  # noqa: PLC0415  rarely asked for

    async with contextlib.AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(capturing(file))
        except NoPacketsError as error:
            message = f"--pcap: {error}"
            raise click.UsageError(message) from None
        yield
