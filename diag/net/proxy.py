"""Proxies: which one a connection goes through, and how it is asked to pass the connection on."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from diag.model.failure import FailureCode
from diag.model.secret import Secret, scrub
from diag.model.target import subject_of
from diag.wire import proxy as wire
from diag.wire.lines import Malformed, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from diag.model.actions import ProxyTunnel
    from diag.net.network import Step
    from diag.net.stream import Stream

Scheme = Literal["http", "socks5", "socks5h"]
SCHEMES: dict[str, Scheme] = {"http": "http", "socks5": "socks5", "socks5h": "socks5h", "socks": "socks5h"}
DEFAULT_PORT = 1080
"""As in curl, where a proxy is named without a port."""
LONGEST = 300
"""Characters of what a proxy says that are kept."""
HTTPS_PORT = 443
PROXY_AUTHENTICATION_REQUIRED = 407


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One proxy. ``source`` is who named it, such as ``--proxy`` or ``HTTPS_PROXY``."""

    scheme: Scheme
    host: str
    port: int
    user: str | None = None
    password: Secret | None = None
    source: str = "--proxy"

    @property
    def place(self) -> str:
        """Its ``host:port``, as observations name it."""
        return subject_of(self.host, self.port)

    @property
    def shown(self) -> str:
        """Its URL without user and password."""
        return f"{self.scheme}://{self.place}"

    @property
    def resolves(self) -> bool:
        """Whether names are looked up by the proxy and not here, as with curl."""
        return self.scheme != "socks5"


