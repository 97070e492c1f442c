"""The official Qiskit provider, pointed at the local cloud."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.providers import JobStatus
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit_ionq import IonQProvider
from qiskit_ionq.exceptions import IonQAPIError, IonQJobFailureError

# the peer warns each time a backend is made, about Qiskit's own default
pytestmark = pytest.mark.filterwarnings("ignore::qiskit_ionq.exceptions.IonQTranspileLevelWarning")
WAIT = {"wait": 0.002}


@pytest.fixture
def provider(cloud, monkeypatch):
    monkeypatch.setenv("IONQ_API_URL", cloud.url)  # it asks for widths there, whatever URL it is given
    return IonQProvider(cloud.token, cloud.url)


def bell():
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def flips(*qubits, width=3):
    """Known outcome: these qubits read 1."""
    circuit = QuantumCircuit(width, width)
    for qubit in qubits:
        circuit.x(qubit)
    circuit.measure(range(width), range(width))
    return circuit


def counts(job):
    return job.result(**WAIT).get_counts()


def test_an_ideal_bell_job(provider):
    job = provider.get_backend("simulator").run(bell(), shots=500)
    result = job.result(**WAIT)
    assert result.get_probabilities() == pytest.approx({"00": 0.5, "11": 0.5})
    assert sum(result.get_counts().values()) == 500


def test_a_noisy_job_with_memory(provider):
    backend = provider.get_backend("simulator")
    backend.set_options(
        noise_model="aria-1"
    )  # it looks here, not at the job, to know whether there are shots
    job = backend.run(bell(), shots=300, memory=True)
    found = counts(job)
    assert sum(found.values()) == 300
    assert found.get("00", 0) + found.get("11", 0) > 250
    assert {key: job.get_memory().count(key) for key in found} == found


def test_bit_order(provider):
    assert counts(provider.get_backend("simulator").run(flips(0), shots=10)) == {"001": 10}


def test_a_batch_keeps_its_order(provider):
    batch = [flips(0), flips(1), flips(0, 2)]
    found = counts(provider.get_backend("simulator").run(batch, shots=10))
    assert found == [{"001": 10}, {"010": 10}, {"101": 10}]


@pytest.mark.parametrize("name", ["qpu.aria-1", "qpu.forte-1"])
@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_qpus(provider, name, gateset):
    backend = provider.get_backend(name, gateset=gateset)
    circuit = transpile(bell(), backend, optimization_level=1) if gateset == "native" else bell()
    found = counts(backend.run(circuit, shots=400))
    assert sum(found.values()) == 400
    assert found.get("00", 0) + found.get("11", 0) > 360


def test_the_gates_it_sends_mean_what_it_means(provider):
    circuit = QuantumCircuit(4, 4)
    circuit.h(range(4))
    circuit.p(0.3, 0)
    circuit.cp(0.7, 0, 1)
    circuit.ccx(0, 1, 2)
    circuit.csx(2, 3)
    circuit.rxx(0.4, 0, 2)
    circuit.crz(1.1, 3, 0)
    circuit.sdg(1)
    circuit.append(PauliEvolutionGate(SparsePauliOp(["XX", "ZZ"], [0.3, -0.4]), 0.9), [1, 3])
    circuit.h(range(4))
    expected = _probabilities(circuit)
    circuit.measure(range(4), range(4))
    found = provider.get_backend("simulator").run(circuit, shots=10).result(**WAIT)
    # with ten shots the peer keeps the sampled states only; those have their exact probabilities
    for key, value in found.get_probabilities().items():
        assert value == pytest.approx(expected[key], abs=1e-9)


def _probabilities(circuit):
    return Statevector(circuit.decompose(["PauliEvolution"])).probabilities_dict()


def test_retrieval_by_id(provider):
    backend = provider.get_backend("simulator")
    job = backend.run(flips(1), shots=20)
    assert counts(job) == {"010": 20}
    again = backend.retrieve_job(job.job_id())
    assert again.status() is JobStatus.DONE
    assert counts(again) == {"010": 20}


@pytest.mark.parametrize("options", [{}, {"extra_query_params": {"dry_run": True}}])
def test_compiled_circuits(provider, options):
    job = provider.get_backend("qpu.forte-1").run(bell(), shots=20, **options)
    job.wait_for_final_state(**WAIT)
    compiled = job.compiled_circuit()
    assert compiled["qubits"] == 2
    assert [gate["gate"] for gate in compiled["circuit"]].count("zz") == 1


def test_cancel_after_the_end_is_no_error(provider):
    job = provider.get_backend("simulator").run(bell())
    job.result(**WAIT)
    job.cancel()
    assert job.status() is JobStatus.DONE


def test_a_failure_reads_as_such(provider):
    backend = provider.get_backend("qpu.aria-1")
    with pytest.raises(IonQJobFailureError, match="NotEnoughQubits: Too many qubits"):
        counts(backend.run(flips(28, width=29)))


def test_a_refusal_reads_as_such(provider):
    with pytest.raises(IonQAPIError, match="shots must be a whole number"):
        provider.get_backend("simulator").run(bell(), shots=0)


def test_calibration(provider):
    calibration = provider.get_backend("qpu.forte-1").calibration()
    assert calibration.qubits == 36
    assert 0.9 < calibration.median_spam_fidelity < 1
    assert len(calibration.connectivity) == 36 * 35 / 2
