"""Who lets a world's tenant be read."""

from __future__ import annotations

import asyncio
import time

from fakes.world import World
from scenarios.administrator import clock, reader_tokens, reading
from scenarios.load import load
from scenarios.model import CheckPart, ReaderPart


def test_only_a_world_with_a_tenant_can_be_read() -> None:
    assert reader_tokens(CheckPart(), World(load("healthy/dovecot").declaration)) == {}
    assert reading(CheckPart(), {}) is None


def test_a_token_is_issued_for_each_interface_that_the_reader_may_use() -> None:
    world = World(load("healthy/tenant").declaration)
    check = CheckPart(reader=ReaderPart(exchange=()), application="Mail")
    found = reading(check, reader_tokens(check, world))
    assert found is not None
    assert found.graph is not None
    assert found.exchange is None
    assert found.application == "Mail"
    assert world.directory.holder(found.graph.reveal(), resource="graph") is not None


def test_an_expired_token_is_one_that_the_directory_refuses() -> None:
    world = World(load("healthy/tenant").declaration)
    check = CheckPart(reader=ReaderPart(expired=True))
    found = reading(check, reader_tokens(check, world))
    assert found is not None
    assert found.graph is not None
    assert world.directory.holder(found.graph.reveal(), resource="graph") is None


def test_waiting_in_a_world_takes_no_time() -> None:
    began = time.monotonic()
    asyncio.run(clock().sleep(3600))  # type: ignore[arg-type]
    assert time.monotonic() - began < 1
