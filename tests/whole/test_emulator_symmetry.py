"""Symmetry verification over HTTP: forbidden outcomes are nowhere, and the rest is as without it (F 7.4)."""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from qiskit import QuantumCircuit

from qiskit_ionq_lite import IonQProvider
from qiskit_ionq_lite.emulator.migrations import MIGRATIONS
from qiskit_ionq_lite.emulator.server import LocalCloud

V1, V2 = "ionq.result.{}.json.v1", "ionq.result.{}.json.v2"
SHOTS = 1000
PULSES = [
    {"gate": "gpi2", "target": 0, "phase": 0.25},
    {"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": 0.25},
]

TURNS = [{"gate": "ry", "target": q, "rotation": 0.3 + q} for q in range(3)]


def ghz(qubits):
    return [
        {"gate": "h", "target": 0},
        *({"gate": "cnot", "target": q + 1, "control": q} for q in range(qubits - 1)),
    ]


def w(qubits):
    """One excitation, handed on from qubit to qubit."""
    gates = [{"gate": "x", "target": 0}]
    for q in range(qubits - 1):
        half = math.acos(math.sqrt(1 / (qubits - q)))
        gates += [
            {"gate": "ry", "target": q + 1, "rotation": half},
            {"gate": "cnot", "target": q + 1, "control": q},
            {"gate": "ry", "target": q + 1, "rotation": -half},
            {"gate": "cnot", "target": q + 1, "control": q},
            {"gate": "cnot", "target": q, "control": q + 1},
        ]
    return gates


def hadamards(qubits):
    return [{"gate": "h", "target": q} for q in range(qubits)]


def job(circuit, qubits, backend="qpu.aria-1", shots=SHOTS, gateset="qis", verification=True, debiasing=None):
    asked = {"debiasing": debiasing, "symmetry_verification": verification}
    return {
        "type": "ionq.circuit.v1",
        "backend": backend,
        "shots": shots,
        "input": {"gateset": gateset, "qubits": qubits, "circuit": circuit},
        "settings": {"error_mitigation": {name: on for name, on in asked.items() if on is not None}},
    }


def said(done):
    return done["output"]["error_mitigation"]["symmetry_verification"]


def odd(key):
    return key.count("1") % 2 == 1


def alike(key):
    return len(set(key)) == 1


STATES = {
    "ghz": (ghz(4), 4, alike, 2),
    "w": (w(4), 4, odd, 8),
    "even": ([{"gate": "xx", "targets": [0, 1], "rotation": 0.7}], 2, alike, 2),
    "parity": (ghz(3) + hadamards(3), 3, lambda key: not odd(key), 4),
    "idle": (hadamards(2), 4, lambda key: key.endswith("00"), 4),
}


def keys_v1(document, qubits):
    return {format(int(key), f"0{qubits}b")[::-1]: value for key, value in document.items()}


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("debiasing", [False, True])
def test_no_result_has_a_forbidden_state(api, openapi, name, debiasing):
    circuit, qubits, allowed, states = STATES[name]
    done = api.run(**job(circuit, qubits, debiasing=debiasing))
    openapi.validate(done, "GetJobResponse")
    assert said(done) == {"num_allowed_states": states, "applied": True}
    assert done["shots"] == SHOTS
    counts = api.artifact(done, V2.format("histogram"))["histogram"]["registers"]["output_all"]
    left = sum(counts.values())
    assert 0 < left <= SHOTS
    assert all(map(allowed, counts))
    assert keys_v1(api.artifact(done, V1.format("histogram")), qubits) == counts
    shots = [row["registers"]["output_all"] for row in api.artifact(done, V2.format("shots"))["shots"]]
    assert Counter("".join(map(str, shot)) for shot in shots) == counts
    older = api.artifact(done, V1.format("shots"))
    assert Counter(format(int(shot), f"0{qubits}b")[::-1] for shot in older) == counts
    shares = {key: pytest.approx(count / left) for key, count in counts.items()}
    assert keys_v1(api.artifact(done, V1.format("probabilities")), qubits) == shares
    newer = api.artifact(done, V2.format("probabilities"))["probabilities"]["registers"]["output_all"]
    assert newer == shares


