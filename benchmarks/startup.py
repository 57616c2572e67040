"""What starting costs: ``python benchmarks/startup.py``.

Ratios in one run, so that the machine's own speed cancels out: the help against Python's own start with two modules,
and the processor time that a check inside an emulated world spends before its first packet.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
REFERENCE = [sys.executable, "-c", "import argparse, asyncio"]
HELP = [sys.executable, "-c", "import sys; sys.argv = ['maildiag', '--help']; from diag.cli import main; main()"]
FIRST_PACKET = """
import sys, time
from diag.net.network import Network
begin, spent = Network.record, []
def record(self, *how, **more):
    spent or spent.append(time.process_time())
    return begin(self, *how, **more)
Network.record = record
sys.argv = ["maildiag", "check", "--in", "healthy/exchange-online"]
from diag.cli import main
try:
    main()
finally:
    print(spent[0], file=sys.stderr)
"""


def wall(command: list[str]) -> float:
    """Return the seconds that one run takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own commands
    return time.perf_counter() - began


def main() -> None:
    """Measure in turn, and print medians."""
    pairs = [(wall(HELP), wall(REFERENCE)) for _ in range(ROUNDS)]
    ratio = statistics.median(ours / other for ours, other in pairs)
    print(f"maildiag --help: {ratio:.2f} times {' '.join(REFERENCE[1:])!r} (limit 1.2)")
    runs = [
        subprocess.run([sys.executable, "-c", FIRST_PACKET], capture_output=True, text=True, check=True).stderr  # noqa: S603
        for _ in range(ROUNDS)
    ]
    spent = statistics.median(float(text) for text in runs)
    print(f"check --in CASE: {spent:.3f} s of processor time before its first packet (limit 0.4)")


if __name__ == "__main__":
    main()
