"""A circuit goes in, counts come out: through run(), HTTP, the local cloud and back."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from circuit_strategies import agree, as_values, expected_probabilities, measured_circuits
from hypothesis import given, settings
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Clbit, Qubit
from qiskit.primitives import BackendSamplerV2
from qiskit.providers import JobStatus
from qiskit.result import marginal_counts
from qiskit_aer import AerSimulator

from qiskit_ionq_lite import (
    IonQInputError,
    IonQJobFailureError,
    IonQJobTimeoutError,
    IonQNotFoundError,
    IonQProvider,
)

whole_way = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def provider(cloud):
    return IonQProvider(cloud.token, url=cloud.url)


@pytest.fixture(scope="module")
def simulator(provider):
    return provider.get_backend("simulator")


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2, name="bell", metadata={"run": 1})
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


# --- the law ---


@given(measured_circuits())
@whole_way
def test_probabilities_are_those_of_the_state_vector(simulator, circuit: QuantumCircuit) -> None:
    job = simulator.run(circuit, shots=50)
    assert agree(as_values(job.get_probabilities()), expected_probabilities(circuit))
    counts = job.get_counts()
    assert sum(counts.values()) == 50
    assert dict.fromkeys(counts, 0).keys() <= job.get_probabilities().keys()


@pytest.mark.parametrize("device", ["qpu.forte-1", "qpu.aria-1", "simulator"])
@given(circuit=measured_circuits(max_qubits=3))
@settings(whole_way, max_examples=15)
def test_native_circuits_have_the_same_distribution(provider, device: str, circuit: QuantumCircuit) -> None:
    """On the ideal simulator exactly; the QPUs are noisy, so there it is that they run at all, and add up."""
    job = provider.get_backend(device, gateset="native").run(circuit, shots=50)
    assert sum(job.get_counts().values()) == 50
    if device == "simulator":
        assert agree(as_values(job.get_probabilities()), expected_probabilities(circuit), 1e-8)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_transpiled_circuits_mean_the_same(provider, gateset: str, level: int) -> None:
    backend = provider.get_backend("simulator", gateset=gateset)
    circuit = QuantumCircuit(5, 5)
    circuit.h(range(5))
    circuit.cp(0.7, 4, 0)
    circuit.rzz(0.3, 1, 3)
    circuit.swap(0, 2)
    circuit.ry(0.9, 2)
    circuit.ccx(0, 1, 2)
    circuit.u(0.1, 0.2, 0.3, 4)
    circuit.measure(range(5), [3, 1, 0, 4, 2])
    transpiled = transpile(circuit, backend, optimization_level=level, seed_transpiler=3)
    found = as_values(backend.run(transpiled).get_probabilities())
    assert agree(found, expected_probabilities(circuit), 1e-8)


# --- classical registers ---


def _registers() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(2, "a"), QuantumRegister(2, "b"), ClassicalRegister(2, "x"))
    circuit.add_register(ClassicalRegister(1, "y"))
    circuit.x([1, 2])
    circuit.measure([1, 3], [0, 1])
    circuit.measure(2, 2)
    return circuit


def _swapped() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    circuit.x(0)
    circuit.measure([0, 1, 2], [2, 0, 1])
    return circuit


def _twice() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.measure(0, 1)
    circuit.measure(1, 0)
    return circuit


@pytest.mark.parametrize("build", [_registers, _swapped, _twice, bell])
def test_keys_are_aers(simulator, build) -> None:
    circuit = build()
    ours = simulator.run(circuit, shots=400, seed_simulator=3).result()
    aers = AerSimulator().run(circuit, shots=400, seed_simulator=3).result()
    assert set(ours.get_counts()) == set(aers.get_counts())
    assert set(ours.get_probabilities()) == set(aers.get_counts())


def test_bits_outside_registers_lose_no_counts(simulator) -> None:
    """Qiskit's own formatting drops such bits, and with them counts: 7 of 10 were left."""
    bits = [Clbit() for _ in range(3)]
    circuit = QuantumCircuit([Qubit(), Qubit()], bits, ClassicalRegister(bits=bits[1:], name="c"))
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.measure(1, 2)
    counts = simulator.run(circuit, shots=100).get_counts()
    assert (set(counts), sum(counts.values())) == ({"000", "001"}, 100)


