"""A skip must not hide where all must run: pytest itself is run on small files with the real conftest.py."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
CASES = """
import pytest

def test_missing_part():
    pytest.skip("dovecot is not installed")

@pytest.mark.skipif(True, reason="elsewhere: needs Windows")
def test_of_another_system():
    pass

@pytest.mark.xfail(strict=True)
def test_known_to_fail():
    assert False
"""


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("MAILDIAG_REQUIRE_ALL", raising=False)
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8").replace('pytest_plugins = ["pytester"]', ""))
    return pytester


def test_a_skip_is_a_skip_on_a_desk(folder: pytest.Pytester) -> None:
    folder.makepyfile(CASES)
    folder.runpytest_subprocess().assert_outcomes(skipped=2, xfailed=1)


def test_a_skip_is_a_failure_where_all_must_run(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILDIAG_REQUIRE_ALL", "1")
    folder.makepyfile(CASES)
    result = folder.runpytest_subprocess()
    result.assert_outcomes(failed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*MAILDIAG_REQUIRE_ALL=1: Skipped: dovecot is not installed*"])


def test_a_skipped_fixture_is_an_error_where_all_must_run(
    folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILDIAG_REQUIRE_ALL", "1")
    folder.makepyfile(
        """
        import pytest

        @pytest.fixture
        def server():
            pytest.skip("no server here")

        def test_server(server):
            pass
        """
    )
    folder.runpytest_subprocess().assert_outcomes(errors=1)


def test_a_skipped_file_is_an_error_where_all_must_run(
    folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILDIAG_REQUIRE_ALL", "1")
    folder.makepyfile('import pytest\npytest.skip("no library here", allow_module_level=True)')
    folder.runpytest_subprocess().assert_outcomes(errors=1)


def test_clients_are_counted_by_name_and_one_failure_is_enough(folder: pytest.Pytester) -> None:
    folder.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("name, right", [("curl", True), ("curl", False), ("mutt", True), ("mutt", True)])
        def test_client(name, right, record_property):
            record_property("real client", name)
            assert right
        """
    )
    result = folder.runpytest_subprocess("-n", "2")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["1 of 2 real clients pass"])


def test_without_clients_nothing_is_counted(folder: pytest.Pytester) -> None:
    folder.makepyfile("def test_nothing(): pass")
    folder.runpytest_subprocess().stdout.no_fnmatch_line("*real clients*")
