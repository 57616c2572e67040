"""A private Dovecot 2.3: IMAP, POP3, and the sign-in service that Postfix shares.

Everything it reads and writes is in one folder, and it runs without privilege, so the system's Dovecot, its mail and
its users are out of reach. Settings: https://doc.dovecot.org/2.3/configuration_manual/authentication/oauth2/
"""

from __future__ import annotations

import grp
import os
import pwd
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.real.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real.process import Running

UNPRIVILEGED = "nobody"
"""Who the server runs as when the tests run as root."""
MESSAGE = """From: Customer <customer@fabrikam.example>
To: Helpdesk <{user}>
Subject: My printer does not answer
Date: Tue, 03 Mar 2026 09:30:00 +0000
Message-ID: <1@fabrikam.example>

It blinks.
"""

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
instance_name = maildiag
protocols = imap pop3
listen = {address}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
first_valid_gid = {gid}

ssl = required
ssl_cert = <{folder}/chain.pem
ssl_key = <{folder}/key.pem
# Only over TLS; without it the capabilities say LOGINDISABLED.
disable_plaintext_auth = yes
auth_mechanisms = {mechanisms}
# Two seconds otherwise, for every refused sign-in.
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u

passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
{password_database}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}

service anvil {{
  chroot =
  # Off: it would make an address that was refused wait longer each time, and all tests come from one address.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {folder}/sasl {{
    mode = 0666
  }}
}}
"""

PASSWORDS = """
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {folder}/passwords
}}
"""


def by_introspection(url: str) -> str:
    """Return the settings with which a token is good if the authority at ``url`` says so."""
    return f"""
introspection_mode = auth
introspection_url = {url}
force_introspection = yes
username_attribute = upn
active_attribute = active
active_value = true
"""


def by_keys(folder: Path, *, issuer: str) -> str:
    """Return the settings with which a token is good if ``issuer`` signed it with a key of ``folder``.

    There Dovecot looks for azp/algorithm/kid, where ``default`` stands for a claim that the token does not have.
    """
    return f"""
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/
issuers = {issuer}
username_attribute = upn
"""


@contextmanager
def dovecot(
    folder: Path, *, address: str, mailbox: str, password: str | None, validation: str
) -> Iterator[tuple[Running, dict[str, int]]]:
    """Run Dovecot in ``folder``, which holds chain.pem and key.pem; yield it and its ports by service name.

    :param mailbox: the one account; its inbox holds one message.
    :param password: its password for PLAIN and LOGIN; without one these mechanisms are off.
    :param validation: settings that say which token is good.
    """
    user = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    ports = {name: free_port(address) for name in ("imap", "imaps", "pop3", "pop3s")}
    text = CONFIGURATION.format(
        folder=folder,
        address=address,
        user=user.pw_name,
        group=grp.getgrgid(user.pw_gid).gr_name,
        uid=user.pw_uid,
        gid=user.pw_gid,
        mechanisms="xoauth2 oauthbearer plain login" if password else "xoauth2 oauthbearer",
        password_database=PASSWORDS.format(folder=folder) if password else "",
        **ports,
    )
    (folder / "dovecot.conf").write_text(text)
    (folder / "oauth2.conf").write_text(validation)
    (folder / "passwords").write_text(f"{mailbox}:{password}\n" if password else "")
    inbox = folder / "mail" / mailbox / "new"
    inbox.mkdir(parents=True)
    (inbox / "1.message").write_text(MESSAGE.format(user=mailbox))
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    changed = user.pw_name if os.geteuid() == 0 else None
    command = ["dovecot", "-F", "-c", str(folder / "dovecot.conf")]
    with running(command, ready="starting up for", user=changed) as server:
        yield server, ports
