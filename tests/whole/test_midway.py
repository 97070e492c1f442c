"""Measurements and resets on the way, and lists that take several platform jobs: right counts."""

from __future__ import annotations

import random

import numpy as np
import pytest
from faulty import faulty
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.quantum_info import Statevector
from scipy.stats import chisquare

from qiskit_ionq_lite import IonQCircuitError, IonQError, IonQProvider
from qiskit_ionq_lite.circuits.midway import settled
from qiskit_ionq_lite.cloud.retries import RetryPolicy

SHOTS = 2_000


@pytest.fixture(scope="module")
def provider(cloud):
    with IonQProvider("key", url=cloud.url) as provider:
        yield provider


def exact(circuit: QuantumCircuit) -> dict[str, float]:
    """Every branch of every measurement, by hand: key -> probability."""
    zero = Statevector.from_int(0, 2**circuit.num_qubits)
    branches = {(0,) * circuit.num_clbits: [zero]}
    for step in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in step.qubits]
        if step.name not in ("measure", "reset"):
            if step.name not in ("barrier", "delay"):
                branches = {
                    key: [state.evolve(step.operation, qubits) for state in states]
                    for key, states in branches.items()
                }
            continue
        (qubit,), new = qubits, {}
        for key, states in branches.items():
            for state in states:
                for bit in (0, 1):
                    seen = state.evolve(np.diag([1 - bit, bit]), [qubit])
                    if np.linalg.norm(seen.data) < 1e-9:
                        continue
                    if step.name == "reset":
                        seen = seen.evolve(np.array([[0, 1], [1, 0]]), [qubit]) if bit else seen
                        new.setdefault(key, []).append(seen)
                    else:
                        place = circuit.find_bit(step.clbits[0]).index
                        changed = (*key[:place], bit, *key[place + 1 :])
                        new.setdefault(changed, []).append(seen)
        branches = new
    totals = {
        key: sum(np.linalg.norm(state.data) ** 2 for state in states) for key, states in branches.items()
    }
    return {spaced(circuit, key): weight for key, weight in totals.items() if weight > 1e-12}


def spaced(circuit: QuantumCircuit, key: tuple[int, ...]) -> str:
    words, start = [], 0
    for register in circuit.cregs:
        words.append("".join(map(str, key[start : start + register.size][::-1])))
        start += register.size
    return " ".join(words[::-1]) if words else "".join(map(str, key[::-1]))


def wandering(seed: int, *, most: int = 3) -> QuantumCircuit:
    """Gates, measurements and resets in any order, in registers of awkward names."""
    rng = random.Random(seed)
    names = rng.sample(["input", "c", "measure", "output_all", "q", "pi", "überraschung"], 2)
    sizes = [rng.randint(1, 2), rng.randint(1, 2)]
    circuit = QuantumCircuit(
        QuantumRegister(3, "gate"), *(ClassicalRegister(*both) for both in zip(sizes, names, strict=True))
    )
    for _ in range(rng.randint(4, 9)):
        a, b = rng.sample(range(3), 2)
        kind = rng.choice(["ry", "cx", "h", "cp", "barrier"])
        angles = [rng.uniform(-3, 3)] if kind in ("ry", "cp") else []
        getattr(circuit, kind)(*angles, *((a, b) if kind in ("cx", "cp") else (a,)))
        if rng.random() < 0.4 and most:
            most -= 1
            if rng.random() < 0.3:
                circuit.reset(a)
            else:
                circuit.measure(a, rng.randrange(circuit.num_clbits))
    circuit.h(0)
    circuit.measure(0, 0)
    return circuit


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_exact_where_it_can_be(provider, gateset):
    backend = provider.get_backend("simulator", gateset=gateset)
    circuits = [wandering(seed) for seed in range(12)]
    job = backend.run(circuits, shots=300, memory=True)
    result = job.result()
    assert len(job.parts) == 1  # deferred circuits share a job with all others
    for position, circuit in enumerate(circuits):
        want, got = exact(circuit), result.get_probabilities(position)
        assert sum(abs(want.get(key, 0) - got.get(key, 0)) for key in {*want, *got}) < 1e-6
        memory = result.get_memory(position)
        assert result.get_counts(position) == {key: memory.count(key) for key in set(memory)}


