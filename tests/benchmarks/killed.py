"""Durability: the local cloud is killed with ``kill -9`` at random moments under load, 200 times.

    python tests/benchmarks/killed.py [--kills 200] [--seed 1]

Afterwards every job that was acknowledged must be there with its own result, none twice, and none that had
completed may have run again. Anything else is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from killed_cloud import judge, kill_again_and_again


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "jobs.db"
        began = time.perf_counter()
        ledger = kill_again_and_again(db, chosen.kills, Random(chosen.seed))
        took = time.perf_counter() - began
        troubles = judge(db, ledger)
    print(
        f"{ledger.kills} kills in {took:.0f} s: {len(ledger.acknowledged):,} jobs acknowledged, of which "
        f"{len(ledger.completed):,} were seen completed before a kill; {len(ledger.unanswered)} submissions "
        f"cut off by one; {len(troubles)} lost, wrong or doubled"
    )
    print("\n".join(troubles[:20]))
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