def test_a_circuit_without_measurements_runs_as_if_measured(simulator) -> None:
    circuit = QuantumCircuit(3)
    circuit.x(0)
    with pytest.warns(UserWarning, match="measures nothing") as caught:
        counts = simulator.run(circuit, shots=10).get_counts()
    assert counts == {"001": 10}
    assert caught[0].filename == __file__


def test_an_unmeasured_transpiled_circuit_is_read_on_its_own_qubits(simulator) -> None:
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.swap(0, 2)
    spread = transpile(
        circuit, coupling_map=[[i, i + 1] for i in range(8)], initial_layout=[6, 4, 2], optimization_level=2
    )
    with pytest.warns(UserWarning, match="measures nothing"):
        assert simulator.run(spread, shots=10).get_counts() == {"100": 10}


# --- counts, memory, seeds ---


def test_two_calls_and_two_machines_give_the_same_counts(cloud, simulator) -> None:
    job = simulator.run(bell(), shots=1000, memory=True, metadata={"text": "as it is", "number": 3})
    elsewhere = IonQProvider(cloud.token, url=cloud.url).job(job.job_id())
    assert job.get_counts() == job.get_counts() == elsewhere.get_counts()
    assert job.get_memory() == elsewhere.get_memory()
    assert job.get_probabilities() == elsewhere.get_probabilities()
    assert job.metadata == elsewhere.metadata == {"text": "as it is", "number": "3"}
    result = elsewhere.result().results[0]
    assert (result.header["name"], result.header["metadata"], result.shots) == ("bell", {"run": 1}, 1000)


@pytest.mark.parametrize("options", [{}, {"noise_model": "aria-1"}])
def test_the_same_seed_gives_the_same_memory(simulator, options: dict) -> None:
    one, other, third = (
        simulator.run(bell(), shots=200, memory=True, seed_simulator=seed, **options).get_memory()
        for seed in (4, 4, 5)
    )
    assert one == other
    assert one != third


@pytest.mark.parametrize(
    ("device", "options"), [("simulator", {}), ("simulator", {"noise_model": "forte-1"}), ("qpu.aria-1", {})]
)
@pytest.mark.parametrize("count", [1, 3])
def test_counts_are_the_histogram_of_memory(provider, device: str, options: dict, count: int) -> None:
    backend = provider.get_backend(device)
    circuits = [bell(), _registers(), _swapped()][:count]
    result = backend.run(circuits, shots=300, memory=True, **options).result()
    for position, circuit in enumerate(circuits):
        memory = result.get_memory(position)
        assert {key: memory.count(key) for key in set(memory)} == result.get_counts(position)
        assert (len(memory), result.results[position].shots) == (300, 300)
        assert all(word.startswith("0x") for word in result.data(position)["memory"])
        assert result.get_counts(circuit) == result.get_counts(position)


def test_qpu_counts_are_the_platforms_shots(provider, api_of, cloud) -> None:
    job = provider.get_backend("qpu.forte-1").run(bell(), shots=500, memory=True)
    memory = job.get_memory()
    shots = api_of(cloud).get(f"/jobs/{job.job_id()}/results/shots")
    assert [int(word, 2) for word in memory] == [int(shot) for shot in shots]


def test_probabilities_are_whole_however_few_shots(simulator) -> None:
    circuit = QuantumCircuit(6)
    circuit.h(range(6))
    circuit.measure_all()
    job = simulator.run(circuit, shots=3)
    assert len(job.get_probabilities()) == 64
    assert sum(job.get_probabilities().values()) == pytest.approx(1)
    assert sum(job.result().quasi_dists[0].values()) == pytest.approx(1)
    assert sum(job.get_counts().values()) == 3


