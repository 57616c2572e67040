"""The proxy that Windows gives to programs for the web: the user's Internet Settings, by name or by a PAC file.

A PAC file is a script that names a proxy for each address. It is fetched through the one door like any page, and run
by PyPAC (the extra ``pac``). Mail programs follow neither, so both count for port 443 alone, as HTTPS_PROXY does.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from diag.net.proxy import Proxies, Proxy, Script, read_proxy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from diag.net.network import Network

KEY = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
SOURCE = "Internet Options"
_WAYS = {"PROXY": "http", "HTTP": "http", "SOCKS": "socks5h", "SOCKS5": "socks5h"}
"""What a PAC file calls the kinds of proxies that can be used here; HTTPS is TLS to the proxy itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetSettings:
    """What Windows keeps of proxies for one user; each is empty where it is not set."""

    server: str = ""
    """``host:port`` for all, or a list such as ``http=host:port;https=host:port;socks=host:port``."""
    override: str = ""
    """Hosts that are reached straight, by semicolons; ``*`` is anything, ``<local>`` is a name without a dot."""
    script: str = ""
    """The address of a PAC file, which comes before the others."""


def of_this_computer() -> InternetSettings:
    """Read the registry; elsewhere than on Windows nothing is set."""
    found: dict[str, object] = {}
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415  only there

        with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, KEY) as key:
            for name in ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL"):
                with contextlib.suppress(OSError):
                    found[name] = winreg.QueryValueEx(key, name)[0]
    return from_values(found)


def from_values(values: Mapping[str, object]) -> InternetSettings:
    """Read the values of the key ``Internet Settings``."""
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    by_name = values.get("ProxyEnable") == 1
    return InternetSettings(
        server=texts.get("ProxyServer", "") if by_name else "",
        override=texts.get("ProxyOverride", "") if by_name else "",
        script=texts.get("AutoConfigURL", ""),
    )


def proxies(settings: InternetSettings, script: Script | None = None) -> Proxies:
    """Return the proxies that the settings name; those that cannot be read are left out."""
    entries = [entry.strip() for entry in settings.server.split(";") if entry.strip()]
    by_kind = dict(entry.split("=", 1) for entry in entries if "=" in entry)
    plain = next((entry for entry in entries if "=" not in entry), None)
    web = by_kind.get("https") or plain
    if web is None and "socks" in by_kind:
        web = f"socks5h://{by_kind['socks'].removeprefix('socks://')}"
    found: Proxy | None = None
    if web:
        with contextlib.suppress(ValueError):
            found = read_proxy(web, SOURCE)
    exempt = tuple(entry.strip().lower() for entry in settings.override.split(";") if entry.strip())
    return Proxies(web=found, exempt=exempt, script=script)


async def read_script(network: Network, address: str) -> str:
    """Return the text of a PAC file at an ``http``, ``https`` or ``file`` address.

    :raises OSError: the file cannot be read.
    :raises StepFailed: the server did not answer.
    :raises ValueError: it is no such address, or the server refused.
    """
    from diag.net.web import WebRequest, fetch  # noqa: PLC0415  only where there is such a file

    if urlsplit(address).scheme == "file":
        path = Path(url2pathname(urlsplit(address).path))
        return await asyncio.to_thread(path.read_text, encoding="utf-8", errors="replace")
    reply = await fetch(network, WebRequest(url=address, purpose="PAC file"))
    if reply.status != 200:  # noqa: PLR2004  RFC 9110 section 15.3.1
        raise ValueError(f"the server answered with the status {reply.status}")
    return reply.text()


def compiled(address: str, text: str) -> Script:
    """Make a script of the text of a PAC file.

    :raises ImportError: PyPAC is not installed.
    :raises ValueError: the text is no PAC file.
    """
    from pypac.parser import MalformedPacError, PACFile, PyimportError

    try:
        file = PACFile(text)
        file.find_proxy_for_url("https://login.microsoftonline.com/", "login.microsoftonline.com")
    except (MalformedPacError, PyimportError) as error:
        raise ValueError(str(error)) from None
    except Exception as error:  # noqa: BLE001  the engine's own errors have no common class
        raise ValueError(f"the script fails: {error}") from None

    @cache
    def find(host: str) -> Proxy | None:
        try:
            return first_usable(str(file.find_proxy_for_url(f"https://{host}/", host)))
        except Exception:  # noqa: BLE001  as browsers do: a script that fails for a host names no proxy for it
            return None

    return Script(address=address, find=find)


def first_usable(answer: str) -> Proxy | None:
    """Read what a PAC file says, such as ``PROXY proxy:8080; DIRECT``; None where the way is straight."""
    for entry in answer.split(";"):
        match = re.fullmatch(r"\s*(\w+)(?:\s+(\S+))?\s*", entry)
        if match is None:
            continue
        way, place = match[1].upper(), match[2]
        if way == "DIRECT":
            return None
        if way in _WAYS and place:
            with contextlib.suppress(ValueError):
                return read_proxy(f"{_WAYS[way]}://{place}", "PAC file")
    return None
