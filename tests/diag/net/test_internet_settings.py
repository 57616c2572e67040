"""Windows' proxy: by name and by a PAC file, on any system by the values that the registry would have."""

from __future__ import annotations

import asyncio
import sys
import types
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import pytest

from diag.check import measure
from diag.judge import judge
from diag.model.actions import HttpExchange, ProxyTunnel
from diag.net import internet_settings
from diag.net.internet_settings import InternetSettings, compiled, first_usable, from_values, proxies, read_script
from diag.net.network import Network, Settings
from scenarios.build import emulate
from scenarios.load import load

if TYPE_CHECKING:
    from pathlib import Path

PAC = """
function FindProxyForURL(url, host) {
    if (isPlainHostName(host) || dnsDomainIs(host, ".contoso.example")) return "DIRECT";
    if (shExpMatch(host, "*.microsoftonline.com")) return "HTTPS tls.example:443; PROXY proxy.contoso.example:3128; DIRECT";
    return "SOCKS5 socks.example:1080";
}
"""


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("http=plain.example:80;https=web.example:8080", "http://web.example:8080"),
        ("socks=socks.example:1080", "socks5h://socks.example:1080"),
        ("http=plain.example:80", None),
        ("https=no proxy", None),
    ],
)
def test_a_server_is_read_for_the_web(server: str, shown: str | None) -> None:
    found = proxies(from_values({"ProxyEnable": 1, "ProxyServer": server}))
    assert (found.web.shown if found.web else None) == shown
    assert found.everything is None
    assert found.of("mail.example", 993) is None


def test_what_is_switched_off_or_of_another_type_counts_for_nothing() -> None:
    off = {"ProxyEnable": 0, "ProxyServer": "proxy.example:3128", "ProxyOverride": "*.example"}
    assert from_values(off) == InternetSettings()
    assert from_values({"ProxyEnable": 1, "ProxyServer": 7, "AutoConfigURL": b"x"}) == InternetSettings()
    assert proxies(InternetSettings()).known == ()


def test_exceptions_are_those_of_windows() -> None:
    override = "*.contoso.com; 10.*;exact.example;<local>"
    found = proxies(from_values({"ProxyEnable": 1, "ProxyServer": "p.example:1", "ProxyOverride": override}))
    straight = ["mail.contoso.com", "10.1.2.3", "exact.example", "intranet", "localhost"]
    assert [host for host in straight if found.of(host, 443)] == []
    assert all(found.of(host, 443) for host in ("contoso.com", "110.1.2.3", "inexact.example", "a.b"))


def test_a_script_decides_for_each_host() -> None:
    found = proxies(InternetSettings(server="ignored.example:1"), compiled("http://pac.example/proxy.pac", PAC))
    hosts = ("login.microsoftonline.com", "outlook.office365.com", "mail.contoso.example", "intranet", "127.0.0.1")
    chosen = [found.of(host, 443) for host in hosts]
    shown = [proxy and proxy.shown for proxy in chosen]
    assert shown == ["http://proxy.contoso.example:3128", "socks5h://socks.example:1080", None, None, None]
    assert found.of("outlook.office365.com", 993) is None
    assert [proxy.shown for proxy in found.known_to("login.microsoftonline.com")][1:] == shown[:1]


@pytest.mark.parametrize(
    "text", ["<html>Sign in</html>", "", "function other() {}", "function FindProxyForURL(u, h) { throw 1; }"]
)
def test_what_is_no_script_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compiled("http://pac.example/proxy.pac", text)


def test_a_script_that_fails_for_one_host_names_none_for_it() -> None:
    text = 'function FindProxyForURL(u, h) { if (h == "odd.example") throw "x"; return "PROXY p.example:1"; }'
    script = compiled("http://pac.example/proxy.pac", text)
    assert script.find("odd.example") is None
    assert script.find("even.example") is not None


@pytest.mark.parametrize(
    ("answer", "shown"),
    [("DIRECT", None), ("", None), ("HTTPS a:443", None), ("nonsense; PROXY p:8080", "http://p:8080"), ("SOCKS s:1", "socks5h://s:1"),
     ("PROXY", None), ("DIRECT; PROXY p:1", None), ("PROXY p:99999; PROXY q:1", "http://q:1")],
)  # fmt: skip
def test_the_first_usable_way_is_taken(answer: str, shown: str | None) -> None:
    found = first_usable(answer)
    assert (found.shown if found else None) == shown


def test_a_file_is_read_and_a_page_is_fetched_on_record(tmp_path: Path) -> None:
    file = tmp_path / "proxy.pac"
    file.write_text(PAC)
    network = Network(Settings())

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
        status = b"200 OK" if path == b"/proxy.pac" else b"404 Not Found"
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(PAC), PAC.encode()))
        await writer.drain()
        writer.close()

    async def main() -> tuple[str, str]:
        server = await asyncio.start_server(page, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(ValueError, match="404"):
                await read_script(network, f"http://127.0.0.1:{port}/other.pac")
            return await read_script(network, f"http://127.0.0.1:{port}/proxy.pac"), await read_script(
                network, file.as_uri()
            )

    assert asyncio.run(main()) == (PAC, PAC)
    assert [seen.action.status for seen in network.observations if isinstance(seen.action, HttpExchange)] == [404, 200]


def test_the_registry_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a module of the name and shape of Python's own, which only Windows has."""
    assert internet_settings.of_this_computer() == InternetSettings() or sys.platform == "win32"
    values = {"ProxyEnable": 1, "ProxyServer": "p.example:1", "AutoConfigURL": "http://pac.example/"}

    class Key:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    def query(_: Key, name: str) -> tuple[object, int]:
        if name not in values:
            raise FileNotFoundError(2, "not found")
        return values[name], 1

    fake = types.SimpleNamespace(HKEY_CURRENT_USER=1, OpenKey=lambda *_: Key(), QueryValueEx=query)
    monkeypatch.setitem(sys.modules, "winreg", fake)
    monkeypatch.setattr(sys, "platform", "win32")
    assert internet_settings.of_this_computer() == InternetSettings(server="p.example:1", script="http://pac.example/")


def test_the_web_goes_through_the_proxy_of_a_script_and_mail_is_compared_with_it() -> None:
    case = load("proxy/needed")
    text = 'function FindProxyForURL(u, h) { return "PROXY proxy.contoso.example:3128"; }'
    named = proxies(InternetSettings(), compiled("http://pac.example/", text))

    async def main() -> tuple[set[int], list[ProxyTunnel], list[str], tuple[str, ...]]:
        async with emulate(case) as world:
            settings = replace(world.settings, proxies=named)
            measurement = await measure(world.request, world.sign_in, settings=settings, choices=world.choices)
            tunnels = [seen.action for seen in measurement.observations if isinstance(seen.action, ProxyTunnel)]
            causes = [cause.code for cause in judge(measurement).causes]
            return {port for _, port in world.stage.world.passed}, tunnels, causes, measurement.vantage.proxies

    passed, tunnels, causes, told = asyncio.run(main())
    assert passed == {443, 993, 995, 587}
    assert {tunnel.named_by for tunnel in tunnels} == {"PAC file"}
    assert {tunnel.role for tunnel in tunnels if not tunnel.target.endswith(":443")} == {"control"}
    assert set(causes) == {"proxy/needed"}
    assert told == ("http://pac.example/ (PAC file)",)
