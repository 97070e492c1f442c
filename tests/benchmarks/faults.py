"""What a bad network makes of one run(): duplicates, losses and hangs, ours beside qiskit-ionq.

    python tests/benchmarks/faults.py

For every fault of ``tests/faulty.py``, four cases: the first request that submits is spoiled, or all of them;
the first that asks for the job, or all of them. Each case is a process of its own, asks for the result within
five seconds, and hangs if it has not ended after half a minute. "jobs" counts what the cloud was left with: 1
is right, 0 is right only where nothing could arrive, more is a bill to be paid twice.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

import requests
from faulty import AFTER, BEFORE, faulty

from qiskit_ionq_lite.emulator.server import LocalCloud

SECONDS = 30
CIRCUIT = "from qiskit import QuantumCircuit\nc = QuantumCircuit(1, 1); c.x(0); c.measure(0, 0)\n"
SUBJECTS = {
    "ours": f"""{CIRCUIT}
import sys
from qiskit_ionq_lite import IonQProvider
job = IonQProvider("key", url=sys.argv[1], journal=sys.argv[2]).get_backend("simulator").run(c, shots=5)
assert job.result(timeout=5).get_counts() == {{"1": 5}}
""",
    "qiskit-ionq": f"""{CIRCUIT}
import os, sys, warnings
warnings.simplefilter("ignore")
os.environ["IONQ_API_URL"] = sys.argv[1]
from qiskit_ionq import IonQProvider
job = IonQProvider("key", sys.argv[1]).get_backend("simulator").run(c, shots=5)
assert job.result(timeout=5, wait=0.1).get_counts() == {{"1": 5}}
""",
}
CASES = ("submitting once", "submitting always", "asking once", "asking always")


def outcome(subject: str, fault: str, case: str) -> tuple[int, str]:
    """Jobs on the cloud afterwards, and how the process ended."""
    left = 1 if case.endswith("once") else 10**9

    def plan(method: str, path: str) -> str | None:
        nonlocal left
        hit = method == "POST" if case.startswith("submitting") else method == "GET" and "/jobs" in path
        if not left or not hit:
            return None
        left -= 1
        return fault

    with LocalCloud() as cloud, TemporaryDirectory() as folder, faulty(cloud.url, plan) as url:
        command = [sys.executable, "-c", SUBJECTS[subject], url, f"{folder}/journal.db"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            last = done.stderr.strip().splitlines()[-1:] if done.returncode else ["right"]
            ended = last[0].split(":")[0].split(".")[-1] if last else "died"
        except subprocess.TimeoutExpired:
            ended = "HANGS"
        answer = requests.get(f"{cloud.url}/jobs", headers={"Authorization": "apiKey key"}, timeout=10)
        return len(answer.json()["jobs"]), ended


def main() -> None:
    """Print the table, and the sums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", help="a fault; may be given several times")
    faults = parser.parse_args().only or [*BEFORE, *AFTER]
    print(f"{'case':18}{'fault':14}" + "".join(f"{subject:>13} {'':28}" for subject in SUBJECTS))
    sums = {subject: Counter[str]() for subject in SUBJECTS}
    for case in CASES:
        for fault in faults:
            row = ""
            for subject in SUBJECTS:
                jobs, ended = outcome(subject, fault, case)
                row += f"{jobs:>8} jobs {ended:28} "
                sums[subject]["duplicates"] += max(0, jobs - 1)
                sums[subject]["hangs"] += ended == "HANGS"
                sums[subject]["right results"] += ended == "right"
                lost = jobs > 0 and ended not in ("right", "HANGS") and case.startswith("submitting")
                sums[subject]["jobs made and lost"] += lost and ended != "IonQUnconfirmedError"
            print(f"{case:18}{fault:14}{row}", flush=True)
    for subject, counted in sums.items():
        print(f"{subject}: " + ", ".join(f"{number} {what}" for what, number in counted.items()))


if __name__ == "__main__":
    main()