def test_programs_on_noisy_machines(provider):
    """A forte's noise moves these few gates by some per cent; the counts are those of the circuits."""
    backend = provider.get_backend("simulator", noise_model="forte-1")
    circuits = [wandering(seed) for seed in range(100, 106)]
    job = backend.run(circuits, shots=SHOTS, memory=True, seed_simulator=5)
    on_the_way = sum(settled(circuit)[1] for circuit in circuits)
    assert len(job.parts) == on_the_way + (on_the_way < len(circuits))
    result = job.result()
    for position, circuit in enumerate(circuits):
        want, counts = exact(circuit), result.get_counts(position)
        memory = result.get_memory(position)
        assert counts == {key: memory.count(key) for key in set(memory)}
        assert sum(counts.values()) == SHOTS
        distance = sum(abs(want.get(k, 0) - counts.get(k, 0) / SHOTS) for k in {*want, *counts}) / 2
        assert distance < 0.08


def test_a_program_without_noise_to_speak_of_is_the_circuit(api, provider):
    """In chi-square: the emulator runs the text that was sent, so this is the text's meaning."""
    circuit = QuantumCircuit(2, 3)
    circuit.ry(1.1, 0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.ry(0.4, 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [1, 2])
    counts = provider.get_backend("forte-1").run(circuit, shots=SHOTS, seed_simulator=1).result().get_counts()
    want = exact(circuit)
    seen = np.array([counts.get(key, 0) for key in want], dtype=float)
    mixed = np.array(list(want.values()))
    assert seen.sum() > 0.95 * SHOTS
    # a per cent of noise is allowed for, by comparing what the ideal outcomes share
    assert chisquare(seen, mixed / mixed.sum() * seen.sum()).pvalue > 1e-6


def test_what_only_looks_like_it_stays_a_gate_list(provider):
    """D20: state preparation, resets of fresh qubits, delays, and measurements that are final after all."""
    circuit = QuantumCircuit(2, 2)
    circuit.reset([0, 1])
    circuit.initialize([0, 0.6, 0.8, 0])
    circuit.measure([0, 1], [0, 1])
    circuit.barrier()
    circuit.delay(100, 0)
    circuit.reset(0)
    assert settled(circuit)[1] is False
    for backend in (provider.get_backend("simulator"), provider.get_backend("simulator", gateset="native")):
        job = backend.run([circuit, circuit], shots=100)
        assert job.get_probabilities()[0] == pytest.approx({"01": 0.36, "10": 0.64})
    assert set(provider.get_backend("forte-1").run(circuit, shots=50).get_counts()) >= {"01", "10"}


def test_hidden_in_an_instruction(provider):
    inner = QuantumCircuit(1, 1, name="look")
    inner.h(0)
    inner.measure(0, 0)
    inner.h(0)
    circuit = QuantumCircuit(1, 2)
    circuit.append(inner.to_instruction(), [0], [0])
    circuit.append(inner.to_instruction(), [0], [1])
    assert provider.get_backend("simulator").run(circuit).get_probabilities() == pytest.approx(
        {"00": 0.5, "11": 0.5}
    )


def test_a_measurement_whose_bit_is_overwritten_still_happened(provider):
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.measure(1, 0)
    circuit.h(0)
    circuit.measure(0, 0)
    assert provider.get_backend("simulator").run(circuit).get_probabilities() == pytest.approx(
        {"0": 0.5, "1": 0.5}
    )


def test_nothing_measured_is_all_measured_at_the_end(provider):
    circuit = QuantumCircuit(2)
    circuit.x([0, 1])
    circuit.reset(0)
    circuit.cx(1, 0)
    circuit.reset(1)
    with pytest.warns(UserWarning, match="measures nothing"):
        assert provider.get_backend("simulator").run(circuit, shots=10).get_counts() == {"01": 10}


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_transpiled_circuits(provider, gateset):
    """D20: no physical qubits in what is sent; the counts are the circuit's."""
    circuit = wandering(7)
    backend = provider.get_backend("simulator", gateset=gateset, noise_model="aria-1")
    counts = backend.run(transpile(circuit, backend), shots=SHOTS).result().get_counts()
    want = exact(circuit)
    assert sum(abs(want.get(k, 0) - counts.get(k, 0) / SHOTS) for k in {*want, *counts}) / 2 < 0.12


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_boxes_are_opened(provider, gateset):
    circuit = QuantumCircuit(2, 2)
    with circuit.box():
        circuit.x(0)
        with circuit.box():
            circuit.cx(0, 1)
            circuit.measure(0, 1)
    circuit.x(1)
    circuit.measure(1, 0)
    for options in ({}, {"noise_model": "forte-1"}):
        backend = provider.get_backend("simulator", gateset=gateset, **options)
        for one in (circuit, transpile(circuit, backend)):
            assert backend.run(one, shots=100).result().get_counts().most_frequent() == "10"


def test_control_flow_is_refused_with_what_the_platform_cannot_do(provider):
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((0, True)):
        circuit.x(0)
    for name in ("simulator", "forte-1"):
        with pytest.raises(IonQCircuitError, match="IonQ runs no branches or loops"):
            provider.get_backend(name).run(circuit)


def test_too_many_for_the_ideal_simulator(provider):
    circuit = QuantumCircuit(1, 1)
    for _ in range(40):
        circuit.h(0)
        circuit.measure(0, 0)
    with pytest.raises(IonQCircuitError, match="noise_model='forte-1'"):
        provider.get_backend("simulator").run(circuit)
    counts = provider.get_backend("simulator", noise_model="forte-1").run(circuit, shots=20).get_counts()
    assert sum(counts.values()) == 20


def flipped(number: int) -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name=f"flip {number}", metadata={"number": number})
    if number % 3:
        circuit.x(0)
    circuit.measure(0, 0)
    return circuit