def test_noise_makes_forbidden_states_at_all(api):
    done = api.run(**job(ghz(4), 4, verification=False))
    assert set(api.artifact(done, V1.format("histogram"))) > {"0", "15"}


@pytest.mark.parametrize("circuit", [hadamards(3), TURNS], ids=["hadamards", "turns"])
def test_a_circuit_without_symmetry_keeps_all_its_shots(api, openapi, circuit):
    done = api.run(**job(circuit, 3))
    openapi.validate(done, "GetJobResponse")
    assert said(done) == {"num_allowed_states": 8, "applied": False}
    assert sum(api.artifact(done, V1.format("histogram")).values()) == SHOTS


def test_nobody_asked(api):
    for verification in (False, None):
        done = api.run(**job(ghz(4), 4, verification=verification))
        assert "symmetry_verification" not in done["output"]["error_mitigation"]
        assert sum(api.artifact(done, V1.format("histogram")).values()) == SHOTS


def test_simulators_do_not_verify(api):
    done = api.run(**job(ghz(4), 4, backend="simulator"), noise={"model": "aria-1"})
    assert "error_mitigation" not in done["output"]
    assert sum(api.artifact(done, V1.format("histogram")).values()) == SHOTS


def test_a_dry_run_says_nothing(api):
    assert "error_mitigation" not in api.run(**job(ghz(4), 4), dry_run=True)["output"]


def test_native_circuits_have_symmetries_too(api):
    done = api.run(**job(PULSES[1:] * 2, 3, gateset="native"))
    assert said(done) == {"num_allowed_states": 1, "applied": True}
    assert set(api.artifact(done, V1.format("histogram"))) == {"3"}
    done = api.run(**job(PULSES, 2, gateset="native"))
    assert said(done) == {"num_allowed_states": 4, "applied": False}


def test_programs_that_measure_on_the_way_are_not_looked_at(api, openapi):
    text = "OPENQASM 3.0; qubit[2] q; bit[2] c; x q[0]; c[0] = measure q[0]; reset q[0]; cx q[0], q[1];"
    body = job([], 2) | {"type": "ionq.qasm3.v1", "input": {"data": text}}
    done = api.run(**body)
    openapi.validate(done, "GetJobResponse")
    assert said(done) == {"num_allowed_states": 4, "applied": False}
    assert sum(api.artifact(done, V1.format("histogram")).values()) == SHOTS


def test_wide_circuits(api):
    done = api.run(**job(ghz(22), 22, backend="qpu.forte-1", shots=100))
    assert said(done) == {"num_allowed_states": 2, "applied": True}
    assert set(api.artifact(done, V1.format("histogram"))) <= {"0", str(2**22 - 1)}
    done = api.run(**job(hadamards(22), 22, backend="qpu.forte-1", shots=20))
    assert said(done) == {"num_allowed_states": 2**22, "applied": False}


def test_if_no_shot_is_left_all_are(cloud_factory, api_of, tmp_path):
    path = tmp_path / "noise.json"
    path.write_text(json.dumps({"qpu.forte-1": {"gpi": 0, "gpi2": 0, "zz": 0, "readout": 1}}))
    api = api_of(cloud_factory(noise=path))
    done = api.run(**job([{"gate": "x", "target": 0}], 1, backend="qpu.forte-1", shots=10))
    assert said(done) == {"num_allowed_states": 1, "applied": False}
    assert api.artifact(done, V1.format("histogram")) == {"0": 10}


