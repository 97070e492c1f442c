"""Long jobs on other machines: the same shots with any executor and any number of workers, or without one."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Api
from distributed import Client, LocalCluster

from qiskit_ionq_lite.emulator.inputs import parse_circuits
from qiskit_ionq_lite.emulator.parts import SECONDS_PER_PART, divided, joined
from qiskit_ionq_lite.emulator.server import LocalCloud
from qiskit_ionq_lite.emulator.simulate import Task, seconds

WIDE = [{"gate": "h", "target": 0}, *({"gate": "cnot", "target": q, "control": q - 1} for q in range(1, 12))]
CIRCUITS = [{"circuit": [*WIDE, {"gate": "x", "target": n % 12}]} for n in range(12)]
BATCH = {
    "type": "ionq.multi-circuit.v1",
    "backend": "simulator",
    "noise": {"model": "aria-1", "seed": 11},
    "shots": 400,
    "input": {"gateset": "qis", "qubits": 12, "circuits": CIRCUITS},
}
SINGLE = BATCH | {"type": "ionq.circuit.v1", "input": {"gateset": "qis", "qubits": 12, "circuit": WIDE}}
ENDLESS = SINGLE | {"shots": 10_000, "input": {"gateset": "qis", "qubits": 17, "circuit": WIDE * 20}}


def task(body):
    inner = json.dumps(body["input"]).encode()
    return Task(body["type"], inner, "simulator", "aria-1", body["shots"], 11, check_only=False)


def histograms(api):
    job = api.run(**BATCH)
    assert job["status"] == "completed", job["failure"]
    return [api.get(f"/jobs/{child}/results/histogram") for child in job["child_job_ids"]]


@pytest.fixture(scope="module")
def alone():
    """What a cloud without executor gives."""
    with LocalCloud() as cloud:
        api = Api(cloud)
        yield histograms(api)
        api.session.close()


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as running:
        yield running


def test_a_job_is_divided_by_itself_alone():
    whole = task(BATCH)
    parts = divided(whole, 4 * SECONDS_PER_PART)
    assert list(parts) == [0, 3, 6, 9]
    assert next(iter(parts.values())).seed == whole.seed
    assert len({part.seed for part in parts.values()}) == 4
    read = [circuit for part in parts.values() for circuit in parse_circuits(part.type, part.input)]
    assert read == parse_circuits(whole.type, whole.input)
    assert divided(whole, 0.9) == {0: whole}
    assert divided(task(SINGLE), 99) == {0: task(SINGLE)}
    assert joined([0, 2], [{0: "a", 1: "b"}, {1: "d"}]) == {0: "a", 1: "b", 3: "d"}


def test_this_job_has_several_parts():
    whole = task(BATCH)
    assert len(divided(whole, seconds(whole))) > 1


@pytest.mark.parametrize("workers", [1, 3])
def test_any_executor_gives_the_same_shots(alone, cloud_factory, api_of, workers):
    with ThreadPoolExecutor(workers) as executor:
        assert histograms(api_of(cloud_factory(executor=executor))) == alone
        assert executor.submit(int).result() == 0  # it is still its owner's


def test_a_dask_cluster_gives_the_same_shots(alone, cluster, cloud_factory, api_of):
    with Client(cluster, set_as_default=False) as client:
        cloud = cloud_factory(executor=client)
        assert histograms(api_of(cloud)) == alone
        used = client.run(lambda: __import__("sys").modules.get("qiskit_aer") is not None)
        assert all(used.values())  # each worker simulated a part
        cloud.close()


def test_a_job_on_an_executor_is_canceled_and_the_next_one_runs(cloud_factory, api_of):
    with ThreadPoolExecutor(1) as executor:
        api = api_of(cloud_factory(executor=executor, workers=1))
        slow = api.submit(**BATCH)
        while api.get(f"/jobs/{slow}")["status"] != "started":
            pass
        last = api.submit(**SINGLE)
        api("PUT", f"/jobs/{slow}/status/cancel")
        assert api.wait(last)["status"] == "completed"
        assert api.get(f"/jobs/{slow}")["status"] == "canceled"


def test_an_executor_that_fails_fails_the_job(cloud_factory, api_of):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    job = api_of(cloud_factory(executor=executor)).run(**BATCH)
    assert (job["status"], job["failure"]["code"]) == ("failed", "SimulationError")


def test_serve_on_a_cluster(cluster, api_of):
    command = [sys.executable, "-m", "qiskit_ionq_lite", "serve", "--port", "0"]
    options = ["--dask", cluster.scheduler_address]
    server = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    server.url = re.search(r"http://\S+", server.stdout.readline()).group()
    assert api_of(server).run(**BATCH)["status"] == "completed"
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=30)
    assert server.returncode == 0
