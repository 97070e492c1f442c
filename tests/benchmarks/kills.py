"""A process that submits 100 jobs is killed at a random moment, again and again; do journal and cloud agree?

python tests/benchmarks/kills.py --times 50
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest import Api
from faulty import faulty, tokens
from killing import kill_while_submitting

from qiskit_ionq_lite import IonQProvider
from qiskit_ionq_lite.emulator.server import LocalCloud

SUBMITTING_SECONDS = 5.0  # that 100 submissions take on this slow network


def killed_once(chance: random.Random) -> Counter[str]:
    """What one kill left, once it was recovered."""
    with (
        LocalCloud() as cloud,
        TemporaryDirectory() as folder,
        faulty(cloud.url, lambda method, _path: "latency" if method == "POST" else None) as url,
    ):
        journal = f"{folder}/journal.db"
        kill_while_submitting(url, journal, chance.uniform(0, SUBMITTING_SECONDS))
        provider = IonQProvider("key", url=url, journal=journal)
        recovery = provider.recover()
        known = {one.token for one in provider.submissions(1_000) if one.state == "confirmed"}
        there = tokens(Api(cloud))
        return Counter(
            kills=1,
            jobs=len(there),
            found=len(recovery.found),
            unsent=len(recovery.unsent),
            duplicates=len(there) - len(set(there)),
            differences=len(known ^ set(there)),
        )


def main() -> None:
    """Print the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    total: Counter[str] = Counter()
    for _ in range(given.times):
        total.update(killed_once(chance))
        print(dict(total), flush=True)


if __name__ == "__main__":
    main()
