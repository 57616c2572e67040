"""The bundle for support: all of it, always the same, and no secret in it."""

from __future__ import annotations

import io
import zipfile

from diag.judge import judge
from diag.model import document
from diag.report import bundle
from tests.diag.report.reported import hostile, played


def content(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_measurement_in_it_is_judged_to_the_same_verdict() -> None:
    verdict, measurement = played("tenant/imap-disabled")
    found = content(bundle.render(verdict, measurement))
    names = ["README.txt", "measurement.json", "report.html", "report.json", "report.md", "report.txt"]
    assert sorted(found) == names
    assert judge(document.load(found["measurement.json"])) == verdict
    assert found["report.txt"].startswith("BROKEN")


def test_the_same_measurement_gives_the_same_file() -> None:
    assert bundle.render(*played("tenant/imap-disabled")) == bundle.render(*played("tenant/imap-disabled"))


def test_what_has_the_shape_of_a_token_is_masked_at_last() -> None:
    verdict, measurement = hostile()
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
    measurement.observations[0].subject = token
    for text in content(bundle.render(verdict, measurement)).values():
        assert token not in text
