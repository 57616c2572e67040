"""A private Postfix 3: submission with STARTTLS, signing in through Dovecot; what it accepts it throws away.

Its queue, configuration and data are in one folder. Postfix itself insists on being started by root.
Settings: https://www.postfix.org/SASL_README.html#server_dovecot and https://www.postfix.org/master.5.html
"""

from __future__ import annotations

import os
import pwd
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.real.process import ENVIRONMENT, ServerFailedError, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real.process import Running

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {name}
mydestination =
alias_maps =
alias_database =
# Nothing leaves this machine, whatever is submitted.
default_transport = discard:
relay_transport = discard:
local_transport = discard:
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {certificates}/key.pem, {certificates}/chain.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sasl}
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
# At MAIL FROM already, and not at the first recipient, so that a check need not name one.
smtpd_sender_restrictions = permit_sasl_authenticated, reject
smtpd_delay_reject = no
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
"""

# The services that a submission passes; no delivery agent but discard, no local pickup.
MASTER = """
{address}:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
"""


@contextmanager
def postfix(folder: Path, *, address: str, name: str, certificates: Path, sasl: Path) -> Iterator[tuple[Running, int]]:
    """Run Postfix in ``folder``, calling itself ``name``; yield it and its submission port.

    :param certificates: folder with key.pem and chain.pem.
    :param sasl: Dovecot's socket for sign-ins.
    """
    port = free_port(address)
    configuration, data, queue = folder / "etc", folder / "data", folder / "queue"
    for path in (configuration, data, queue):
        path.mkdir()
    (configuration / "main.cf").write_text(MAIN.format(folder=folder, name=name, certificates=certificates, sasl=sasl))
    (configuration / "master.cf").write_text(MASTER.format(address=address, port=port))
    owner = pwd.getpwnam("postfix")
    os.chown(data, owner.pw_uid, owner.pw_gid)
    # `check` makes the queue's folders. `postfix start-fg` would then leave a shell between us and the master process.
    prepared = subprocess.run(
        ["postfix", "-c", str(configuration), "check"], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    if prepared.returncode:
        raise ServerFailedError(prepared.stderr)
    asked = ["postconf", "-c", str(configuration), "-h", "daemon_directory"]
    programs = subprocess.run(asked, capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout.strip()
    master = [f"{programs}/master", "-c", str(configuration), "-s"]
    with running(master, ready="daemon started") as server:
        yield server, port
