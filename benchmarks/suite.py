"""What the whole catalogue costs: ``python benchmarks/suite.py [RUNS]``.

All cases are played RUNS times (3) by ``maildiag scenario run`` and as often by ``pytest scenarios/cases -n 2``.
Printed are the least, the median and the most seconds of each, how many of the runs held, and by what factor the first
is faster than one process that plays one case after the other, which is measured once, in the same minutes.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parents[1]
RUN = [
    sys.executable,
    "-c",
    "import sys; sys.argv = ['maildiag', 'scenario', 'run']; from diag.cli import main; main()",
]
TESTS = [sys.executable, "-m", "pytest", "scenarios/cases", "-n", "2", "-q"]


async def one_after_the_other() -> float:
    """Return the seconds that all cases take, each alone."""
    from scenarios.load import load, names
    from scenarios.play import play_all

    cases, begun = [load(name) for name in names()], time.perf_counter()
    async for _ in play_all(cases, at_once=1):
        pass
    return time.perf_counter() - begun


def measured(command: list[str], runs: int) -> list[float]:
    """Run ``command`` and print what that took; return the seconds."""
    took, held = [], 0
    for number in range(1, runs + 1):
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)  # noqa: S603  our own
        took.append(time.perf_counter() - begun)
        held += not done.returncode
        if done.returncode:
            print(f"run {number} did not hold:\n{done.stdout}{done.stderr}")
    words = " ".join(command[2:6]) if "pytest" in command else "maildiag scenario run"
    print(
        f"{words}: {held} of {runs} hold, "
        f"{min(took):.1f} / {statistics.median(took):.1f} / {max(took):.1f} s (least / median / most)"
    )
    return took


def main() -> None:
    """Measure both."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    took = measured(RUN, runs)
    measured(TESTS, runs)
    alone = asyncio.run(one_after_the_other())
    print(f"one case after the other: {alone:.1f} s, {alone / statistics.median(took):.1f} times as long")


if __name__ == "__main__":
    main()