def test_a_mixed_list_is_one_job_with_one_result(cloud, provider):
    """The last part's id finds all, on another machine too; names, metadata and order are kept."""
    way = QuantumCircuit(1, 2, name="way", metadata={"kind": "way"})
    way.x(0)
    way.measure(0, 0)
    way.reset(0)
    way.measure(0, 1)
    circuits = [flipped(1), way, flipped(3), way, flipped(2)]
    backend = provider.get_backend("forte-1")
    job = backend.run(circuits, shots=200, memory=True, metadata={"mine": "yes"})
    assert len(job.parts) == 3
    with IonQProvider("key", url=cloud.url) as elsewhere:
        found = elsewhere.job(job.job_id())
        elsewhere.wait([found])
        for result in (job.result(), found.result()):
            assert [entry.header["name"] for entry in result.results] == [c.name for c in circuits]
            assert [entry.header["metadata"] for entry in result.results] == [c.metadata for c in circuits]
            likely = [max(counts, key=counts.get) for counts in result.get_counts()]
            assert likely == ["1", "01", "0", "01", "1"]
            assert result.get_memory(3) == job.get_memory(3)
        assert found.result().get_counts() == job.get_counts()
        assert found.status().name == "DONE"
        assert found.metadata == {"mine": "yes"}
        assert [found.compiled_circuit(place).name for place in (0, 2, 4)] == ["flip 1", "flip 3", "flip 2"]


def test_more_circuits_than_one_job_takes(provider):
    """5,000 are the platform's limit."""
    circuits = [flipped(number) for number in range(5_003)]
    job = provider.get_backend("simulator").run(circuits, shots=4)
    assert len(job.parts) == 2
    assert job.get_counts() == [{"1" if number % 3 else "0": 4} for number in range(5_003)]


def test_half_a_list_is_not_paid_for(cloud, api):
    """The second part is refused: the first is canceled, and the error is the platform's."""
    posts = []

    def plan(method: str, path: str) -> str | None:
        if method == "POST":
            posts.append(path)
        return "500 before" if method == "POST" and len(posts) > 1 else None

    way = QuantumCircuit(1, 1)
    way.x(0)
    way.reset(0)
    way.measure(0, 0)
    with (
        faulty(cloud.url, plan) as url,
        IonQProvider("key", url=url, retry=RetryPolicy(tries=2, first_wait=0.01)) as provider,
        pytest.raises(IonQError),
        pytest.warns(UserWarning, match="was canceled|goes on"),
    ):
        provider.get_backend("forte-1").run([flipped(1), way], shots=100, name="half a list")
    found = [job for job in api.get("/jobs")["jobs"] if job["name"] == "half a list"]
    assert len(found) == 1
    assert found[0]["status"] in ("canceled", "completed")
