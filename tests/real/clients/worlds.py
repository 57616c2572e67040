"""The emulated services that the clients meet, kept running beside the tests."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fakes.stages.loopback import LoopbackStage
from scenarios.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent / "worlds"


@dataclass(frozen=True, slots=True)
class Served:
    """A running world as a client needs it."""

    ports: dict[str, int]
    """By protocol."""
    user: str
    token: str
    password: str
    ca: Path
    stage: LoopbackStage = field(repr=False)

    def subjects(self) -> list[str]:
        """Return the subjects of all messages in the inbox."""
        store = self.stage.world.stores.get(self.user)
        messages = store.folders["INBOX"].messages if store else []
        lines = (line for message in messages for line in message.data.decode(errors="replace").splitlines())
        return [line.removeprefix("Subject: ") for line in lines if line.startswith("Subject: ")]


@contextmanager
def serve(name: str, folder: Path) -> Iterator[Served]:
    """Run the world of the case ``name`` in a thread of its own for the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    with ExitStack() as stack:
        stack.callback(loop.close)
        thread.start()
        stack.callback(thread.join)
        stack.callback(loop.call_soon_threadsafe, loop.stop)
        case = load(str(CASES / f"{name}.yaml"))
        stage = LoopbackStage(case.declaration)
        asyncio.run_coroutine_threadsafe(stage.__aenter__(), loop).result(20)
        stack.callback(lambda: asyncio.run_coroutine_threadsafe(stage.close(), loop).result(20))
        ca = folder / f"{name}.pem"
        ca.write_text(stage.world.public_roots())
        box = case.declaration.mailbox
        yield Served(_ports(stage), box.address, stage.world.token or "", box.password, ca, stage)


def _ports(stage: LoopbackStage) -> dict[str, int]:
    """Return where each protocol really is, which is the first of its services."""
    found: dict[str, int] = {}
    for place, service in stage.world.declaration.services.items():
        host, _, port = place.rpartition(":")
        address = stage.world.addresses(host)[0]
        found.setdefault(service.speaks, stage.route(address, int(port))[1])
    return found
