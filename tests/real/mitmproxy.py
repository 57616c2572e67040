"""mitmproxy in front of a real server: a debugging proxy that makes certificates for whatever name it is asked for.

It has an environment of its own, because it wants other versions of the libraries that the tool uses: a folder
``.venv-mitmproxy`` beside the tests' own, or anywhere in PATH.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.process import ENVIRONMENT, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real.peers import Peer

HERE = "127.0.0.1"
OWN = Path(__file__).parents[2] / ".venv-mitmproxy" / "bin"


@dataclass(frozen=True, slots=True)
class Tapped:
    """Where to connect, the CA, and the file in which all that passes is kept when a connection has ended."""

    address: str
    port: int
    authority: Path
    flows: Path

    def read(self) -> bytes:
        """Return all that was read so far."""
        return self.flows.read_bytes() if self.flows.exists() else b""


def program() -> str | None:
    """Return the path of mitmdump, if it is installed."""
    return shutil.which("mitmdump", path=f"{OWN}:{ENVIRONMENT['PATH']}")


def missing() -> str | None:
    """Say what is not installed here, if anything."""
    return None if program() else "mitmproxy is not installed (python3 -m venv .venv-mitmproxy, pip install mitmproxy)"


@contextmanager
def mitmproxy(folder: Path, peer: Peer, *, tls: bool = True) -> Iterator[Tapped]:
    """Stand before ``peer`` for the block; without ``tls`` bytes are passed on as they are, which is all it can do.

    It vouches for any server, as it is told to where a server's certificate is not public.
    """
    folder.mkdir()
    port, flows = free_port(HERE), folder / "flows"
    command = [
        "env", "PYTHONUNBUFFERED=1", program() or "mitmdump", "--mode", f"reverse:{'tls' if tls else 'tcp'}://{peer.address}:{peer.port}",
        "--listen-host", HERE, "--listen-port", str(port), "--ssl-insecure", "--set", f"confdir={folder}",
        "--set", "termlog_verbosity=info", "-w", str(flows),
    ]  # fmt: skip
    with running(command, ready="listening at"):
        yield Tapped(HERE, port, folder / "mitmproxy-ca-cert.pem", flows)
