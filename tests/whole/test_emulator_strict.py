"""A strict cloud answers what IonQ's specification allows, and nothing beyond; the others say more."""

from __future__ import annotations

import pytest
import requests
from qiskit import QuantumCircuit, transpile

from qiskit_ionq_lite import IonQProvider
from qiskit_ionq_lite.emulator.app import PREFIX, versions
from qiskit_ionq_lite.emulator.server import LocalCloud

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
GRAPH = {
    "directed": False,
    "multigraph": False,
    "graph": [],
    "nodes": [{"id": 0}, {"id": 1}],
    "adjacency": [[{"id": 1}], [{"id": 0}]],
}
ENERGY = {
    "data": {
        "type": "hamiltonian-energy",
        "data": {
            "hamiltonian": [{"pauli_string": "ZZ", "coefficient": 0.5}],
            "ansatz": {"data": "OPENQASM 3.0; qubit[2] q; h q[0];"},
        },
    },
    "params": [],
}
SETTINGS = {"compilation": {"opt": 0}, "error_mitigation": {"debiasing": True, "symmetry_verification": True}}


def circuit(backend="simulator", gates=BELL, **fields):
    return {
        "type": "ionq.circuit.v1",
        "backend": backend,
        "input": {"gateset": "qis", "circuit": gates},
        **fields,
    }


JOBS = {
    "ideal": circuit(),
    "noisy": circuit(noise={"model": "aria-1"}, metadata={"a": "b"}, name="n"),
    "debiased": circuit("qpu.forte-1", shots=500, settings=SETTINGS),
    "dry": circuit("qpu.aria-1", dry_run=True),
    "failed": circuit(gates=[{"gate": "h", "target": 40}]),
    "no such gate": circuit(gates=[{"gate": "hadamard", "target": 0}]),
    "batch": {
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "input": {"gateset": "qis", "circuits": [{"circuit": BELL}] * 2},
    },
    "program": {
        "type": "ionq.qasm3.v1",
        "backend": "qpu.forte-1",
        "input": {"data": "OPENQASM 3.0; qubit[1] q; bit[1] c; c = measure q;"},
    },
    "energy": {
        "type": "quantum-function",
        "backend": "simulator",
        "input": ENERGY,
        "settings": SETTINGS,
    },
    "energy, older": {"type": "quantum-function.v1", "backend": "qpu.forte-1", "input": ENERGY},
    "cut": {
        "type": "qctrl.qaoa.v1",
        "backend": "simulator",
        "shots": 50,
        "input": {"problem_type": "maxcut", "problem": GRAPH},
        "external_settings": {"api_credentials": "key"},
        "settings": SETTINGS,
    },
}


@pytest.fixture(scope="module")
def strict_cloud():
    with LocalCloud(seed=7, strict=True) as running:
        yield running


@pytest.fixture
def strict(strict_cloud, api_of):
    return api_of(strict_cloud)


def plain(path):
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def test_it_serves_the_operations_of_the_specification_and_no_other(openapi) -> None:
    served = {(operation.method, plain(operation.path)) for operation in versions(strict=True)[PREFIX]}
    assert served == {(method, plain(path)) for method, path in openapi.operations()}


@pytest.mark.parametrize("path", ["/health", "/jobs/x/results/histogram", "/jobs/x/variants/0/results/shots"])
def test_what_is_beyond_it_is_not_found(strict, openapi, path) -> None:
    answer = strict("GET", path)
    assert answer.status_code == 404
    openapi.validate(answer.json(), "Error", strict=True)


@pytest.mark.parametrize("name", JOBS)
def test_jobs(strict, openapi, name) -> None:
    job = strict.run(**JOBS[name])
    assert job["status"] == ("failed" if name in ("failed", "no such gate") else "completed"), job["failure"]
    openapi.answer(job, "GET", "/jobs/{UUID}", strict=True)
    for child in job["child_job_ids"] or ():
        openapi.answer(strict.get(f"/jobs/{child}"), "GET", "/jobs/{UUID}", strict=True)
    if not job["type"].startswith("q"):
        assert all("url" not in entry for entry in (job["results"] or {}).values())
    openapi.answer(strict.get("/jobs", ids=job["id"]), "GET", "/jobs", strict=True)
    openapi.answer(strict.get(f"/jobs/{job['id']}/cost"), "GET", "/jobs/{UUID}/cost", strict=True)


