"""Cases as tests: ``pytest cases/tls/intercepted.yaml``, in this project and in any other that has it installed.

A YAML file below a folder named ``cases`` that has a ``story`` is a test. The fixture ``mail_world`` brings up the
world of a case for a test of one's own. Everything heavy is imported when a case is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scenarios.mail_world import MailWorld


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for ``-m scenario`` and ``--strict-markers``."""
    config.addinivalue_line("markers", "scenario: a mail scenario that is played from a YAML file")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseModule | None:
    """Collect the cases."""
    if file_path.suffix != ".yaml" or "cases" not in file_path.parts[:-1]:
        return None
    with file_path.open(encoding="utf-8", errors="replace") as file:
        if not any(line.startswith("story:") for line in file):
            return None
    return CaseModule.from_parent(parent, path=file_path)


class CaseModule(pytest.File):
    """A file with one case."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield the case."""
        yield CaseItem.from_parent(self, name=self.path.stem)


class CaseFailed(Exception):  # noqa: N818  the outcome of a case
    """The verdict is not the expected one."""


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, **how: Any) -> None:  # noqa: ANN401  pytest's own signature
        """Mark it."""
        super().__init__(**how)
        self.add_marker("scenario")
        self._line = 1

    def runtest(self) -> None:
        """Play the case."""
        import asyncio

        from scenarios.load import load
        from scenarios.play import play

        case = load(str(self.path))
        self._line = case.line
        played = asyncio.run(play(case))
        self.user_properties.append(("state", played.verdict.state))
        self.user_properties.append(("causes", " ".join(finding.code for finding in played.verdict.causes)))
        if played.differences:
            raise CaseFailed(_describe(played))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Show a wrong verdict or a wrong file without a traceback."""
        from scenarios.located import ProblemsFound

        if isinstance(excinfo.value, CaseFailed | ProblemsFound):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Point to what is expected."""
        return self.path, self._line - 1, f"scenario {self.path.stem}"


def _describe(played: Any) -> str:  # noqa: ANN401  imported lazily
    from diag.report.words import describe

    lines = [f"{played.case.file}:{played.case.line}: {difference}" for difference in played.differences]
    lines += ["", f"story: {played.case.parts.story}", f"state: {played.verdict.state}", "observed:"]
    lines += [f"  #{item.number} {describe(item)}" for item in played.measurement.observations]
    return "\n".join(lines)


@pytest.fixture
def mail_world() -> Callable[[str], MailWorld]:
    """Give a function that brings up the world of a case, by name or file.

    Use it as ``with mail_world("tls/certificate-expired") as world:`` beside a client that blocks or another program,
    and with ``async with`` in an event loop. ``world.dial(host, port)`` connects, ``world.places`` says where the
    services really are, ``world.ca_file`` is the CA to trust; ``world.user``, ``world.password`` and ``world.token``
    sign in.
    """

    def bring_up(name: str) -> MailWorld:
        from scenarios.load import load
        from scenarios.mail_world import MailWorld as World

        return World(load(name))

    return bring_up
