"""A case into a check."""

from __future__ import annotations

import asyncio
import errno
import gc

import pytest

from diag.net.classify import IcmpError
from scenarios.build import Emulated, emulate
from scenarios.load import load


def built(name: str) -> Emulated:
    async def main() -> Emulated:
        async with emulate(load(name)) as world:
            return world

    return asyncio.run(main())


def test_credentials_are_those_of_the_case() -> None:
    assert built("healthy/exchange-online").sign_in.token
    assert built("healthy/dovecot").sign_in.password
    assert not built("healthy/no-credential").sign_in.given


def test_stores_are_those_of_the_world() -> None:
    trust = built("healthy/private-ca-named").settings.trust
    assert trust.custom
    assert trust.public != trust.custom
    assert built("tls/only-locally-trusted").settings.trust.system.count("BEGIN") == 2  # type: ignore[union-attr]


def test_an_icmp_refusal_crosses_to_the_other_side() -> None:
    async def main() -> None:
        async with emulate(load("tcp/prohibited")) as world:
            world.settings.dial("52.97.183.162", 993)

    with pytest.raises(IcmpError) as refused:
        asyncio.run(main())
    assert (refused.value.errno, refused.value.icmp_type, refused.value.icmp_code) == (errno.EHOSTUNREACH, 3, 13)


@pytest.mark.parametrize("name", ["tls/intercepted--avast", "dns/altered", "tcp/port-dropped", "tenant/imap-disabled"])
def test_a_world_that_is_given_up_leaves_nothing_open(name: str) -> None:
    """Whenever that is, coming up or going down: what is not closed would be a warning, and so an error."""
    case = load(name)

    async def up_and_down() -> None:
        async with emulate(case):
            pass

    async def main() -> None:
        for turns in range(60):
            task = asyncio.ensure_future(up_and_down())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    gc.collect()