@pytest.mark.parametrize("debiasing", [False, True])
def test_the_other_shots_are_those_of_the_same_job_without_it(api_of, cloud_factory, debiasing):
    plain, verified = (
        _first_job(api_of(cloud_factory(seed=3)), job(w(4), 4, verification=on, debiasing=debiasing))
        for on in (False, True)
    )
    allowed = [shot for shot in plain if odd(format(int(shot), "b"))]
    assert len(allowed) < len(plain)
    assert verified == allowed


def _first_job(api, body):
    return api.artifact(api.run(**body), V1.format("shots"))


def test_variants_lose_their_own_shots(api_of, cloud_factory):
    def counts_of(verification):
        api = api_of(cloud_factory(seed=5))
        done = api.run(**job(ghz(4), 4, shots=1050, verification=verification))
        return [
            api.get(f"/jobs/{done['id']}/variants/{variant['variant_id']}/results/histogram")
            for variant in done["output"]["error_mitigation"]["debiasing"]["variants"]
        ]

    plain, verified = counts_of(False), counts_of(True)
    assert len(plain) == 10
    assert verified == [{key: one[key] for key in one if key in ("0", "15")} for one in plain]
    assert verified != plain


@pytest.mark.parametrize("method", ["average", "voting", "dnl"])
def test_aggregations_keep_the_shots_that_are_left(api, openapi, method):
    done = api.run(**job(ghz(4), 4, shots=1050))
    openapi.validate(done, "GetJobResponse")
    left = sum(api.artifact(done, V1.format("histogram")).values())
    descriptor = done["output"]["error_mitigation"]["aggregations"][method]
    found = api.get(f"/jobs/{done['id']}/artifacts/{descriptor['id']}")
    openapi.validate(found, "IonqResultHistogramJsonV2")
    counts = found["histogram"]["registers"]["output_all"]
    assert set(counts) <= {"0000", "1111"}
    assert sum(counts.values()) == left < 1050
    older = api.get(f"/jobs/{done['id']}/results/probabilities", aggregation=method)
    assert sum(older.values()) == pytest.approx(1)


def test_each_circuit_of_a_batch_has_its_own_symmetry(api, openapi):
    circuits = [{"circuit": ghz(3)}, {"circuit": hadamards(3)}, {"circuit": w(3)}]
    body = job([], 3) | {"type": "ionq.multi-circuit.v1"}
    done = api.run(**body | {"input": {"gateset": "qis", "qubits": 3, "circuits": circuits}})
    openapi.validate(done, "GetJobResponse")
    children = [api.get(f"/jobs/{child}") for child in done["child_job_ids"]]
    assert [said(child)["num_allowed_states"] for child in children] == [2, 8, 4]
    assert [said(child)["applied"] for child in children] == [True, False, True]
    aggregate = api.get(f"/jobs/{done['id']}/results/probabilities/aggregated")
    assert set(aggregate[children[0]["id"]]) == {"0", "7"}
    for child in children:
        assert sum(aggregate[child["id"]].values()) == pytest.approx(1)


def test_a_restart_keeps_what_was_found(tmp_path, api_of):
    def everything(api, job_id):
        done = api.get(f"/jobs/{job_id}")
        variants = done["output"]["error_mitigation"]["debiasing"]["variants"]
        paths = [f"variants/{one['variant_id']}/results/shots" for one in variants]
        paths += ["results/histogram", "results/shots"]
        return done, [api.get(f"/jobs/{job_id}/{path}") for path in paths]

    with LocalCloud(tmp_path / "jobs.db") as cloud:
        api = api_of(cloud)
        done = api.run(**job(ghz(4), 4))
        before = everything(api, done["id"])
    with LocalCloud(tmp_path / "jobs.db") as cloud:
        assert everything(api_of(cloud), done["id"]) == before
    assert said(done) == {"num_allowed_states": 2, "applied": True}


