"""The last official Qiskit provider that speaks API v0.3 (F 11.2)."""

from __future__ import annotations

import os

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.providers import JobStatus
from qiskit_ionq import ErrorMitigation, IonQProvider
from qiskit_ionq.exceptions import IonQAPIError, IonQJobFailureError

pytestmark = pytest.mark.filterwarnings("ignore")
WAIT = {"wait": 0.002}


@pytest.fixture
def provider():
    return IonQProvider(os.environ["IONQ_API_KEY"], os.environ["LOCAL_CLOUD"].replace("v0.4", "v0.3"))


def bell():
    circuit = QuantumCircuit(2, 2, name="Bell (1/2)")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def flips(*qubits, width=3):
    circuit = QuantumCircuit(width, width)
    for qubit in qubits:
        circuit.x(qubit)
    circuit.measure(range(width), range(width))
    return circuit


def counts(job):
    return job.result(**WAIT).get_counts()


def test_an_ideal_job(provider):
    result = provider.get_backend("ionq_simulator").run(bell(), shots=500).result(**WAIT)
    assert result.get_probabilities() == pytest.approx({"00": 0.5, "11": 0.5})
    assert sum(result.get_counts().values()) == 500


def test_bit_order_and_registers(provider):
    backend = provider.get_backend("ionq_simulator")
    assert counts(backend.run(flips(0), shots=10)) == {"001": 10}
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.x(2)
    circuit.measure([2, 0, 1], [0, 1, 2])
    assert counts(backend.run(circuit, shots=10)) == {"00 1": 10}


def test_a_batch_keeps_its_order_and_its_registers(provider):
    crossed = QuantumCircuit(3, 3)
    crossed.x(0)
    crossed.measure([0, 1, 2], [2, 1, 0])
    batch = [flips(0), flips(1), crossed]
    job = provider.get_backend("ionq_simulator").run(batch, shots=10)
    assert counts(job) == [{"001": 10}, {"010": 10}, {"100": 10}]
    assert job.status(detailed=True)["completed"] == 3


def test_noise_with_a_seed(provider):
    backend = provider.get_backend("ionq_simulator")
    backend.set_options(noise_model="aria-1", sampler_seed=7)
    first, second = (backend.run(bell(), shots=300).result(**WAIT).get_probabilities() for _ in range(2))
    assert first == second
    assert sum(first.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "gateset"),
    [("ionq_qpu.aria-1", "qis"), ("ionq_qpu.aria-1", "native"), ("ionq_qpu.forte-1", "qis")],
)
def test_qpus(provider, name, gateset):  # its transpiler makes MS gates for Forte, too, which refuses them
    backend = provider.get_backend(name, gateset=gateset)
    circuit = transpile(bell(), backend, optimization_level=1) if gateset == "native" else bell()
    found = counts(backend.run(circuit, shots=400))
    assert found.get("00", 0) + found.get("11", 0) > 360


def test_debiasing_and_sharpening(provider):
    backend = provider.get_backend("ionq_qpu.aria-1")
    job = backend.run(bell(), shots=1000, error_mitigation=ErrorMitigation.DEBIASING)
    assert sum(job.result(sharpen=True, **WAIT).get_probabilities().values()) == pytest.approx(1)


def test_retrieval_by_id(provider):
    backend = provider.get_backend("ionq_simulator")
    job = backend.run(flips(1), shots=20)
    assert counts(job) == {"010": 20}
    again = backend.retrieve_job(job.job_id())
    assert again.status() is JobStatus.DONE
    assert counts(again) == {"010": 20}


def test_cancel_and_delete(provider):
    backend = provider.get_backend("ionq_simulator")
    job = backend.run(bell())
    backend.cancel_job(job.job_id())
    assert job.status() in (JobStatus.CANCELLED, JobStatus.DONE)
    assert backend.client.delete_job(job.job_id())["status"] == "deleted"


def test_a_failure_reads_as_such(provider):
    with pytest.raises(IonQJobFailureError, match="NotEnoughQubits: Too many qubits"):
        counts(provider.get_backend("ionq_qpu.aria-1").run(flips(28, width=29)))


def test_a_refusal_reads_as_such(provider):
    with pytest.raises(IonQAPIError, match="shots must be a whole number"):
        provider.get_backend("ionq_simulator").run(bell(), shots=0)


def test_calibration(provider):
    calibration = provider.get_backend("ionq_qpu.aria-1").calibration()
    assert calibration.num_qubits == 25
    assert 0.9 < calibration.fidelities["2q"]["mean"] < 1
    assert len(calibration.connectivity) == 25 * 24 / 2
