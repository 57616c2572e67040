"""Playing: what differs is said, and several worlds run at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from scenarios.build import Emulated, become, emulate
from scenarios.load import load
from scenarios.model import ExpectPart
from scenarios.play import Played, play, play_all


def test_every_difference_is_said() -> None:
    case = load("smtp/auth-disabled-for-mailbox")
    case.parts.expect = ExpectPart(
        state="works", causes=("tcp/port-dropped",), symptoms=("tls/not-tls",), notes=("check/incomplete",)
    )
    assert set(asyncio.run(play(case)).differences) == {
        "state: expected works, found broken",
        "causes: tcp/port-dropped is missing",
        "causes: smtp/auth-disabled-for-mailbox was not expected",
        "symptoms: tls/not-tls is missing",
        "notes: check/incomplete is missing",
    }


def test_values_are_compared_as_texts() -> None:
    case = load("tcp/port-dropped--only-587")
    case.parts.expect.values = {"tcp/port-dropped": {"port": "587", "host": "elsewhere"}}
    (difference,) = asyncio.run(play(case)).differences
    assert difference == "values: tcp/port-dropped has host 'smtp.office365.com', expected 'elsewhere'"


def test_steps_are_played_after_the_case_and_their_differences_are_said() -> None:
    case = load("smtp/auth-disabled-for-mailbox")
    played = asyncio.run(play(case))
    assert not played.differences
    assert [step.verdict.state for step in played.then] == ["works"]
    case.then[0].parts.expect = ExpectPart(state="broken", causes=("smtp/throttled",))
    assert asyncio.run(play(case)).differences == (
        "then 1: state: expected broken, found works",
        "then 1: causes: smtp/throttled is missing",
    )


def test_many_are_played_at_once_and_each_ends() -> None:
    cases = [load("healthy/gmail"), load("tls/self-signed"), load("imap/throttled")]

    async def main() -> set[str]:
        return {played.case.name async for played in play_all(cases) if not played.differences}

    assert asyncio.run(main()) == {case.name for case in cases}


def test_a_remedy_is_played_in_the_world_that_is_running() -> None:
    """What an administrator changes is seen by the same servers: the case and its step have one of each."""
    case = load("tenant/imap-disabled")
    built: list[Emulated] = []

    async def main() -> None:
        async with emulate(case) as world:
            built.append(world)
            step = become(world, case.then[0])
            assert step is not None
            built.append(step)

    asyncio.run(main())
    assert built[0].stage is built[1].stage
    assert built[0].sign_in.token is not None
    assert built[1].sign_in.token is not None
    assert built[0].sign_in.token.reveal() == built[1].sign_in.token.reveal()


def test_a_step_that_changes_more_has_a_world_of_its_own() -> None:
    case = load("tls/certificate-expired")

    async def main() -> None:
        async with emulate(case) as world:
            assert become(world, case.then[0]) is None

    asyncio.run(main())
    assert [step.verdict.state for step in asyncio.run(play(case)).then] == ["works"]


def test_remedies_that_lead_to_one_world_share_what_is_measured_in_it() -> None:
    async def main() -> list[Played]:
        case = load("tls/intercepted")
        return [played async for played in play_all([case, replace(case, name="the same again")])]

    one, other = asyncio.run(main())
    assert one.measurement is not other.measurement
    assert one.then[0].measurement is other.then[0].measurement
    assert not one.differences


def test_a_remedy_in_the_running_world_is_shared_with_nobody() -> None:
    async def main() -> list[Played]:
        case = load("smtp/auth-disabled-for-mailbox")
        return [played async for played in play_all([case, replace(case, name="the same again")])]

    one, other = asyncio.run(main())
    assert one.then[0].measurement is not other.then[0].measurement
