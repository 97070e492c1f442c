"""The local cloud under load: jobs per second, latencies, overhead over bare Aer, memory.

    python tests/benchmarks/load.py [--seconds 5] [--jobs 100000] [rates overhead busy memory]

The cloud is a program of its own, as ``ionq-lite serve`` runs it, with jobs in a file. Clients are threads of
one other process with one kept connection each, so on two cores they share with the cloud. A Bell job is all
three steps of a client: submit, poll until it has completed, fetch the probabilities. Every figure stands
beside what was asked of it; nothing fails for being slow.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psutil

HEADERS = {"Authorization": "apiKey load", "Content-Type": "application/json"}
BELL = [{"gate": "h", "target": 0}, {"gate": "x", "target": 1, "control": 0}]
ENDED = ("completed", "failed", "canceled")
POLL_SECONDS = 0.004


def job(circuit: list[dict[str, Any]], qubits: int, **fields: Any) -> bytes:
    inner = {"gateset": "qis", "qubits": qubits, "circuit": circuit}
    return json.dumps({"type": "ionq.circuit.v1", "backend": "simulator", "input": inner, **fields}).encode()


BELL_JOB = job(BELL, 2, name="bell")
LADDER = [{"gate": "x", "target": q, "control": q - 1} for q in range(1, 24)]
WIDE_JOB = job([{"gate": "h", "target": q} for q in range(2)] + LADDER * 8, 24)
"""A 24-qubit job that runs for some seconds."""


class Client:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def __call__(self, method: str, path: str, body: bytes | None = None) -> Any:
        self._connection.request(method, f"/v0.4{path}", body, HEADERS)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
        return json.loads(content)

    def bell(self) -> None:
        """One whole Bell job."""
        job_id = self("POST", "/jobs", BELL_JOB)["id"]
        while self("GET", f"/jobs/{job_id}")["status"] not in ENDED:
            time.sleep(POLL_SECONDS)
        found = self("GET", f"/jobs/{job_id}/results/probabilities")
        if set(found) != {"0", "3"}:
            raise RuntimeError(f"a Bell job gave {found}")


class Cloud:
    """``ionq-lite serve`` in another process."""

    def __init__(self, db: Path | None, *options: str) -> None:
        kept = [] if db is None else ["--db", str(db)]
        command = [sys.executable, "-m", "qiskit_ionq_lite", "serve", "--port", "0", *kept, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        url = next(word for word in words if word.startswith("http"))
        self.port = int(url.split(":")[2].split("/")[0])

    def megabytes(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 2**20


@contextmanager
def serving(*options: str, db: str | None = "jobs.db") -> Iterator[Cloud]:
    with tempfile.TemporaryDirectory() as folder:
        cloud = Cloud(Path(folder) / db if db else None, *options)
        try:
            yield cloud
        finally:
            cloud.process.terminate()
            cloud.process.wait()


def from_clients(port: int, clients: int, seconds: float, act: Callable[[Client], None]) -> list[float]:
    """Latencies, in seconds, of all calls that so many clients made in so many seconds."""
    latencies: list[float] = []
    errors: list[Exception] = []
    ends = time.perf_counter() + seconds

    def one() -> None:
        client = Client(port)
        try:
            while time.perf_counter() < ends:
                began = time.perf_counter()
                act(client)
                latencies.append(time.perf_counter() - began)
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sorted(latencies)


def quantile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def show(what: str, figure: str, asked: str = "") -> None:
    print(f"{what:58}{figure:>34}   {asked}", flush=True)


def rates(seconds: float) -> None:
    """Bell jobs per second from 1, 10 and 100 clients."""
    with serving() as cloud:
        from_clients(cloud.port, 2, 1, Client.bell)
        for clients in (1, 10, 100):
            found = from_clients(cloud.port, clients, seconds, Client.bell)
            figure = (
                f"{len(found) / seconds:.0f}/s, p50 {1e3 * median(found):.0f} ms, "
                f"p99 {1e3 * quantile(found, 0.99):.0f} ms"
            )
            show(f"Bell jobs from {clients} clients", figure, "asked: 300/s" if clients == 10 else "")


def busy(seconds: float) -> None:
    """A status request while a 24-qubit job runs."""
    with serving() as cloud:
        client = Client(cloud.port)
        waiting = client("POST", "/jobs", BELL_JOB)["id"]
        running: list[str] = []

        def status(own: Client) -> None:
            own("GET", f"/jobs/{waiting}")
            time.sleep(0.01)

        ends = time.perf_counter() + seconds
        found: list[float] = []
        while time.perf_counter() < ends:
            if not running or client("GET", f"/jobs/{running[-1]}")["status"] in ENDED:
                running.append(client("POST", "/jobs", WIDE_JOB)["id"])
            found += [latency - 0.01 for latency in from_clients(cloud.port, 1, 0.25, status)]
        figure = f"p50 {1e3 * median(found):.1f} ms, p99 {1e3 * quantile(sorted(found), 0.99):.1f} ms"
        show(f"Status while a 24-qubit job runs ({len(running)} jobs)", figure, "asked: p99 < 50 ms")


def overhead(seconds: float) -> None:
    """A job's time in the cloud's engine, beside bare Aer's for the same circuit."""
    from qiskit import QuantumCircuit
    from qiskit_aer import AerSimulator

    from qiskit_ionq_lite.emulator.simulate import Task, simulate

    bare = QuantumCircuit(2)
    bare.h(0)
    bare.cx(0, 1)
    bare.save_probabilities()
    simulator = AerSimulator(method="statevector")
    body = json.dumps({"gateset": "qis", "qubits": 2, "circuit": BELL}).encode()
    task = Task("ionq.circuit.v1", body, "simulator", "ideal", 100, 1, check_only=False)
    batch = {"gateset": "qis", "circuits": [{"qubits": 2, "circuit": BELL}] * 200}
    many = Task(
        "ionq.multi-circuit.v1", json.dumps(batch).encode(), "simulator", "ideal", 100, 1, check_only=False
    )
    aer = _each(lambda: simulator.run(bare, shots=1).result(), seconds)
    aer_many = _each(lambda: simulator.run([bare] * 200, shots=1).result(), seconds) / 200
    ours = _each(lambda: simulate(task), seconds)
    ours_many = _each(lambda: simulate(many), seconds) / 200
    show("One Bell circuit: engine, bare Aer", f"{1e3 * ours:.2f} ms, {1e3 * aer:.2f} ms")
    show("... each of 200 in one job", f"{1e3 * ours_many:.2f} ms, {1e3 * aer_many:.2f} ms")


