"""A function of the tests inside an enclosure: in a process of its own, since the enclosure takes the one that asks."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from fakes.stages.netns import enclosure

if TYPE_CHECKING:
    from collections.abc import Callable


def enclosed(function: Callable[..., object], *arguments: object) -> Any:  # noqa: ANN401  whatever the function returns
    """Call ``function`` with JSON ``arguments`` inside, and return its result.

    The test is skipped where no enclosure can be had.
    """
    where = [function.__module__, function.__name__]
    command = [sys.executable, "-m", __name__, *where, json.dumps(arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=50)
    said = ran.stdout.strip().splitlines()
    if said and said[-1].startswith("not allowed: "):
        pytest.skip(said[-1])
    assert not ran.stderr, ran.stderr
    return json.loads(said[-1])


def main() -> None:
    """Do what the arguments say."""
    module, name, arguments = sys.argv[1:]
    function = getattr(importlib.import_module(module), name)

    def body() -> int:
        sys.stdout.write(f"{json.dumps(function(*json.loads(arguments)))}\n")
        return 0

    try:
        enclosure.inside(body)
    except enclosure.NotAllowedError as error:
        sys.stdout.write(f"not allowed: {error}\n")


if __name__ == "__main__":
    main()
