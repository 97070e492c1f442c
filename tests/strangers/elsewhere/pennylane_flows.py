"""PennyLane's devices for IonQ, in their own documented ways."""

from __future__ import annotations

import os

import numpy as np
import pennylane as qml
import pytest
import requests
from pennylane_ionq import ops
from pennylane_ionq.api_client import APIClient, Job, JobExecutionError

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def local(monkeypatch):
    """It takes its address from nowhere else."""
    monkeypatch.setattr(APIClient, "BASE_URL", os.environ["LOCAL_CLOUD"])


def probabilities(circuit, wires):
    """Its device wants shots, and reads probabilities as the platform has them, without sampling."""
    return qml.set_shots(qml.QNode(circuit, qml.device("ionq.simulator", wires=wires)), 100)()


def expected(circuit, wires):
    return qml.QNode(circuit, qml.device("default.qubit", wires=wires))()


def jobs():
    key = {"Authorization": f"apiKey {os.environ['IONQ_API_KEY']}"}
    return requests.get(os.environ["LOCAL_CLOUD"] + "/jobs", headers=key).json()["jobs"]


def test_probabilities():
    def circuit():
        qml.Hadamard(0)
        qml.CNOT([0, 1])
        return qml.probs(wires=[0, 1])

    assert probabilities(circuit, 2) == pytest.approx([0.5, 0, 0, 0.5])


def test_bit_order_and_labels():
    def circuit():
        qml.PauliX("b")
        return qml.probs(wires=["a", "b", "c"])

    assert probabilities(circuit, ["a", "b", "c"])[0b010] == pytest.approx(1)


def everything():
    for wire in range(3):
        qml.Hadamard(wire)
    qml.RX(0.3, 0)
    qml.RY(0.7, 1)
    qml.RZ(-0.4, 2)
    qml.S(0)
    qml.T(1)
    qml.SX(2)
    qml.adjoint(qml.S(1))
    qml.CNOT([2, 0])
    qml.SWAP([0, 1])
    qml.IsingXX(0.4, [0, 2])
    qml.IsingYY(0.5, [1, 2])
    qml.IsingZZ(0.6, [0, 1])
    qml.PauliY(1)
    qml.PauliZ(0)
    qml.evolve(0.3 * qml.X(0) @ qml.Y(1) - 0.2 * qml.Z(2), 0.7)
    for wire in range(3):
        qml.Hadamard(wire)
    return qml.probs(wires=range(3))


def test_the_gates_it_sends_mean_what_it_means():
    assert probabilities(everything, 3) == pytest.approx(expected(everything, 3), abs=1e-6)


def test_gates_of_its_own():
    def circuit():
        qml.Hadamard(0)
        ops.XX(0.4, wires=[0, 1])
        ops.YY(0.7, wires=[0, 1])
        ops.ZZ(0.2, wires=[0, 1])
        return qml.probs(wires=[0, 1])

    def same():
        qml.Hadamard(0)
        qml.IsingXX(0.4, [0, 1])
        qml.IsingYY(0.7, [0, 1])
        qml.IsingZZ(0.2, [0, 1])
        return qml.probs(wires=[0, 1])

    assert probabilities(circuit, 2) == pytest.approx(expected(same, 2), abs=1e-9)


def test_samples_and_counts_and_expectations():
    device = qml.device("ionq.simulator", wires=2)

    @qml.set_shots(500)
    @qml.qnode(device)
    def circuit():
        qml.PauliX(1)
        return qml.counts(wires=[0, 1]), qml.expval(qml.PauliZ(1)), qml.sample(qml.PauliZ(0))

    counts, value, samples = circuit()
    assert (counts, value, set(samples)) == ({"01": 500}, -1, {1})


def test_a_gradient():
    @qml.set_shots(20_000)
    @qml.qnode(qml.device("ionq.simulator", wires=1), diff_method="parameter-shift")
    def circuit(angle):
        qml.RX(angle, wires=0)
        return qml.expval(qml.PauliZ(0))

    angle = qml.numpy.array(0.4, requires_grad=True)
    assert qml.grad(circuit)(angle) == pytest.approx(-np.sin(0.4), abs=0.05)
    assert any(job["type"] == "ionq.multi-circuit.v1" for job in jobs()[:3])


