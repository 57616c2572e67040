"""The report as a page: whole in itself, well-formed, and harmless whatever anybody sent."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from diag.report import html
from tests.diag.report.reported import hostile, played

if TYPE_CHECKING:
    from pathlib import Path

CASES = ["healthy/tenant", "tenant/user-consent-off--then-low-impact-too", "tls/certificate-expired", "service/garbage"]
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Nesting(HTMLParser):
    """Holds every end tag against the start tag that it must belong to, and collects what loads something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in {"src", "srcset", "data", "action", "onload", "onerror", "onclick"} or tag in {
                "script",
                "iframe",
                "img",
            }:
                self.loads.append(f"{tag} {name}={value}")
            assert not (name == "href" and not (value or "").startswith("https://"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Nesting:
    found = Nesting()
    found.feed(text)
    assert found.open == []
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_page_is_well_formed_and_loads_nothing(name: str) -> None:
    text = html.render(*played(name))
    assert parsed(text).loads == []
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_hostile_texts_are_texts() -> None:
    text = html.render(*hostile())
    assert parsed(text).loads == []
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_every_step_and_every_cause_is_on_it() -> None:
    text = html.render(*played("tenant/user-consent-off--then-low-impact-too"))
    assert len(re.findall(r'<th scope="row">', text)) == 11
    assert len(re.findall("<article>", text)) == 2
    assert text.count('class="missing"') == 2


@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_shows_it_without_scrolling_sideways(tmp_path: Path, width: int) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("chromium is not installed")
    page = tmp_path / "report.html"
    probe = (
        "<script>addEventListener('load',()=>{const d=document.documentElement;"
        "document.title=d.scrollWidth+' '+d.clientWidth})</script></body>"
    )
    text = html.render(*played("tenant/user-consent-off--then-low-impact-too")).replace("</body>", probe)
    page.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text), encoding="utf-8")
    frame = tmp_path / "frame.html"
    # Headless Chromium makes no window below 500 pixels; a frame may be of any width.
    frame.write_text(f"<iframe src='report.html' style='width:{width}px;height:900px;border:0'></iframe>"
                     "<script>addEventListener('load',()=>setTimeout(()=>{document.body.append(' seen '+frames[0].document.title)},0))</script>")  # fmt: skip
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
               "--virtual-time-budget=2000", f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"file://{frame}"]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=50).stdout
    found = re.search(r"seen (\d+) (\d+)", shown)
    assert found, shown[-500:]
    assert int(found[1]) <= int(found[2]) <= width
