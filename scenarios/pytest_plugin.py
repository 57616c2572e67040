"""Cases as tests: ``pytest cases/tls/intercepted.yaml``, in this project and in any other that has it installed.

A YAML file below a folder named ``cases`` that has a ``story`` is a test. The fixture ``mail_world`` brings up the
world of a case for a test of one's own. Everything heavy is imported when a case is run. While one case is waited for,
the cases that come after it in the same process are under way; never while a test of another kind runs.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scenarios.ahead import Ahead
    from scenarios.mail_world import MailWorld

AHEAD: pytest.StashKey[Ahead] = pytest.StashKey()


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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Let no case run beside a test of another kind, which may change what the case is made of."""
    ahead = item.config.stash.get(AHEAD, None)
    if ahead is not None and not isinstance(item, CaseItem):
        ahead.rest()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what is under way."""
    ahead = config.stash.get(AHEAD, None)
    if ahead is not None:
        ahead.close()


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
        from scenarios.ahead import AT_ONCE

        following = [str(item.path) for item in islice(self._following(), AT_ONCE)]
        played = _ahead(self.config).play(str(self.path), following)
        self._line = played.case.line
        self.user_properties.append(("state", played.verdict.state))
        self.user_properties.append(("causes", " ".join(finding.code for finding in played.verdict.causes)))
        if played.differences:
            raise CaseFailed(_describe(played))

    def _following(self) -> Iterator[CaseItem]:
        """Yield the cases that come after this one, as far as the order of the session tells."""
        items = self.session.items
        for item in items[items.index(self) + 1 :]:
            if not isinstance(item, CaseItem):
                return
            yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Show a wrong verdict or a wrong file without a traceback."""
        from scenarios.located import ProblemsFound

        if isinstance(excinfo.value, CaseFailed | ProblemsFound):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Point to what is expected."""
        return self.path, self._line - 1, f"scenario {self.path.stem}"


def _ahead(config: pytest.Config) -> Ahead:
    if AHEAD not in config.stash:
        from scenarios.ahead import Ahead

        config.stash[AHEAD] = Ahead()
    return config.stash[AHEAD]


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
