"""The page of all cases is the one that the cases make."""

from __future__ import annotations

from pathlib import Path

from scenarios import listing
from scenarios.load import load, names

ROOT = Path(__file__).parents[2]


def test_the_page_of_all_cases_is_current() -> None:
    page = (ROOT / "docs/cases.md").read_text(encoding="utf-8")
    assert page == listing.markdown(), "write it again: maildiag scenario list --markdown > docs/cases.md"


def test_the_page_tells_of_every_case_its_story_and_its_causes() -> None:
    page = listing.markdown()
    for name in names():
        section = page.partition(f"\n### {name}\n")[2].partition("\n##")[0]
        case = load(name)
        assert " ".join(case.parts.story.split())[:40].replace("*", "\\*") in section
        assert all(f"`{cause}`" in section for cause in case.parts.expect.causes)


def test_every_layer_of_the_cases_has_a_heading() -> None:
    assert {name.partition("/")[0] for name in names()} <= set(listing.LAYERS)