def read_proxy(text: str, source: str = "--proxy") -> Proxy:
    """Read ``[scheme://][user[:password]@]host[:port]``.

    :raises ValueError: it names no proxy that can be used; the text never quotes a password.
    """
    parts = urlsplit(text if "://" in text else f"http://{text}")
    scheme = SCHEMES.get(parts.scheme.lower())
    if scheme is None:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise ValueError(f"a proxy's scheme is one of {known}, found {parts.scheme}://")
    try:
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        host, port = None, 0
    if not host or parts.path not in {"", "/"} or parts.query or not re.fullmatch(r"[\w.:-]+", host):
        raise ValueError("expected [scheme://][user:password@]host[:port]")
    user = unquote(parts.username) if parts.username is not None else None
    password = Secret(unquote(parts.password)) if parts.password is not None else None
    return Proxy(scheme=scheme, host=host, port=port, user=user, password=password, source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A PAC file, which names a proxy for each host of the web, or none."""

    address: str
    find: Callable[[str], Proxy | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """Which connections go through a proxy: all of them, or only those of the web, as programs with settings do it."""

    everything: Proxy | None = None
    web: Proxy | None = None
    """For port 443 alone."""
    exempt: tuple[str, ...] = ()
    """Hosts and ends of host names that are reached straight; ``*`` is every host, or anything in one's place, and
    ``<local>`` is every name without a dot."""
    script: Script | None = None
    """What decides for port 443, before ``web`` does."""

    def of(self, host: str, port: int) -> Proxy | None:
        """Return the proxy for a connection to ``host``, a name or an address."""
        if port == HTTPS_PORT and self.script is not None:
            return None if is_local(host) else self.script.find(host)
        found = (self.web if port == HTTPS_PORT else None) or self.everything
        return None if found is None or self._is_exempt(host) else found

    def resolves(self, host: str, port: int) -> bool:
        """Tell whether a proxy looks up ``host``, so that nobody has to do it here."""
        proxy = self.of(host, port)
        return proxy is not None and proxy.resolves

    @property
    def known(self) -> tuple[Proxy, ...]:
        """Every proxy that was named, each once."""
        return tuple(dict.fromkeys(proxy for proxy in (self.everything, self.web) if proxy))

    def known_to(self, host: str) -> tuple[Proxy, ...]:
        """Return every proxy that was named, and the one that a script names for ``host``."""
        scripted = self.script.find(host) if self.script is not None else None
        return tuple(dict.fromkeys((*self.known, *([scripted] if scripted else []))))

    def _is_exempt(self, host: str) -> bool:
        host = host.lower().rstrip(".")
        return is_local(host) or any(_covers(entry, host) for entry in self.exempt)


def _covers(entry: str, host: str) -> bool:
    if entry == "<local>":
        return "." not in host
    return entry == host or host.endswith(f".{entry}") or ("*" in entry and fnmatchcase(host, entry))


def is_local(host: str) -> bool:
    """Tell whether ``host`` is this computer, which no proxy can reach for it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def from_environment(environment: Mapping[str, str]) -> Proxies:
    """Read the variables as curl does: HTTPS_PROXY is for the web, ALL_PROXY for everything, NO_PROXY for exceptions.

    A variable that cannot be read is left out.
    """
    found: dict[str, Proxy] = {}
    for name in ("https_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            text = environment.get(variable)
            if text and name not in found:
                try:
                    found[name] = read_proxy(text, variable)
                except ValueError:
                    continue
    listed = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    return Proxies(everything=found.get("all_proxy"), web=found.get("https_proxy"), exempt=exemptions(listed))


def exemptions(listed: str) -> tuple[str, ...]:
    """Read a list of hosts by commas, each with or without a dot before it."""
    return tuple(entry.strip().lower().lstrip(".") for entry in listed.split(",") if entry.strip())


async def open_tunnel(stream: Stream, step: Step[ProxyTunnel], proxy: Proxy, host: str, port: int) -> None:
    """Have ``proxy``, at the other end of ``stream``, pass the connection on to ``host``.

    :raises StepFailed: the proxy says that it will not, or cannot.
    :raises Malformed: what answers is no such proxy.
    """
    secrets = [proxy.password, wire.credentials(proxy.user, proxy.password)] if proxy.password else []

    def clean(text: str) -> str:
        return escape(scrub(text, *secrets), LONGEST)

    if proxy.scheme == "http":
        await _by_connect(stream, step, proxy, (host, port), clean)
    else:
        await _by_socks(stream, step, proxy, (host, port))


async def _by_connect(
    stream: Stream, step: Step[ProxyTunnel], proxy: Proxy, to: tuple[str, int], clean: Callable[[str], str]
) -> None:
    await stream.write(wire.connect_request(*to, proxy.user, proxy.password))
    data = b""
    while (answer := wire.read_answer(data)) is None:
        data += await stream.read()
    action = step.action
    action.status, action.reason = answer.status, clean(answer.reason)
    action.product = clean(answer.headers.get("server") or answer.headers.get("via") or "")
    action.via = clean(answer.headers.get("via", ""))
    action.error = clean(answer.headers.get("x-squid-error", ""))
    action.title = clean(answer.title)
    action.schemes = tuple(wire.schemes(clean(answer.headers.get("proxy-authenticate", ""))))
    if 200 <= answer.status < 300:  # noqa: PLR2004  RFC 9110 section 9.3.6: any 2xx
        stream.unread(answer.rest)
        return
    said = f"{answer.status} {action.reason}".strip()
    if answer.status == PROXY_AUTHENTICATION_REQUIRED:
        raise step.fail(FailureCode.PROXY_AUTHENTICATION, said, answer.status)
    raise step.fail(FailureCode.PROXY_REFUSED, said, answer.status)


async def _by_socks(stream: Stream, step: Step[ProxyTunnel], proxy: Proxy, to: tuple[str, int]) -> None:
    reader = _Reader(stream)
    await stream.write(wire.socks_greeting(with_password=proxy.user is not None))
    version, method = await reader.exactly(2)
    if version != wire.VERSION:
        raise Malformed(reader.seen)
    if method == wire.NOTHING_FITS or (method == wire.USER_AND_PASSWORD and proxy.user is None):
        step.action.schemes = ("user and password",)
        raise step.fail(FailureCode.PROXY_AUTHENTICATION, "no way to prove who asks fits", method)
    if method == wire.USER_AND_PASSWORD:
        await stream.write(wire.socks_password(proxy.user or "", proxy.password))
        _, refused = await reader.exactly(2)
        if refused:
            step.action.schemes = ("user and password",)
            raise step.fail(FailureCode.PROXY_AUTHENTICATION, "user or password not accepted", refused)
    elif method != wire.NO_PROOF:
        raise Malformed(reader.seen)
    await stream.write(wire.socks_request(*to))
    head = await reader.exactly(5)
    length = wire.socks_reply_length(head) or 0
    await reader.exactly(length - len(head))
    stream.unread(reader.left)
    status = head[1]
    step.action.status, step.action.reason = status, wire.SOCKS_REPLIES.get(status, "" if not status else "unknown")
    if status:
        raise step.fail(FailureCode.PROXY_REFUSED, f"{status} {step.action.reason}", status)


class _Reader:
    """Takes exact numbers of bytes off a stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.left = b""
        self.seen = b""

    async def exactly(self, count: int) -> bytes:
        while len(self.left) < count:
            data = await self._stream.read()
            self.left += data
            self.seen = (self.seen + data)[:80]
        taken, self.left = self.left[:count], self.left[count:]
        return taken