def test_a_batch_keeps_its_order():
    device = qml.device("ionq.simulator", wires=3)
    tapes = [
        qml.tape.QuantumScript([qml.PauliX(wire)], [qml.probs(wires=range(3))], shots=10) for wire in range(3)
    ]
    found = device.batch_execute(tapes)
    assert [int(np.argmax(one)) for one in found] == [0b100, 0b010, 0b001]
    assert jobs()[0]["stats"]["circuits"] == 3


def test_noise_with_a_seed():
    def found():
        options = {"noise_model": "aria-1", "noise_seed": 7, "shots": 300, "metadata": {"mine": "yes"}}
        device = qml.device("ionq.simulator", wires=2, **options)
        tape = qml.tape.QuantumScript([qml.Hadamard(0), qml.CNOT([0, 1])], [qml.probs(wires=[0, 1])])
        device.batch_execute([tape])
        return device.prob

    first, second = found(), found()
    assert first.tolist() == second.tolist()
    assert jobs()[0]["metadata"] == {"mine": "yes"}
    assert jobs()[0]["noise"] == {"model": "aria-1", "seed": 7}
    assert first[0] + first[3] > 0.8


@pytest.mark.parametrize("backend", ["aria-1", "forte-1"])
def test_qpus(backend):
    device = qml.device(
        "ionq.qpu", wires=2, backend=backend, job_name="a Bell pair", sharpen=True,
        error_mitigation={"debiasing": True}, compilation={"opt": 0, "precision": "1E-3"},
    )  # fmt: skip

    @qml.set_shots(1000)
    @qml.qnode(device)
    def circuit():
        qml.Hadamard(0)
        qml.CNOT([0, 1])
        return qml.counts(wires=[0, 1])

    counts = circuit()
    assert sum(counts.values()) == 1000
    assert counts["00"] + counts["11"] > 900
    job = jobs()[0]
    assert (job["name"], job["backend"]) == ("a Bell pair", f"qpu.{backend}")
    assert job["settings"]["error_mitigation"] == {"debiasing": True}


@pytest.mark.parametrize("target", ["simulator", "qpu"])
def test_native_gates(target):
    options = {"backend": "aria-1"} if target == "qpu" else {}
    device = qml.device(f"ionq.{target}", wires=2, gateset="native", **options)

    @qml.set_shots(1000)
    @qml.qnode(device)
    def circuit():
        ops.GPI(0.5, wires=[0])
        ops.GPI2(0, wires=[1])
        ops.MS(0, 0.5, 0.25, wires=[0, 1])
        return qml.probs(wires=[0, 1])

    gpi = np.array([[0, np.exp(-1j * np.pi)], [np.exp(1j * np.pi), 0]])
    gpi2 = np.array([[1, -1j], [-1j, 1]]) / np.sqrt(2)
    expected = np.abs(ops.MS.compute_matrix(0, 0.5, 0.25) @ np.kron(gpi, gpi2)[:, 0]) ** 2
    assert circuit() == pytest.approx(expected, abs=0.08)


def test_a_failure_is_noticed():
    device = qml.device("ionq.qpu", wires=26, backend="aria-1")

    @qml.set_shots(100)
    @qml.qnode(device)
    def circuit():
        qml.PauliX(25)
        return qml.expval(qml.PauliZ(0))

    with pytest.raises(JobExecutionError):
        circuit()


def test_a_refusal_is_noticed():
    tape = qml.tape.QuantumScript([qml.PauliX(0)], [qml.probs(wires=[0])])
    with pytest.raises(Exception, match="backend"):
        qml.device("ionq.qpu", wires=1, backend="none", shots=100).batch_execute([tape])


def test_a_dry_run_is_submitted():
    device = qml.device("ionq.qpu", wires=1, backend="forte-1", shots=100, dry_run=True)
    device.batch_execute([qml.tape.QuantumScript([qml.PauliX(0)], [qml.probs(wires=[0])])])
    assert jobs()[0]["dry_run"] is True


def test_a_job_is_fetched_by_its_id():
    made = Job()
    circuit = {"qubits": 1, "gateset": "qis", "circuit": [{"gate": "x", "target": 0}]}
    made.manager.create(type="ionq.circuit.v1", backend="simulator", input=circuit)
    again = Job()
    again.manager.get(made.id.value)
    while not again.is_complete:
        again.reload()
    again.manager.get(made.id.value, params={})
    assert again.data.value == {"1": 1}