def test_a_database_from_before_opens_and_its_jobs_were_not_verified(tmp_path, api_of):
    done = {"id": "6a0c1f10-0000-4000-8000-000000000001", "position": 0, "type": "ionq.circuit.v1"}
    done |= {"backend": "qpu.forte-1", "status": "completed", "dry_run": 0, "shots": 2, "submitted_at": 0}
    done |= {"qubits": 2, "circuits": 1, "one_qubit_gates": 1, "more_qubit_gates": 1}
    done |= {"settings": '{"error_mitigation":{"symmetry_verification":true}}'}
    with closing(sqlite3.connect(tmp_path / "jobs.db")) as connection:
        for statement in (statement for migration in MIGRATIONS[:6] for statement in migration):
            connection.execute(statement)
        connection.execute(
            f"INSERT INTO jobs ({', '.join(done)}) VALUES ({', '.join('?' * len(done))})", [*done.values()]
        )
        values, shares = b"\0" * 8 + b"\3" + b"\0" * 7, b"\0\0\0\0\0\0\xe0\x3f" * 2  # 0 and 3, each 0.5
        connection.execute(
            "INSERT INTO results VALUES (?, ?, ?, ?, NULL, NULL)", (done["id"], values, shares, values)
        )
        connection.execute("PRAGMA user_version = 6")
        connection.commit()
    with LocalCloud(tmp_path / "jobs.db") as cloud:
        api = api_of(cloud)
        assert said(api.get(f"/jobs/{done['id']}")) == {"num_allowed_states": 4, "applied": False}
        assert api.get(f"/jobs/{done['id']}/results/histogram") == {"0": 1, "3": 1}


def ghz_circuit(qubits):
    circuit = QuantumCircuit(qubits, name="ghz")
    circuit.h(0)
    for q in range(qubits - 1):
        circuit.cx(q, q + 1)
    circuit.measure_all()
    return circuit


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """A cloud whose gates err so often that every job loses shots."""
    path = tmp_path_factory.mktemp("noise") / "noise.json"
    path.write_text(json.dumps({"qpu.forte-1": {"gpi": 0.02, "gpi2": 0.02, "zz": 0.1}}))
    with LocalCloud(noise=path, seed=1) as cloud, IonQProvider(cloud.token, url=cloud.url) as provider:
        yield provider


@pytest.mark.parametrize("shots", [200, 1000], ids=["plain", "debiased"])
@pytest.mark.parametrize("memory", [False, True])
def test_counts_and_memory_of_run_have_no_forbidden_state(noisy, shots, memory):
    backend = noisy.get_backend("qpu.forte-1")
    asked = backend.run(ghz_circuit(4), shots=shots, symmetry_verification=True, memory=memory)
    for found in (asked, noisy.job(asked.job_id())):
        result = found.result()
        assert set(result.get_counts()) == {"0000", "1111"}
        assert sum(result.get_counts().values()) == result.results[0].shots < shots
        assert result.get_counts() == asked.get_counts()
        if memory:
            assert Counter(result.get_memory()) == result.get_counts()
            assert result.get_memory() == asked.get_memory()


@pytest.mark.parametrize("memory", [False, True])
def test_lists_count_the_shots_that_are_left(noisy, api_of, memory):
    flip = QuantumCircuit(2)
    flip.x(0)
    flip.cx(0, 1)
    flip.measure_all()
    circuits = [flip, ghz_circuit(3), flip]
    asked = noisy.get_backend("qpu.forte-1").run(
        circuits, shots=300, symmetry_verification=True, memory=memory
    )
    asked.result()
    api = api_of(noisy)
    children = api.get(f"/jobs/{asked.job_id()}")["child_job_ids"]
    left = [sum(api.get(f"/jobs/{child}/results/histogram").values()) for child in children]
    assert max(left) < 300
    for found in (asked, noisy.job(asked.job_id())):
        result = found.result()
        assert [entry.shots for entry in result.results] == left
        assert [sum(counts.values()) for counts in result.get_counts()] == left
        assert [set(counts) for counts in result.get_counts()] == [{"11"}, {"000", "111"}, {"11"}]
