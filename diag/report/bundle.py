"""All that support needs in one ZIP file: the report for people, the measurement to judge it again, and what is where.

Nothing secret is in it, since nothing secret is on record; a last look for what has the shape of a token is taken all
the same, because a server may send what nobody expects.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from diag.model import document
from diag.report import html, json, markdown, text
from diag.wire.http import mask

if TYPE_CHECKING:
    from diag.model.measurement import Measurement
    from diag.model.verdict import Verdict

FIRST = (1980, 1, 1, 0, 0, 0)
"""The time of every file: two bundles of one measurement are alike, byte for byte."""
README = """\
What is in this bundle, made by {tool}:

report.txt        the report for a person: verdict, path, causes, what to do
report.html       the same as a page
report.md         the same for a ticket
report.json       verdict and measurement for programs
measurement.json  every step that was done and seen; 'maildiag analyse measurement.json' judges it again

It holds mail addresses, host names, IP addresses and certificates. It holds no password, token or code: these are never
written down.
"""


def render(verdict: Verdict, measurement: Measurement) -> bytes:
    """Return the content of the ZIP file."""
    files = {
        "README.txt": README.format(tool=measurement.tool),
        "report.txt": text.render(verdict, measurement, width=100),
        "report.html": html.render(verdict, measurement),
        "report.md": markdown.render(verdict, measurement),
        "report.json": json.render(verdict, measurement),
        "measurement.json": document.dump(measurement),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, FIRST), mask(content), zipfile.ZIP_DEFLATED)
    return made.getvalue()
