"""Print constraints that hold every direct dependency at its lower bound, for ``tox -e lowest``.

A lower bound that nobody installs is a guess; this makes it a fact. Indirect dependencies stay free.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

BOUND = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:>=|~=)(?P<version>[0-9.]+)")


def main() -> None:
    """Write one ``name==version`` a line to standard output."""
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for line in (*project["dependencies"], *(line for extra in extras.values() for line in extra)):
        found = BOUND.match(line)
        if found:
            sys.stdout.write(f"{found['name']}=={found['version']}\n")


if __name__ == "__main__":
    main()