def test_lists_come_back_in_order(simulator) -> None:
    circuits = []
    for value in range(40):
        circuit = QuantumCircuit(6, name=f"value {value}")
        for bit in range(6):
            circuit.rx(np.pi * (value >> bit & 1), bit)
        circuit.measure_all()
        circuits.append(circuit)
    result = simulator.run(circuits, shots=7).result()
    assert result.get_counts() == [{format(value, "06b"): 7} for value in range(40)]
    assert [entry.header["name"] for entry in result.results] == [circuit.name for circuit in circuits]
    assert result.get_probabilities(3) == result.get_probabilities(circuits[3]) == {"000011": 1.0}


def test_a_list_of_one_is_a_list_of_one(simulator) -> None:
    job = simulator.run([bell()], shots=10, memory=True)
    assert len(job.result().results) == 1
    assert len(job.get_memory()) == 10


def test_qiskits_own_sampler_reads_the_right_bits(simulator) -> None:
    circuit = QuantumCircuit(QuantumRegister(4), ClassicalRegister(4, "c"))
    circuit.x([1, 3])
    circuit.measure(range(4), range(4))
    sampled = BackendSamplerV2(backend=simulator).run([circuit, bell()], shots=25).result()
    assert sampled[0].data.c.get_counts() == {"1010": 25}
    assert set(sampled[1].data.c.get_counts()) <= {"00", "11"}


def test_results_are_qiskits(simulator) -> None:
    result = simulator.run(_registers(), shots=20, memory=True).result()
    assert result.success
    assert marginal_counts(result, [0]).get_counts() == {"1": 20}
    again = pickle.loads(pickle.dumps(result))
    assert again.get_counts() == result.get_counts()
    assert again.get_probabilities() == result.get_probabilities()


def test_far_apart_qubits_and_the_whole_width_run(provider) -> None:
    circuit = QuantumCircuit(36, 36)
    circuit.x([0, 35])
    circuit.measure(range(36), range(36))
    counts = provider.get_backend("qpu.forte-1", gateset="native").run(circuit, shots=5).get_counts()
    assert sum(counts.values()) == 5
    wide = QuantumCircuit(60, 2)
    wide.h(59)
    wide.cx(59, 3)
    wide.measure([59, 3], [0, 1])
    assert set(provider.get_backend("simulator").run(wide).get_probabilities()) == {"00", "11"}


# --- the job ---


def test_the_life_of_a_job(provider, simulator) -> None:
    seen: list[JobStatus] = []

    def callback(job_id: str, status: JobStatus, same: object) -> None:
        assert (job_id, same) == (job.job_id(), job)
        seen.append(status)

    job = simulator.run(bell(), name="a name")
    result = job.result(timeout=60, callback=callback)
    assert seen[-1] is job.status() is JobStatus.DONE
    assert result is job.result()
    assert (job.name, job.error_message(), job.done()) == ("a name", None, True)
    assert job.timestamps["completed"] >= job.timestamps["submitted"]
    assert job.job_id() in [listed.job_id() for listed in provider.jobs(5)]
    assert simulator.retrieve_job(job.job_id()).get_counts() == job.get_counts()


def test_jobs_are_listed_by_what_they_are(provider, simulator) -> None:
    job = provider.get_backend("qpu.aria-2").run(bell(), shots=1)
    job.result()
    listed = provider.jobs(None, status=JobStatus.DONE, backend="aria-2")
    assert job.job_id() in [entry.job_id() for entry in listed]
    assert {entry.backend().name for entry in listed} == {"qpu.aria-2"}
    assert provider.jobs(3, status="failed", backend="qpu.aria-2") == []


def test_many_jobs_are_listed_over_pages(cloud_factory) -> None:
    with cloud_factory() as own:
        provider = IonQProvider(own.token, url=own.url)
        backend = provider.get_backend("simulator")
        ids = [backend.run(bell()).job_id() for _ in range(30)]
        assert [job.job_id() for job in provider.jobs(None)] == ids[::-1]
        assert len(provider.jobs(28)) == 28


