"""The circuit that the platform's compiler made comes back, from any machine, and is what was meant."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest
from circuit_strategies import unitary_circuits
from hypothesis import given, settings
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Operator

from qiskit_ionq_lite import (
    IonQInputError,
    IonQJobError,
    IonQJobFailureError,
    IonQJobTimeoutError,
    IonQProvider,
)
from qiskit_ionq_lite.emulator.migrations import MIGRATIONS
from qiskit_ionq_lite.emulator.server import LocalCloud
from qiskit_ionq_lite.gates import NATIVE_GATES

FORMAT = "ionq.native.v1"
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
MACHINES = [
    ("qpu.forte-1", None, "zz"),
    ("qpu.aria-1", None, "ms"),
    ("simulator", "forte-1", "zz"),
    ("simulator", "aria-1", "ms"),
]


@pytest.fixture(scope="module")
def provider(cloud):
    return IonQProvider(cloud.token, url=cloud.url)


def measured(circuit: QuantumCircuit) -> QuantumCircuit:
    return circuit.measure_all(inplace=False)


def bell(name: str = "bell") -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2, name=name, metadata={"run": 1})
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def gates(circuit: QuantumCircuit) -> list[tuple]:
    return [
        (step.name, [float(p) for p in step.params], [circuit.find_bit(bit).index for bit in step.qubits])
        for step in circuit.data
        if step.name not in ("measure", "barrier")
    ]


def assert_same_before_measurement(compiled: QuantumCircuit, circuit: QuantumCircuit) -> None:
    """Equal up to phases of basis states, which no measurement sees."""
    formula = circuit.decompose("PauliEvolution")
    apart = Operator(compiled).data @ Operator(formula).data.conj().T
    assert np.allclose(np.abs(apart), np.eye(len(apart)), atol=1e-7)


# --- the law ---


@pytest.mark.parametrize(("name", "model", "entangler"), MACHINES)
@given(circuit=unitary_circuits(max_qubits=3))
@settings(max_examples=8, deadline=None)
def test_abstract_gates_come_back_as_native_ones(provider, name, model, entangler, circuit) -> None:
    job = provider.get_backend(name, noise_model=model).run(measured(circuit), shots=10)
    compiled = job.compiled_circuit()
    assert set(compiled.count_ops()) <= {"gpi", "gpi2", entangler}
    assert all(isinstance(step.operation, NATIVE_GATES[step.name]) for step in compiled.data)
    assert compiled.num_qubits == circuit.num_qubits
    assert_same_before_measurement(compiled, circuit)


@pytest.mark.parametrize(("name", "model", "entangler"), [*MACHINES, ("simulator", None, "zz")])
def test_native_gates_come_back_as_they_were_sent(provider, name, model, entangler) -> None:
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cp(0.7, 0, 1)
    circuit.ryy(0.3, 1, 2)
    backend = provider.get_backend(name, gateset="native", noise_model=model)
    native = transpile(circuit, backend)
    compiled = backend.run(measured(native), shots=10).compiled_circuit()
    assert gates(compiled) == gates(native)
    assert entangler in compiled.count_ops()
    assert Operator.from_circuit(native).equiv(Operator(circuit))


@pytest.mark.parametrize("model", ["forte-1", "aria-1"])
def test_it_is_the_circuit_that_ran(provider, model) -> None:
    """Sent as it is, with the same seed, it gives the same shots with the same errors."""
    circuit = QuantumCircuit(4)
    for first in range(4):
        circuit.h(first)
        for second in range(first):
            circuit.cp(0.5, first, second)
    same = {"shots": 400, "seed_simulator": 3, "memory": True}
    abstract, native = (
        provider.get_backend("simulator", gateset=gateset, noise_model=model) for gateset in ("qis", "native")
    )
    job = abstract.run(measured(circuit), **same)
    assert native.run(measured(job.compiled_circuit()), **same).get_memory() == job.get_memory()


# --- where it comes from ---


def test_from_another_machine(provider, cloud) -> None:
    job = provider.get_backend("qpu.aria-1").run(bell(), shots=10)
    elsewhere = IonQProvider("another-key", url=cloud.url).job(job.job_id())
    found = elsewhere.compiled_circuit()
    assert found == job.compiled_circuit()
    assert (found.name, found.metadata) == ("bell", {"run": 1})


def test_only_qubits_in_use_are_sent_and_come_back(provider) -> None:
    circuit = QuantumCircuit(9, 2)
    circuit.h(3)
    circuit.cx(3, 7)
    circuit.measure([3, 7], [0, 1])
    compiled = provider.get_backend("qpu.forte-1").run(circuit, shots=10).compiled_circuit()
    assert compiled.num_qubits == 2
    assert_same_before_measurement(compiled, bell().remove_final_measurements(inplace=False))


def test_of_several_circuits(provider) -> None:
    flip = QuantumCircuit(1, name="flip")
    flip.x(0)
    batch = [bell("a"), measured(flip), bell("b")]
    job = provider.get_backend("qpu.forte-1").run(batch, shots=10)
    every = job.compiled_circuit()
    assert [circuit.name for circuit in every] == ["a", "flip", "b"]
    assert gates(every[1]) == [("gpi", [0.0], [0])]
    for same in (1, -2, "flip", batch[1]):
        assert job.compiled_circuit(same) == every[1]
    for wrong in (3, -4, "flop", bell("c")):
        with pytest.raises(IonQInputError, match="3 circuits, and no circuit"):
            job.compiled_circuit(wrong)


def test_of_a_dry_run(provider) -> None:
    job = provider.get_backend("qpu.forte-1").run(bell(), dry_run=True)
    assert job.compiled_circuit().count_ops()["zz"] == 1
    with pytest.raises(IonQJobError, match="dry run, which has no result but a compiled_circuit"):
        job.result()


# --- where there is none ---


def test_the_ideal_simulator_compiles_nothing(provider) -> None:
    job = provider.get_backend("simulator").run([bell(), bell()])
    for which in (None, 0, 1):
        with pytest.raises(IonQJobError, match="the ideal simulator compiles nothing; run on a QPU"):
            job.compiled_circuit(which)


def test_a_job_that_failed_or_was_canceled(cloud_factory, api_of) -> None:
    cloud = cloud_factory(workers=1)
    with IonQProvider(cloud.token, url=cloud.url) as provider:
        api = api_of(cloud)
        bad = {"type": "ionq.circuit.v1", "backend": "qpu.forte-1"}
        failed = api.submit(**bad, input={"gateset": "qis", "circuit": [{"gate": "no", "target": 0}]})
        with pytest.raises(IonQJobFailureError, match="UnsupportedGate"):
            provider.job(failed).compiled_circuit()
        wide = QuantumCircuit(13)
        wide.h(range(13))
        for qubit in range(12):
            wide.cx(qubit, qubit + 1)
        slow = provider.get_backend("qpu.forte-1").run(measured(wide), shots=2000)
        waiting = provider.get_backend("qpu.forte-1").run(bell(), shots=10)
        with pytest.raises(IonQJobTimeoutError, match=r"ready|submitted"):
            waiting.compiled_circuit(timeout=0)
        for job in (waiting, slow):
            job.cancel()
        with pytest.raises(IonQJobFailureError, match="was canceled"):
            waiting.compiled_circuit()


# --- the wire ---


def native_job(circuit, backend="qpu.forte-1", gateset="qis", qubits=None):
    inner = {"gateset": gateset, "circuit": circuit} | ({"qubits": qubits} if qubits else {})
    return {"type": "ionq.circuit.v1", "backend": backend, "input": inner, "shots": 10}


def test_the_artifact_is_as_specified(api, openapi) -> None:
    job = api.run(**native_job(BELL))
    openapi.answer(job, "GET", "/jobs/{UUID}")
    openapi.validate(job, "SingleCircuitJob")
    descriptor = job["output"]["compilation"]["compiled_circuits"][FORMAT]
    assert descriptor["format"] == FORMAT
    document = api.get(f"/jobs/{job['id']}/artifacts/{descriptor['id']}")
    openapi.validate(document, "IonqNativeV1")
    assert document["qubits"] == 2
    assert {gate["gate"] for gate in document["circuit"]} == {"gpi2", "zz"}


def compiled_by(api, body):
    job = api.run(**body)
    descriptor = job["output"]["compilation"]["compiled_circuits"][FORMAT]
    return api.get(f"/jobs/{job['id']}/artifacts/{descriptor['id']}")


def test_idle_qubits_of_other_clients_keep_their_numbers(api) -> None:
    document = compiled_by(api, native_job([{"gate": "x", "target": 4}], qubits=7))
    assert document == {"qubits": 7, "circuit": [{"gate": "gpi", "target": 4, "phase": 0.0}]}


def test_given_gates_are_repeated_as_they_are(api) -> None:
    given_gates = [
        {"gate": "gpi", "target": 2, "phase": -0.5},
        {"gate": "gpi", "target": 2, "phase": -0.5},
        {"gate": "ms", "targets": [2, 0], "phases": [0, 0.25]},
    ]
    document = compiled_by(api, native_job(given_gates, "qpu.aria-1", "native"))
    assert document == {"qubits": 3, "circuit": given_gates}


@pytest.mark.parametrize("backend", ["simulator", "qpu.forte-1"])
def test_a_job_without_one_says_so(api, backend) -> None:
    circuit = BELL if backend == "simulator" else [{"gate": "no", "target": 0}]
    job = api.run(**native_job(circuit, backend))
    assert job["output"] == {}
    assert api("GET", f"/jobs/{job['id']}/artifacts/compiled-native").status_code == 404


def test_programs_that_may_measure_on_the_way_have_none(api, provider) -> None:
    program = 'OPENQASM 3.0; include "stdgates.inc"; qubit q; bit c; h q; c = measure q; x q;'
    body = {"type": "ionq.qasm3.v1", "backend": "qpu.forte-1", "shots": 10, "input": {"data": program}}
    job = api.run(**body)
    assert (job["status"], job["output"]) == ("completed", {})
    with pytest.raises(IonQJobError, match=r"none for this job of type 'ionq\.qasm3\.v1'"):
        provider.job(job["id"]).compiled_circuit()


def test_it_outlives_the_cloud_that_made_it(tmp_path, api_of) -> None:
    with LocalCloud(tmp_path / "jobs.db") as cloud:
        job = api_of(cloud).run(**native_job(BELL))
    with LocalCloud(tmp_path / "jobs.db") as cloud:
        with IonQProvider(cloud.token, url=cloud.url) as provider:
            assert provider.job(job["id"]).compiled_circuit().count_ops()["zz"] == 1
        api_of(cloud)("DELETE", f"/jobs/{job['id']}")
    connection = sqlite3.connect(tmp_path / "jobs.db")
    assert connection.execute("SELECT count(*) FROM compiled").fetchone() == (0,)
    connection.close()


def test_jobs_of_a_database_from_before_have_none(tmp_path, api_of) -> None:
    connection = sqlite3.connect(tmp_path / "jobs.db")
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    old = {"id": "6a0c1f10-0000-4000-8000-000000000001", "position": 0, "type": "ionq.circuit.v1"}
    old |= {"backend": "qpu.forte-1", "status": "completed", "settings": "{}", "dry_run": 0, "shots": 10}
    old |= {"qubits": 2, "circuits": 1, "one_qubit_gates": 1, "more_qubit_gates": 1, "submitted_at": 0}
    connection.execute(
        f"INSERT INTO jobs ({', '.join(old)}) VALUES ({', '.join('?' * len(old))})", [*old.values()]
    )
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    with LocalCloud(tmp_path / "jobs.db") as cloud, IonQProvider(cloud.token, url=cloud.url) as provider:
        assert api_of(cloud).get(f"/jobs/{old['id']}")["output"] == {}
        with pytest.raises(IonQJobError, match="the platform keeps none"):
            provider.job(old["id"]).compiled_circuit()
