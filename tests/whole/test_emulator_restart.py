"""Nothing that was acknowledged is lost: not by closing, not by ``kill -9``."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys

import pytest

from qiskit_ionq_lite.emulator.migrations import MIGRATIONS
from qiskit_ionq_lite.emulator.server import LocalCloud, LocalCloudError
from qiskit_ionq_lite.errors import IonQError

PROGRAM = """
import sys
from qiskit_ionq_lite.emulator.server import LocalCloud
cloud = LocalCloud(sys.argv[1], workers=1)
cloud.serve_forever(lambda: print(cloud.url, flush=True))
"""
FLIP = [{"gate": "x", "target": 1}]
LADDER = [{"gate": "cnot", "target": q, "control": q - 1} for q in range(1, 14)]
DEEP = [{"gate": "h", "target": q} for q in range(14)] + LADDER * 3  # a second or so


def job(circuit=FLIP, backend="simulator", qubits=2, **fields):
    inner = {"gateset": "qis", "qubits": qubits, "circuit": circuit}
    return {"type": "ionq.circuit.v1", "backend": backend, "input": inner, **fields}


SLOW = job(DEEP, "qpu.forte-1", qubits=14, shots=500)
BATCH = {
    "type": "ionq.multi-circuit.v1",
    "backend": "qpu.aria-1",
    "shots": 50,
    "input": {"gateset": "qis", "circuits": [{"circuit": FLIP, "name": "a"}, {"circuit": FLIP, "name": "b"}]},
}


class Program:
    """A local cloud in another process."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        return code


def test_closing_keeps_everything(tmp_path, api_of):
    path = tmp_path / "jobs.db"
    with LocalCloud(path) as cloud:
        api = api_of(cloud)
        done = api.run(**BATCH)
        results = api.get(f"/jobs/{done['id']}/results/probabilities/aggregated")
        shots = [api.get(f"/jobs/{child}/results/shots") for child in done["child_job_ids"]]
    cloud.close()
    with LocalCloud(path) as cloud:
        api = api_of(cloud)
        assert api.get(f"/jobs/{done['id']}") == done
        assert api.get(f"/jobs/{done['id']}/results/probabilities/aggregated") == results
        assert [api.get(f"/jobs/{child}/results/shots") for child in done["child_job_ids"]] == shots


def test_a_cloud_can_be_started_again(tmp_path, api_of):
    cloud = LocalCloud(tmp_path / "jobs.db", workers=1)
    assert cloud.start() is cloud.start()
    api = api_of(cloud)
    slow, waiting = api.submit(**SLOW), api.submit(**job())
    cloud.close()
    with cloud:
        for job_id in (slow, waiting):
            assert api.wait(job_id)["status"] == "completed"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_an_ended_process_loses_nothing(tmp_path, api_of, how):
    path = tmp_path / "jobs.db"
    program = Program(path)
    api = api_of(program)
    done = api.run(**job(metadata={"kept": "yes"}))
    unfinished = [api.submit(**body) for body in (SLOW, BATCH, job())]
    canceled = api.submit(**job())
    api("PUT", f"/jobs/{canceled}/status/cancel")
    assert program.end(how) == (-signal.SIGKILL if how == signal.SIGKILL else 0)
    with LocalCloud(path) as cloud:
        api = api_of(cloud)
        assert api.get(f"/jobs/{done['id']}") == done
        assert api.get(f"/jobs/{canceled}")["status"] == "canceled"
        slow, batch, last = (api.wait(job_id) for job_id in unfinished)
        assert {slow["status"], batch["status"], last["status"]} == {"completed"}
        assert api.get(f"/jobs/{last['id']}/results/probabilities") == {"2": 1}
        assert sum(api.get(f"/jobs/{slow['id']}/results/histogram").values()) == 500
        assert (
            list(api.get(f"/jobs/{batch['id']}/results/probabilities/aggregated")) == batch["child_job_ids"]
        )
        assert len(api.get("/jobs")["jobs"]) == 5


def test_a_newer_database_is_left_alone(tmp_path):
    path = tmp_path / "jobs.db"
    with LocalCloud(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(IonQError, match="upgrade qiskit-ionq-lite"):
        LocalCloud(path).start()


def test_each_migration_is_recorded(tmp_path):
    path = tmp_path / "jobs.db"
    with LocalCloud(path):
        pass
    connection = sqlite3.connect(path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    assert version == len(MIGRATIONS)


def test_a_directory_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(LocalCloudError, match="cannot use"):
        LocalCloud(tmp_path / "missing" / "jobs.db").start()
