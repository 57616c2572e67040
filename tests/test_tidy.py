"""Declared = explained = emitted = proven: no finding, failure, probe or behaviour lacks its counterparts."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path

import pytest

from diag import catalogue
from diag.catalogue import WHO
from diag.model.failure import FailureCode
from diag.probes import PROBES
from diag.rules import RULES
from fakes import behaviours, personalities
from scenarios.load import CASES, load, names, worlds
from scenarios.load import world as world_of
from scenarios.play import play

ROOT = Path(__file__).parents[1]
CODE = re.compile(r'"((?:\{protocol\}|[a-z0-9]+(?:-[a-z0-9]+)*)/[a-z0-9]+(?:-[a-z0-9]+)*)"')
PROTOCOLS = ("imap", "pop3", "smtp")


NOT_PLAYED = {
    "check/failure-unclassified": "a world in which it is right would be a defect of the classification; see test_judge",
}
"""Findings without a scenario, and why."""
NOT_CURED = dict(NOT_PLAYED)
"""Findings whose remedy no scenario plays, and why."""


def text_of(*patterns: str) -> str:
    return "\n".join(path.read_text("utf-8") for pattern in patterns for path in sorted(ROOT.glob(pattern)))


def emitted() -> set[str]:
    """Return every code that a rule or a table can say."""
    literals = set(CODE.findall(text_of("diag/rules/*.py")))
    rows = tomllib.loads(text_of("diag/data/replies.toml"))["reply"]
    numbers = tomllib.loads(text_of("diag/data/aadsts.toml")).values()
    pairs = {(code, PROTOCOLS) for code in literals} | {(row["finding"], tuple(row["protocols"])) for row in rows}
    pairs |= {(row["finding"], PROTOCOLS) for row in numbers}
    return {code.format(protocol=protocol) for code, protocols in pairs for protocol in protocols}


def proven() -> set[str]:
    """Return every code that some scenario expects."""
    cases = [load(name).parts.expect for name in names()]
    return {code for expect in cases for code in (*expect.causes, *(expect.symptoms or ()), *(expect.notes or ()))}


def test_every_finding_that_is_said_is_explained_and_the_reverse() -> None:
    assert emitted() == catalogue.codes()


def test_every_finding_is_proven_by_the_scenario_with_its_name() -> None:
    stems = {name.partition("--")[0] for name in names()}
    assert catalogue.codes() - stems == set(NOT_PLAYED)
    assert catalogue.codes() - proven() == set(NOT_PLAYED)


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("healthy/")])
def test_a_scenario_expects_the_finding_in_its_name(name: str) -> None:
    expect = load(name).parts.expect
    assert name.partition("--")[0] in {*expect.causes, *(expect.notes or ())}


def test_every_base_world_is_also_played_healthy() -> None:
    assert world_of("empty").services == {}, "recorded cases bring their own"
    for world in set(worlds()) - {"empty"}:
        case = load(f"healthy/{world}")
        assert (case.parts.world.like, case.parts.world.but, case.parts.expect.state) == (world, {}, "works")


def test_no_two_scenarios_are_alike() -> None:
    seen: dict[str, str] = {}
    for name in names():
        case = load(name)
        key = repr((case.declaration, case.parts.check))
        assert key not in seen, f"{name} is {seen.get(key)} again"
        seen[key] = name


def test_every_scenario_tells_a_story() -> None:
    stories = [load(name).parts.story for name in names()]
    assert len(set(stories)) == len(stories)
    assert all(len(story) > 30 and story.rstrip().endswith(".") for story in stories)


def test_steps_of_the_guide_exist() -> None:
    assert all(0 <= step <= 10 for name in names() for step in load(name).parts.article)


@pytest.mark.parametrize("code", sorted(catalogue.codes()))
def test_a_page_is_whole(code: str) -> None:
    page = catalogue.page(code)
    assert page.severity in {"error", "warning", "note"}
    assert page.who in WHO
    assert page.summary.endswith((".", "}"))
    assert page.references
    assert all(page.sections.values())
    assert "{" not in catalogue.fill(page.summary, _values(page.summary))
    for pattern in page.explains:
        assert any(pattern == other or pattern.endswith("*") for other in catalogue.codes()), pattern


def _values(text: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r"\{([a-z_]+)\}", text), "x")


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("healthy/")])
def test_placeholders_of_pages_are_filled_by_the_findings(name: str) -> None:
    verdict = asyncio.run(play(load(name))).verdict
    for finding in (*verdict.causes, *verdict.notes):
        page = catalogue.page(finding.code)
        for part in (page.summary, *page.sections.values()):
            assert set(_values(part)) <= set(finding.values), finding.code


def cured() -> list[str]:
    """Return the cases that go on after their verdict."""
    return [name for name in names() if load(name).then]


def test_every_finding_is_cured_in_a_scenario() -> None:
    healed = set()
    for name in cured():
        case = load(name)
        if case.then[-1].parts.expect.state == "works":
            healed |= {*case.parts.expect.causes, *(case.parts.expect.notes or ())}
    missing = catalogue.codes() - healed
    assert missing == set(NOT_CURED), "give a case of it a step under 'then:' that plays the page's remedy"


@pytest.mark.parametrize("name", cured())
def test_what_cures_a_case_is_what_a_page_says(name: str) -> None:
    """Hold the remedy that is written and the one that is played together, word by word."""
    played = asyncio.run(play(load(name)))
    told = ""
    for verdict in (played.verdict, *(step.verdict for step in played.then)):
        for finding in (*verdict.causes, *verdict.notes):
            told += " ".join(
                catalogue.fill(catalogue.page(finding.code).sections["What to do"], finding.values).split()
            )
    for step in played.case.then:
        assert " ".join(step.parts.story.split()) in told


def test_every_failure_is_made_somewhere_and_known_to_the_report() -> None:
    makers = text_of("diag/net/*.py", "diag/probes/**/*.py", "diag/check.py")
    assert [code.name for code in FailureCode if f"FailureCode.{code.name}" not in makers] == []


def test_every_behaviour_and_personality_is_used_by_a_scenario() -> None:
    services = [service for name in names() for service in load(name).declaration.services.values()]
    assert {name for service in services for name in service.behaves} == set(behaviours.NAMES)
    assert {service.like for service in services} == set(personalities.names())


def test_every_fault_of_a_firewall_is_used_by_a_scenario() -> None:
    text = text_of("scenarios/cases/**/*.yaml")
    faults = (
        "drop",
        "refuse",
        "prohibit",
        "reset",
        "reset_hello",
        "swallow",
        "strip_starttls",
        "mask_starttls",
        "refuse_starttls",
        "refuse_ehlo",
        "inject_plaintext",
        "block_page",
        "portal",
        "web_proxy",
        "icmp",
        "drop_hello",
        "drop_large_hello",
        "refuse_large_hello",
        "refuse_protocols",
        "reset_tls13",
        "reset_names",
        "drop_names",
        "black_hole",
        "relay",
    )
    assert [fault for fault in faults if f"{fault}:" not in text] == []


def test_every_probe_and_rule_is_on_its_list() -> None:
    probes = re.findall(r'^@probe\(\s*"([a-z0-9]+)"', text_of("diag/probes/*.py"), re.MULTILINE)
    assert sorted(probes) == sorted(probe.name for probe in PROBES)
    rules = re.findall(
        r"^def ([a-z_]+)\(facts: Facts\) -> Iterator\[Finding\]", text_of("diag/rules/*.py"), re.MULTILINE
    )
    assert sorted(rules) == sorted(rule.__name__ for rule in RULES)


def test_every_case_is_where_its_name_says() -> None:
    assert all(path.suffix == ".yaml" and len(path.relative_to(CASES).parts) == 2 for path in CASES.rglob("*.*"))
