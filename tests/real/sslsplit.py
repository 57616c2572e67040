"""sslsplit in front of a real server: a program made for interception, with a CA of our choosing.

It ends TLS, copies the names of the real certificate into one of its own, and goes on to the server; with ``autossl`` it
also follows STARTTLS.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import BasicConstraints, CertificateBuilder, SubjectKeyIdentifier, random_serial_number

from fakes.minting import name_of
from tests.real.process import ENVIRONMENT, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real.peers import Peer
    from tests.real.process import Running

HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Tapped:
    """Where to connect, and the folder in which everything that was read inside TLS is kept."""

    address: str
    port: int
    contents: Path
    program: Running

    @property
    def gave_up(self) -> bool:
        """Whether it has ended itself, as 0.5.5 does where one of its threads outruns another; see :func:`_in_turn`."""
        return "aborting" in self.program.log()

    def read(self) -> bytes:
        """Return all that was read so far."""
        return b"".join(path.read_bytes() for path in sorted(self.contents.iterdir()))


def missing() -> str | None:
    """Say what is not installed here, if anything."""
    return (
        None if shutil.which("sslsplit", path=ENVIRONMENT["PATH"]) else "sslsplit is not installed (Debian: sslsplit)"
    )


@contextmanager
def sslsplit(folder: Path, peer: Peer, *, starttls: bool, subject: dict[str, str]) -> Iterator[Tapped]:
    """Intercept ``peer`` for the block, with a CA called ``subject``."""
    folder.mkdir()
    _make_authority(folder, subject)
    contents = folder / "contents"
    contents.mkdir()
    port = free_port(HERE)
    spec = ["autossl" if starttls else "ssl", HERE, str(port), peer.address, str(peer.port)]
    # Not as a user of its own: it would lose the right to write what it reads.
    command = [*_in_turn(), "sslsplit", "-D", "-u", "root", "-S", str(contents), "-k", str(folder / "ca.key"),
               "-c", str(folder / "ca.crt"), *spec]  # fmt: skip
    with running(command, ready="Starting main event loop") as program:
        yield Tapped(HERE, port, contents, program)


def _in_turn() -> list[str]:
    """Return the command before the command under which its threads take turns.

    sslsplit 0.5.5 begins a connection in one thread and hears of it in another. On loopback the second may be the
    earlier one; then the event is lost, and with autossl the next byte of the server makes it give up: seven times in
    ten on two processors, never on one on which no thread displaces another.
    """
    one = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0)))]
    for policy in (["chrt", "--fifo", "1"], ["chrt", "--batch", "0"]):  # the first is not for everybody
        asked = [*policy, *one, "true"]
        if shutil.which("chrt") and subprocess.run(asked, check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return [*policy, *one]
    return []


def _make_authority(folder: Path, subject: dict[str, str]) -> None:
    """Write ca.key and ca.crt: RSA, since sslsplit signs with it for clients of any age."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name, now = name_of(subject), datetime.now(UTC)
    made = (
        CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    folder.joinpath("ca.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    folder.joinpath("ca.crt").write_bytes(made.public_bytes(Encoding.PEM))