def test_results_are_all_there(strict) -> None:
    job = strict.run(**JOBS["debiased"])
    assert len(job["results"]) == 6
    assert all(strict.artifact(job, form) for form in job["results"])
    assert sum(strict.get(f"/jobs/{job['id']}/results/probabilities").values()) == pytest.approx(1)


def test_clients_with_habits_of_their_own_are_not_humoured(strict) -> None:
    """Cirq sends a body with a GET, and asks for a batch as if it were one circuit."""
    assert strict("GET", "/jobs", json={"limit": 1000}).json()["next"] is None
    batch = strict.run(**next(job for job in JOBS.values() if "circuits" in job["input"]))
    assert strict("GET", f"/jobs/{batch['id']}/results/probabilities").status_code == 404


def test_machines(strict, openapi) -> None:
    backends = strict.get("/backends")
    openapi.answer(backends, "GET", "/backends", strict=True)
    known = set(openapi.component("Backend")["properties"])
    for backend in backends:
        assert set(strict.get(f"/backends/{backend['backend']}")) <= known
        path = f"/backends/{backend['backend']}/characterizations"
        page = strict.get(path)
        openapi.answer(page, "GET", "/backends/{backend}/characterizations", strict=True)
        for one in page["characterizations"][:1]:
            found = strict.get(f"{path}/{one['id']}")
            openapi.answer(found, "GET", "/backends/{backend}/characterizations/{UUID}", strict=True)


def test_sessions_and_usage(strict, openapi) -> None:
    session = strict("POST", "/sessions", json={"backend": "qpu.forte-1"}).json()
    strict.run(**JOBS["program"], session_id=session["id"])
    listed = strict.get(f"/sessions/{session['id']}/jobs")
    assert len(listed["jobs"]) == 1
    openapi.answer(listed, "GET", "/sessions/{session_id}/jobs", strict=True)
    path = f"/organizations/{session['organization_id']}/usage"
    days = {"start_date": "2026-01-01", "end_date": "2999-01-01", "group_by": "job", "modality": "daily"}
    found = strict.get(path, **days)
    openapi.answer(found, "GET", "/organizations/{organization_id}/usage", strict=True)
    assert all(len(row["from"]) == len("2026-01-01") for row in found["usage_data"])


@pytest.mark.filterwarnings("ignore:the target of")
def test_this_package_needs_nothing_beyond(strict_cloud) -> None:
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure_all()
    with IonQProvider(strict_cloud.token, url=strict_cloud.url, journal=False, environment={}) as provider:
        for name in ("simulator", "qpu.aria-1", "qpu.forte-1"):
            backend = provider.get_backend(name, gateset="native")
            jobs = [backend.run(bell, shots=100), backend.run([bell, bell], shots=100)]
            for job in jobs:
                again = provider.job(job.job_id())
                assert again.get_counts() == job.get_counts()
        assert transpile(bell, backend).count_ops()["zz"] == 1
        assert backend.target["zz"][0, 1].error > 0
        assert jobs[0].compiled_circuit().num_qubits == 2


def test_version_0_3_is_served_as_ever(strict_cloud) -> None:
    url = strict_cloud.url.removesuffix(PREFIX) + "/v0.3/backends"
    assert requests.get(url, timeout=60).status_code == 200


def test_without_strict_released_clients_find_what_they_need(api) -> None:
    assert api.get("/health")
    assert api.run(**JOBS["failed"])["failure"]["error"]
    assert "url" in api.run(**JOBS["ideal"])["results"]["probabilities"]
    assert api.get("/backends/simulator")["noise_models"]
    assert api.run(**JOBS["energy, older"])["type"] == "quantum-function.v1"
    (newest,) = api.get("/backends/qpu.forte-1/characterizations", limit=1)["characterizations"]
    assert newest["timing"]["1q"] < 1
