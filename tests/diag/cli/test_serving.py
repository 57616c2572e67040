"""A world that stays up, used by the standard library's clients as they are told to."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.diag.cli.running import maildiag

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="elsewhere: needs signals as POSIX has them")


@contextlib.contextmanager
def served(name: str) -> Iterator[str]:
    """Serve a world for the time of the block, and yield what was shown."""
    with subprocess.Popen(maildiag("scenario", "serve", name), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
        try:
            yield _shown(process)
        finally:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "stopped\n")


def _shown(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    seen = ""
    while "Ctrl-C ends it." not in seen:
        line = process.stdout.readline()
        assert line, seen
        seen += line
    return seen


def test_a_served_world_shows_its_settings_and_stops_cleanly() -> None:
    with served("healthy/exchange-online") as shown:
        assert "IMAP  outlook.office365.com:993" in shown
        assert re.search(
            r"HTTP  login\.microsoftonline\.com:443 +is at 127\.0\.0\.1:\d+  TLS: implicit  \(entra\)", shown
        )
        assert "authority https://login.microsoftonline.com/contoso.example" in shown
        assert "curl --cacert" in shown


def test_its_hosts_are_reached_by_their_names_through_its_proxy() -> None:
    with served("healthy/exchange-online") as shown:
        proxy, ca_file = re.search(r"proxy +http://([\d.:]+)", shown), re.search(r"^CA +(\S+)$", shown, re.MULTILINE)
        assert proxy
        assert ca_file
        context = ssl.create_default_context(cafile=ca_file[1])
        client = http.client.HTTPSConnection(proxy[1], context=context, timeout=10)
        client.set_tunnel("login.microsoftonline.com", 443)
        client.request("GET", "/contoso.example/v2.0/.well-known/openid-configuration")
        assert json.loads(client.getresponse().read())["issuer"].startswith("https://login.microsoftonline.com/")
        client.close()


def test_a_world_without_a_sign_in_service_speaks_of_none() -> None:
    with served("healthy/dovecot") as shown:
        assert "authority" not in shown
        assert "proxy     http://127.0.0.1:" in shown