def test_a_failed_job_says_why_each_time(cloud, provider, api_of) -> None:
    body = {"type": "ionq.circuit.v1", "backend": "simulator", "shots": 1}
    too_wide = api_of(cloud).submit(
        **body, input={"gateset": "qis", "qubits": 40, "circuit": [{"gate": "h", "target": 39}]}
    )
    job = provider.job(too_wide)
    for _ in range(2):
        with pytest.raises(IonQJobFailureError, match="NotEnoughQubits") as caught:
            job.result(timeout=60)
        assert (caught.value.code, caught.value.job_id) == ("NotEnoughQubits", too_wide)
        assert job.status() is JobStatus.ERROR
    assert "NotEnoughQubits" in job.error_message()


def test_a_bare_job_of_another_client_is_labelled_by_its_qubits(cloud, provider, api_of) -> None:
    client = api_of(cloud)
    circuit = [{"gate": "x", "target": 0}]
    job_id = client.submit(
        type="ionq.circuit.v1",
        backend="simulator",
        shots=30,
        metadata={"shots": "30"},
        input={"gateset": "qis", "qubits": 3, "circuit": circuit},
    )
    assert provider.job(job_id).get_counts() == {"001": 30}
    parent = client.submit(
        type="ionq.multi-circuit.v1",
        backend="qpu.forte-1",
        shots=20,
        input={"gateset": "qis", "qubits": 2, "circuits": [{"circuit": circuit}, {"circuit": circuit}]},
    )
    for counts in provider.job(parent).get_counts():
        assert sum(counts.values()) == 20


def test_a_time_out_names_the_job_and_leaves_it_alone(cloud_factory) -> None:
    with cloud_factory(workers=1) as own:
        backend = IonQProvider(own.token, url=own.url).get_backend("simulator")
        slow = QuantumCircuit(22)
        for _ in range(40):
            slow.h(range(22))
        slow.measure_all()
        job = backend.run(slow)
        with pytest.raises(IonQJobTimeoutError, match=job.job_id()):
            job.result(timeout=0)
        assert job.status() is not JobStatus.CANCELLED
        waiting = backend.run(bell())
        assert waiting.cancel()
        with pytest.raises(IonQJobFailureError, match="canceled"):
            waiting.result()
        job.cancel()


def test_an_unknown_job_is_not_found(provider) -> None:
    with pytest.raises(IonQNotFoundError):
        provider.job("00000000-0000-4000-8000-000000000000")


def test_numpy_integers_are_shots(simulator) -> None:
    assert sum(simulator.run(bell(), shots=np.int64(12)).get_counts().values()) == 12


def test_the_variants_of_a_debiased_job_are_joined_as_one_asks(provider) -> None:
    three = QuantumCircuit(3)
    three.h(0)
    three.cx(0, [1, 2])
    three.measure_all()
    job = provider.get_backend("aria-1").run([bell(), three], shots=1_000, memory=True)
    plain = job.result()
    for name in ("average", "voting", "dnl"):
        result = job.result(aggregation=name)
        assert result is job.result(aggregation=name)
        for position in (0, 1):
            counts, probabilities = result.get_counts(position), result.get_probabilities(position)
            assert sum(counts.values()) == 1_000
            assert sum(probabilities.values()) == pytest.approx(1)
            likely = max(counts, key=counts.get)
            assert counts[likely] == pytest.approx(probabilities[likely] * 1_000, abs=1)
    voted, averaged = (job.result(aggregation=name).get_counts(1) for name in ("voting", "average"))
    assert voted["000"] + voted["111"] >= averaged["000"] + averaged["111"]
    assert averaged == plain.get_counts(1)
    with pytest.raises(IonQInputError, match="it has average, dnl, voting"):
        job.result(aggregation="mean")
    exact = provider.get_backend("simulator").run(bell())
    with pytest.raises(IonQInputError, match="not debiased"):
        exact.result(aggregation="voting")
