"""What a test asks for: real servers for one mailbox, with everything needed to sign in to them rightly and wrongly."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from tests.real.dovecot import by_introspection, dovecot
from tests.real.introspection import introspection
from tests.real.postfix import postfix
from tests.real.process import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.real.process import Running

ADDRESS = "127.0.0.2"
"""Not where clients come from (127.0.0.1): Dovecot takes plaintext from its own address for safe."""
MAILBOX = "helpdesk@contoso.example"
GOOD_TOKEN = "eyJhbGciOiJub25lIn0.good.for-the-helpdesk"
BAD_TOKEN = "eyJhbGciOiJub25lIn0.revoked.since-monday"
PASSWORD = "correct horse battery staple"
HOSTS = {
    "imap": "imap.contoso.example",
    "pop3": "pop.contoso.example",
    "submission": "smtp.contoso.example",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """One service: ``host`` is the name in its certificate, ``address`` and ``port`` are where it really is."""

    host: str
    port: int
    address: str = ADDRESS


@dataclass(frozen=True, slots=True)
class Peers:
    """Running servers for one mailbox."""

    imap: Peer
    """IMAP that must be encrypted by STARTTLS."""
    imaps: Peer
    """IMAP inside TLS."""
    pop3: Peer
    """POP3 that must be encrypted by STLS."""
    pop3s: Peer
    """POP3 inside TLS."""
    submission: Peer
    """SMTP submission that must be encrypted by STARTTLS."""
    ca_file: Path
    """PEM of the only authority that vouches for them."""
    servers: tuple[Running, ...]
    """The programs behind them; their logs explain a failing test."""
    mailbox: str = MAILBOX
    good_token: str = GOOD_TOKEN
    bad_token: str = BAD_TOKEN
    password: str = PASSWORD
    """The mailbox's password; whether it is of use says :attr:`takes_passwords`."""
    takes_passwords: bool = False
    """Whether the mechanisms PLAIN and LOGIN are on."""

    def log(self) -> str:
        """Return what all servers have said."""
        return "\n".join(server.log() for server in self.servers)


def missing() -> str | None:
    """Say what these servers lack here, if anything."""
    for program, package in (("dovecot", "dovecot-imapd, dovecot-pop3d"), ("postfix", "postfix")):
        if shutil.which(program, path=ENVIRONMENT["PATH"]) is None:
            return f"{program} is not installed (Debian: {package})"
    if os.geteuid() != 0:
        return "postfix can only be started by root"
    return None


@contextmanager
def start(*, passwords: bool) -> Iterator[Peers]:
    """Run Dovecot and Postfix for the block; with ``passwords`` they also take PLAIN and LOGIN."""
    with ExitStack() as stack:
        # Not pytest's folder: that is closed to other users, and too long for the paths of Unix sockets.
        top = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="maildiag-", ignore_cleanup_errors=True)))
        top.chmod(0o755)
        mail, relay = top / "dovecot", top / "postfix"
        mail.mkdir()
        relay.mkdir()
        authority = trustme.CA(organization_name="Contoso", organization_unit_name="Test authority")
        authority.cert_pem.write_to_path(str(top / "ca.pem"))
        certificate = authority.issue_cert(*HOSTS.values())
        certificate.private_key_pem.write_to_path(str(mail / "key.pem"))
        certificate.cert_chain_pems[0].write_to_path(str(mail / "chain.pem"))
        url = stack.enter_context(introspection({GOOD_TOKEN: MAILBOX}.get))
        dovecot_server, ports = stack.enter_context(
            dovecot(
                mail,
                address=ADDRESS,
                mailbox=MAILBOX,
                password=PASSWORD if passwords else None,
                validation=by_introspection(url),
            ),
        )
        postfix_server, port = stack.enter_context(
            postfix(relay, address=ADDRESS, name=HOSTS["submission"], certificates=mail, sasl=mail / "sasl"),
        )
        yield Peers(
            imap=Peer(HOSTS["imap"], ports["imap"]),
            imaps=Peer(HOSTS["imap"], ports["imaps"]),
            pop3=Peer(HOSTS["pop3"], ports["pop3"]),
            pop3s=Peer(HOSTS["pop3"], ports["pop3s"]),
            submission=Peer(HOSTS["submission"], port),
            ca_file=top / "ca.pem",
            servers=(dovecot_server, postfix_server),
            takes_passwords=passwords,
        )
