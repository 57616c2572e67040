"""Tokens that the emulated sign-in service issued, where programs that know nothing of it take them.

curl signs in with them at the emulated mail servers; Dovecot decides by itself what they are worth, by the published
key or by asking.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import msal
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fakes.declare import Application, Mailbox
from fakes.organisation import CLIENT_ID
from fakes.tokens import identifier, signing_key
from tests.real import dovecot
from tests.real.introspection import introspection
from tests.real.live import Live, declared, live
from tests.real.test_curl import LOGIN_DENIED
from tests.real.test_msal import AUTHORITY, options, public

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = "helpdesk@contoso.example"
LISTENS = "127.0.0.2"
MAIL = ("https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send")
ISSUER = f"https://sts.windows.net/{identifier('contoso.example')}/"
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
needs_dovecot = pytest.mark.skipif(
    shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None,
    reason="dovecot is not installed (Debian: dovecot-imapd, dovecot-pop3d)",
)
pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real"), pytest.mark.usefixtures("nothing_told")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Live]:
    with live(declared(application=Application(secret="s3", roles=("IMAP.AccessAsApp",))), tmp_path) as running:
        yield running


def delegated(world: Live) -> str:
    found = public(world).acquire_token_by_refresh_token(world.stage.world.refresh_token, list(MAIL))
    return str(found["access_token"])


def by_secret(world: Live) -> str:
    app = msal.ConfidentialClientApplication(CLIENT_ID, client_credential="s3", **options(world))
    return str(app.acquire_token_for_client(["https://outlook.office365.com/.default"])["access_token"])


def curl(world: Live, place: str, path: str, token: str, *more: str) -> subprocess.CompletedProcess[str]:
    host, _, port = place.rpartition(":")
    scheme = {"993": "imaps", "995": "pop3s", "587": "smtp"}[port]
    address, real = world.place(host, int(port))
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "--cacert", str(world.ca_file)]
    command += ["--connect-to", f"{place}:{address}:{real}", "--user", f"{ADDRESS}:", "--oauth2-bearer", token, *more]
    return subprocess.run([*command, f"{scheme}://{place}{path}"], capture_output=True, text=True, check=False)


@needs_curl
@pytest.mark.parametrize("scheme", ["imap", "pop3", "smtp"])
def test_curl_signs_in_with_a_token_of_the_user(world: Live, scheme: str, tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    mail.write_text("Subject: Re: My printer\r\n\r\nSwitch it off and on.\r\n")
    sending = ["--mail-from", ADDRESS, "--mail-rcpt", "customer@fabrikam.example", "--upload-file", str(mail)]
    place, path, more = {
        "imap": ("outlook.office365.com:993", "/INBOX", ["--login-options", "AUTH=XOAUTH2"]),
        "pop3": ("outlook.office365.com:995", "/", ["--login-options", "AUTH=XOAUTH2"]),
        "smtp": ("smtp.office365.com:587", "", ["--ssl-reqd", "--login-options", "AUTH=XOAUTH2", *sending]),
    }[scheme]
    done = curl(world, place, path, delegated(world), *more)
    assert done.returncode == 0, done.stderr


@needs_curl
def test_curl_signs_in_with_a_token_of_the_application_until_the_directory_says_no(world: Live) -> None:
    token = by_secret(world)
    place, sasl = "outlook.office365.com:993", ("--login-options", "AUTH=XOAUTH2")
    assert curl(world, place, "/INBOX", token, *sasl).returncode == 0
    world.stage.world.directory.application.in_exchange = "absent"
    assert curl(world, place, "/INBOX", token, *sasl).returncode == LOGIN_DENIED


@needs_curl
def test_curl_finds_the_endpoints_and_the_key(world: Live) -> None:
    address, real = world.place("login.microsoftonline.com", 443)
    command = ["curl", "--silent", "--show-error", "--fail", "--cacert", str(world.ca_file)]
    command += ["--connect-to", f"login.microsoftonline.com:443:{address}:{real}"]

    def get(url: str) -> Any:  # noqa: ANN401  anything that JSON has
        return json.loads(subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout)

    keys = get(get(f"{AUTHORITY}/v2.0/.well-known/openid-configuration")["jwks_uri"])
    key = jwt.PyJWKSet.from_dict(keys).keys[0]
    assert jwt.decode(delegated(world), key, audience="https://outlook.office.com")["upn"] == ADDRESS


def server(validation: str, stack: Path) -> Any:  # noqa: ANN401  a context manager
    authority = trustme.CA()
    made = authority.issue_cert("imap.contoso.example")
    made.private_key_pem.write_to_path(str(stack / "key.pem"))
    made.cert_chain_pems[0].write_to_path(str(stack / "chain.pem"))
    authority.cert_pem.write_to_path(str(stack / "ca.pem"))
    return dovecot.dovecot(stack, address=LISTENS, mailbox=ADDRESS, password=None, validation=validation)


def reads_mail(folder: Path, port: int, token: str, mechanism: str = "XOAUTH2") -> bool:
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "--cacert", str(folder / "ca.pem")]
    command += ["--resolve", f"imap.contoso.example:{port}:{LISTENS}", "--user", f"{ADDRESS}:"]
    command += ["--login-options", f"AUTH={mechanism}", "--oauth2-bearer", token]
    url = f"imaps://imap.contoso.example:{port}/INBOX;MAILINDEX=1"
    done = subprocess.run([*command, url], capture_output=True, text=True, check=False)
    assert done.returncode in {0, LOGIN_DENIED}, done.stderr
    return "My printer does not answer" in done.stdout


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a server a folder of its own: pytest's is closed to other users, and too long for a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="maildiag-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@needs_curl
@needs_dovecot
def test_dovecot_verifies_a_token_with_the_published_key(world: Live, folder: Path) -> None:
    address, real = world.place("login.microsoftonline.com", 443)
    url = f"{AUTHORITY}/discovery/v2.0/keys"
    command = ["curl", "--silent", "--cacert", str(world.ca_file), "--connect-to", f"::{address}:{real}", url]
    published = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["keys"][0]
    keys = folder / "keys" / "default" / published["alg"]
    keys.mkdir(parents=True)
    (keys / published["kid"]).write_bytes(_as_pem(published))
    good = delegated(world)
    payload = jwt.decode(good, options={"verify_signature": False})
    headers = {"kid": published["kid"]}
    expired = jwt.encode(
        {**payload, "exp": payload["iat"] - 60, "nbf": payload["iat"] - 120}, signing_key(), "RS256", headers
    )
    elsewhere = jwt.encode({**payload, "iss": "https://sts.windows.net/other/"}, signing_key(), "RS256", headers)
    with server(dovecot.by_keys(folder / "keys", issuer=ISSUER), folder) as (running, ports):
        found = [
            reads_mail(folder, ports["imaps"], token) for token in (good, good[:-9] + "AAAAAAAAA", expired, elsewhere)
        ]
        assert found == [True, False, False, False], running.log()


def _as_pem(key: dict[str, str]) -> bytes:
    read = jwt.PyJWK.from_dict(key).key
    assert isinstance(read, RSAPublicKey)
    return read.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@needs_curl
@needs_dovecot
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_dovecot_asks_the_directory_what_a_token_is_worth(folder: Path, tmp_path: Path, mechanism: str) -> None:
    with live(declared(mailbox=Mailbox(address=ADDRESS)), tmp_path) as world:
        directory = world.stage.world.directory

        def user_of(token: str) -> str | None:
            holder = directory.holder(token, resource="exchange")
            return holder.user if holder else None

        token = delegated(world)
        with introspection(user_of) as url, server(dovecot.by_introspection(url), folder) as (running, ports):
            assert reads_mail(folder, ports["imaps"], token, mechanism), running.log()
            directory.revoked.add(token)
            assert not reads_mail(folder, ports["imaps"], token, mechanism)
