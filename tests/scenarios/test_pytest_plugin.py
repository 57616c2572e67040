"""The plug-in in another project: its own cases, its own world, and the fixture."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

WORLD = """about: One server.
world:
  mailbox: {address: me@tiny.example, password: p}
  tenant: {basic_auth: true}
  names: {mail.tiny.example: {a: [192.0.2.1]}}
  services: {mail.tiny.example:993: {speaks: imap, like: dovecot}}
"""
GOOD = """story: It works.
world: {like: tiny}
check: {credential: password, imap: ["mail.tiny.example:993"]}
expect: {state: works}
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.mkdir("worlds").joinpath("tiny.yaml").write_text(WORLD)
    pytester.mkdir("cases").joinpath("good.yaml").write_text(GOOD)
    return pytester


def test_cases_are_tests_and_failures_point_to_their_line(project: pytest.Pytester) -> None:
    cases = project.path / "cases"
    (cases / "wrong.yaml").write_text(GOOD.replace("state: works", "state: broken, causes: [tls/self-signed]"))
    (cases / "broken.yaml").write_text(GOOD.replace("like: tiny", "like: tinny"))
    (cases / "other.yaml").write_text("a: 1\n")
    result = project.runpytest("-p", "no:cacheprovider", "--junitxml=out.xml")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*broken.yaml:2:9: unknown world 'tinny' (did you mean 'tiny'?)*",
            "*wrong.yaml:4: state: expected broken, found works*",
            "*wrong.yaml:4: causes: tls/self-signed is missing*",
            "*story: It works.*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    report = (project.path / "out.xml").read_text()
    assert '<property name="state" value="works"' in report


def test_the_fixture_brings_a_world_up(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import asyncio

        def test_world(mail_world):
            async def main():
                async with mail_world("cases/good.yaml") as world:
                    reader, writer = await asyncio.open_connection(*world.stage.route("192.0.2.1", 993))
                    writer.close()
                    await writer.wait_closed()
                    return world.stage.world.public_roots()

            assert "BEGIN CERTIFICATE" in asyncio.run(main())
        """
    )
    project.runpytest("-p", "no:cacheprovider", "-n", "2").assert_outcomes(passed=2)
