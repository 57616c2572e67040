"""The emulated services, used by mail clients as they are: to sign in, to fetch or submit, and to be refused."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.real.clients.job import Job
from tests.real.clients.table import CANNOT, CLIENTS, PASSWORDS, Client, X
from tests.real.clients.worlds import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.real.clients.worlds import Served

pytestmark = pytest.mark.real
FETCHED = "Printer on the second floor"
REFUSED = {
    ("office", "imap"): "AUTHENTICATE failed.",
    ("office", "pop3"): "Authentication failure: unknown user name or bad password.",
    ("office", "smtp"): "5.7.3 Authentication unsuccessful",
    ("dovecot", "imap"): "[AUTHENTICATIONFAILED] Authentication failed.",
    ("dovecot", "pop3"): "[AUTH] Authentication failed.",
    ("dovecot", "smtp"): "5.7.8 Error: authentication failed: (reason unavailable)",
}
OFF = {
    "imap": "User is authenticated but not connected.",
    "pop3": "Authentication failure: unknown user name or bad password.",
    "smtp": "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.",
}
by_token = [client for client in CLIENTS if client.world == "office"]
by_password = [client for client in CLIENTS if client.mechanism in PASSWORDS]


@pytest.fixture(scope="module")
def world() -> Iterator[Callable[[str], Served]]:
    """Give the function that starts a world when it is first asked for."""
    running: dict[str, Served] = {}
    with ExitStack() as stack:

        def get(name: str) -> Served:
            if name not in running:
                running[name] = stack.enter_context(serve(name))
            return running[name]

        yield get


@pytest.fixture(autouse=True)
def _installed(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Note which client a test is about, and skip where it is not there."""
    if "client" not in request.fixturenames:
        return
    client: Client = request.getfixturevalue("client")
    record_property("real client", client.name)
    if client.program is not None and shutil.which(client.program) is None:
        pytest.skip(f"{client.program} is not installed (Debian: {client.name})")
    if client.program is None and find_spec(client.name) is None:
        pytest.skip(f"{client.name} is not installed (PyPI)")


def job(client: Client, served: Served, folder: Path, secret: str | None = None) -> Job:
    own = served.password if client.mechanism in PASSWORDS else served.token
    return Job(
        port=served.ports[client.protocol], user=served.user, secret=own if secret is None else secret,
        mechanism=client.mechanism, ca=served.ca, folder=folder, subject=f"{client} {folder.name}",
    )  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_it_signs_in_and_fetches_or_submits(client: Client, world: Callable[[str], Served], tmp_path: Path) -> None:
    served = world(client.world)
    task = job(client, served, tmp_path)
    done = client.use(task)
    assert done.code == 0, done.said
    if client.protocol == "smtp":
        assert served.subjects().count(task.subject) == 1, done.said
    else:
        assert FETCHED in done.mail + done.said


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_it_is_refused_in_the_words_of_the_service(
    client: Client, world: Callable[[str], Served], tmp_path: Path
) -> None:
    served = world(client.world)
    task = job(client, served, tmp_path, "eyJhbGciOiJub25lIn0.no.token")
    done = client.use(task)
    assert FETCHED not in done.mail + done.said
    assert task.subject not in served.subjects()
    assert client.silent or REFUSED[client.world, client.protocol] in done.said.replace("\r\n", ""), done.said


@pytest.mark.parametrize("client", by_token, ids=str)
def test_it_meets_a_mailbox_that_is_switched_off(
    client: Client, world: Callable[[str], Served], tmp_path: Path
) -> None:
    done = client.use(job(client, world("office-off"), tmp_path))
    assert FETCHED not in done.mail + done.said
    assert client.silent or OFF[client.protocol] in done.said.replace("\r\n", ""), done.said


@pytest.mark.parametrize("client", by_password, ids=str)
def test_a_password_is_no_use_at_exchange(client: Client, world: Callable[[str], Served], tmp_path: Path) -> None:
    done = client.use(job(client, world("office"), tmp_path))
    assert FETCHED not in done.mail
    assert client.protocol == "imap" or "asic authentication is disabled" in done.said


def test_every_client_says_what_it_cannot_do() -> None:
    known = {client.name for client in CLIENTS}
    assert known == {
        "curl", "msmtp", "mpop", "swaks", "fetchmail", "isync", "getmail6", "offlineimap3", "neomutt", "mutt", "s-nail",
        "imaplib", "poplib", "smtplib", "imapclient", "aioimaplib", "aiosmtplib",
    }  # fmt: skip
    assert set(CANNOT) <= known
    lacking = {client.name for client in CLIENTS if client.mechanism not in {X, "OAUTHBEARER"}}
    assert lacking <= set(CANNOT)