def _each(act: Callable[[], object], seconds: float) -> float:
    act()
    times: list[float] = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return median(times)


def memory(jobs: int) -> None:
    """The cloud's resident memory before and after so many jobs."""
    with serving() as cloud:
        from_clients(cloud.port, 4, 1, Client.bell)
        before = cloud.megabytes()
        left = iter(range(jobs))

        def submit(client: Client) -> None:
            if next(left, None) is None:
                time.sleep(0.05)
            else:
                client("POST", "/jobs", BELL_JOB)

        began = time.perf_counter()
        client = Client(cloud.port)
        while next(left, None) is not None:
            from_clients(cloud.port, 10, 5, submit)
        while client("GET", "/jobs?status=ready")["jobs"]:
            time.sleep(0.2)
        took = time.perf_counter() - began
        listed = _each(lambda: client("GET", "/jobs?limit=25"), 1)
        show(
            f"Memory after {jobs:,} jobs ({jobs / took:.0f}/s, a page of them in {1e3 * listed:.1f} ms)",
            f"{before:.0f} MB -> {cloud.megabytes():.0f} MB",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", default=["rates", "overhead", "busy", "memory"])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--jobs", type=int, default=100_000)
    chosen = parser.parse_args()
    for name in chosen.which:
        if name == "memory":
            memory(chosen.jobs)
        else:
            {"rates": rates, "busy": busy, "overhead": overhead}[name](chosen.seconds)


if __name__ == "__main__":
    main()
