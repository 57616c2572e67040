"""Chromium without a window, driven by the WebDriver protocol (W3C): what a person does at a page, and no more.

It reaches a world by the names of its hosts, which are mapped to where they really listen, and accepts the world's CA.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.real.process import ENVIRONMENT, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real.live import Live

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key under which the protocol has the reference to an element (section 12.2)."""
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--no-proxy-server", "--window-size=900,900",
)  # fmt: skip
PATIENCE = 20
"""Seconds that a page may take."""


def missing() -> str | None:
    """Say what is lacking here, if anything."""
    for program in ("chromium", "chromedriver"):
        if shutil.which(program, path=ENVIRONMENT["PATH"]) is None:
            return f"{program} is not installed (Debian: chromium, chromium-driver)"
    return None


@dataclass(frozen=True)
class Browser:
    """A window."""

    session: str

    def open(self, url: str) -> None:
        """Type an address in."""
        self._ask("POST", "/url", {"url": url})

    @property
    def url(self) -> str:
        """What the address line shows."""
        return str(self._ask("GET", "/url"))

    def wait_for(self, selector: str) -> str:
        """Wait until the page has an element, and return it."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        return str(found[ELEMENT])

    def text(self, selector: str = "main") -> str:
        """Return what is to be read there."""
        return str(self._ask("GET", f"/element/{self.wait_for(selector)}/text"))

    def type(self, selector: str, text: str) -> None:
        """Type into a field, in place of what stands there."""
        element = self.wait_for(selector)
        self._ask("POST", f"/element/{element}/clear", {})
        self._ask("POST", f"/element/{element}/value", {"text": text})

    def click(self, selector: str) -> None:
        """Press a button."""
        self._ask("POST", f"/element/{self.wait_for(selector)}/click", {})

    def wait_until_at(self, prefix: str) -> str:
        """Wait until the address line begins with ``prefix``, and return all of it."""
        ends = time.monotonic() + PATIENCE
        while not self.url.startswith(prefix):
            assert time.monotonic() < ends, f"still at {self.url}"
        return self.url

    def picture(self, path: Path) -> None:
        """Keep what is to be seen."""
        path.write_bytes(base64.b64decode(str(self._ask("GET", "/screenshot"))))

    def _ask(self, method: str, path: str, data: object = None) -> Any:  # noqa: ANN401  anything that JSON has
        return ask(method, f"{self.session}{path}", data)


def ask(method: str, url: str, data: object = None) -> Any:  # noqa: ANN401  anything that JSON has
    """Send a command and return its value."""
    body = None if data is None else json.dumps(data).encode()
    request = Request(url, body, {"Content-Type": "application/json"}, method=method)  # noqa: S310  the driver's own
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=60) as reply:
            return json.load(reply)["value"]
    except HTTPError as error:
        raise AssertionError(json.load(error)["value"]["message"]) from None


@contextlib.contextmanager
def browser(world: Live, folder: Path) -> Iterator[Browser]:
    """Open a browser whose profile is in ``folder``, for the time of the block."""
    hosts = {place.rpartition(":")[0] for place in world.stage.world.declaration.services if place.endswith(":443")}
    rules = [f"MAP {host}:443 {':'.join(map(str, world.place(host, 443)))}" for host in sorted(hosts)]
    arguments = [
        *ARGUMENTS,
        f"--user-data-dir={folder / 'profile'}",
        f"--host-resolver-rules={', '.join(rules)}, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={_pin(world)}",
    ]
    chromium = shutil.which("chromium", path=ENVIRONMENT["PATH"])
    wanted = {"browserName": "chrome", "goog:chromeOptions": {"binary": chromium, "args": arguments}}
    port = free_port("127.0.0.1")
    os.environ.setdefault("HOME", str(folder))
    with running(["chromedriver", f"--port={port}"], ready="was started successfully"):
        base = f"http://127.0.0.1:{port}/session"
        made = ask("POST", base, {"capabilities": {"alwaysMatch": wanted}})
        session = f"{base}/{made['sessionId']}"
        try:
            ask("POST", f"{session}/timeouts", {"implicit": PATIENCE * 1000, "pageLoad": PATIENCE * 1000})
            yield Browser(session)
        finally:
            ask("DELETE", session)


def _pin(world: Live) -> str:
    """Return the hash of the key that signs the certificates of the world; it is in every chain that a host sends."""
    key = world.stage.world.certificates.authority("issuing").certificate.public_key()
    raw = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(raw).digest()).decode()
