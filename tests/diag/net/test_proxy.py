"""Which proxy a connection goes through, and that it really does."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from diag import clouds
from diag.check import measure
from diag.model import document
from diag.net.proxy import Proxies, from_environment, read_proxy
from scenarios.build import emulate
from scenarios.load import load


@pytest.mark.parametrize(
    ("text", "shown", "user"),
    [
        ("proxy.example:3128", "http://proxy.example:3128", None),
        ("http://me:pa%20ss@proxy.example:8080/", "http://proxy.example:8080", "me"),
        ("socks5://192.0.2.1", "socks5://192.0.2.1:1080", None),
        ("socks5h://[2001:db8::1]:9050", "socks5h://[2001:db8::1]:9050", None),
        ("socks://proxy.example", "socks5h://proxy.example:1080", None),
    ],
)
def test_a_proxy_is_read_as_curl_reads_it(text: str, shown: str, user: str | None) -> None:
    proxy = read_proxy(text)
    assert (proxy.shown, proxy.user) == (shown, user)
    assert "pa ss" not in repr(proxy)


@pytest.mark.parametrize("text", ["https://p.example", "ftp://p", "http://", "p.example:99999", "http://p/path", "a b"])
def test_what_is_no_proxy_is_refused_without_quoting_a_password(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|scheme"):
        read_proxy(text)


def test_the_environment_is_read_as_curl_reads_it() -> None:
    found = from_environment({
        "HTTPS_PROXY": "http://web.example:3128", "all_proxy": "socks5://all.example", "https_proxy": "",
        "NO_PROXY": "localhost, .inside.example,192.0.2.7", "HTTP_PROXY": "http://plain.example",
    })  # fmt: skip
    names = {
        place: proxy.host if (proxy := found.of(place[0], place[1])) else None
        for place in (
            ("mail.example", 993), ("login.example", 443), ("mail.inside.example", 993), ("inside.example", 443),
            ("notinside.example", 993), ("192.0.2.7", 993), ("127.0.0.1", 443), ("::1", 993),
        )
    }  # fmt: skip
    assert list(names.values()) == ["all.example", "web.example", None, None, "all.example", None, None, None]
    assert from_environment({"ALL_PROXY": "nonsense://x"}) == Proxies()
    assert Proxies(everything=read_proxy("p:1"), exempt=("*",)).of("mail.example", 993) is None


@pytest.mark.parametrize("name", ["healthy/by-proxy", "healthy/by-socks"])
def test_every_byte_goes_through_the_proxy(name: str) -> None:
    """Nothing is dialled but the proxy, and the proxy has passed on each endpoint of the check."""
    case = load(name)

    async def main() -> tuple[list[tuple[str, int]], set[str], set[str], str]:
        async with emulate(case) as world:
            dialled: list[tuple[str, int]] = []

            def watching(address: str, port: int) -> tuple[str, int]:
                dialled.append((address, port))
                return world.settings.dial(address, port)

            settings = replace(world.settings, dial=watching)
            measurement = await measure(world.request, world.sign_in, settings=settings, choices=world.choices)
            passed = {f"{host}:{port}" for host, port in world.stage.world.passed}
            wanted = {endpoint.subject for endpoint in measurement.target.endpoints}
            signs_in = [cloud for item in measurement.target.endpoints if (cloud := clouds.of_sign_in(item.host))]
            wanted |= {f"{host}:443" for cloud in signs_in for host in cloud.page}
            return dialled, passed, wanted, document.dump(measurement)

    dialled, passed, wanted, record = asyncio.run(main())
    connections = {place for place in dialled if place[1] != 53}
    assert len(connections) == 1
    addresses = {address for names in case.declaration.names.values() for address in names.a}
    assert {place.rpartition(":")[2] for place in passed} == {place.rpartition(":")[2] for place in wanted}
    assert passed == wanted or {place.rpartition(":")[0] for place in passed} <= addresses
    assert "secret" not in record
