"""The emulated services that the clients meet, kept running beside the tests."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.load import load
from scenarios.mail_world import MailWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent / "worlds"


@dataclass(frozen=True, slots=True)
class Served:
    """A running world as a client needs it."""

    ports: dict[str, int]
    """By protocol: the first service that speaks it."""
    user: str
    token: str
    password: str
    ca: Path
    world: MailWorld = field(repr=False)

    def subjects(self) -> list[str]:
        """Return the subjects of all messages in the inbox."""
        store = self.world.stage.world.stores.get(self.user)
        messages = store.folders["INBOX"].messages if store else []
        lines = (line for message in messages for line in message.data.decode(errors="replace").splitlines())
        return [line.removeprefix("Subject: ") for line in lines if line.startswith("Subject: ")]

    def forget_mail(self) -> None:
        """Make every mailbox as new."""
        self.world.stage.world.stores.clear()


@contextmanager
def serve(name: str) -> Iterator[Served]:
    """Run the world of the case ``name`` for the block."""
    with MailWorld(load(str(CASES / f"{name}.yaml"))) as world:
        ports: dict[str, int] = {}
        for place, service in world.case.declaration.services.items():
            ports.setdefault(service.speaks, world.places[place][1])
        yield Served(ports, world.user, world.token or "", world.password, world.ca_file, world)
