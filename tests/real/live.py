"""A world that runs beside a test's own thread, for programs that block: its CA as a file, its proxy, its addresses."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from fakes.declare import Names, ProxyPolicy, Service
from fakes.stages.loopback import LoopbackStage
from scenarios.load import load
from tests.fakes.entra.person import Person

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from fakes.declare import Declaration

T = TypeVar("T")
PROXY = "proxy.contoso.example"


@dataclass(frozen=True)
class Live:
    """A running world."""

    stage: LoopbackStage
    ca_file: Path
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the thread of the world."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def place(self, host: str, port: int) -> tuple[str, int]:
        """Say where a service really listens."""
        return self.stage.route(self.stage.world.addresses(host)[0], port)

    @property
    def proxy(self) -> str:
        """The URL of a proxy through which every host of the world is reached by its name."""
        address, port = self.place(PROXY, 3128)
        return f"http://{address}:{port}"

    def person(self, **about: Any) -> Person:  # noqa: ANN401  fields of a Person
        """Return somebody who sits at a browser; the mailbox's user unless said."""
        box = self.stage.world.declaration.mailbox
        usual = {"user": box.upn or box.address, "password": box.password, "dial": self.place}
        return Person(**{**usual, "roots": self.stage.world.public_roots(), **about})


def declared(name: str = "healthy/exchange-online", **differences: Any) -> Declaration:  # noqa: ANN401  of any kind
    """Return the world of a case with a proxy, and with whole parts of it replaced."""
    base = load(name).declaration
    proxy = Service(speaks="http-proxy", tls="none", proxy=ProxyPolicy())
    return replace(
        base,
        names={**base.names, PROXY: Names(a=("10.20.0.8",))},
        services={**base.services, f"{PROXY}:3128": proxy},
        **differences,
    )


@contextlib.contextmanager
def live(declaration: Declaration, folder: Path) -> Iterator[Live]:
    """Run a world for the time of the block; its CA is written to ``folder``."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        stage = LoopbackStage(declaration)
        asyncio.run_coroutine_threadsafe(stage.__aenter__(), loop).result(30)
        try:
            ca_file = folder / "ca.pem"
            ca_file.write_text(stage.world.public_roots())
            yield Live(stage, ca_file, loop)
        finally:
            asyncio.run_coroutine_threadsafe(stage.close(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
