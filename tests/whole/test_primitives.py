"""Samplers and estimators on the local cloud, held against Qiskit's exact ones."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import real_amplitudes
from qiskit.primitives import (
    BackendEstimatorV2,
    BackendSamplerV2,
    StatevectorEstimator,
    StatevectorSampler,
)
from qiskit.providers import JobStatus
from qiskit.quantum_info import Pauli, SparsePauliOp, Statevector, random_hermitian

from qiskit_ionq_lite import (
    EstimatorOptions,
    IonQCircuitError,
    IonQEstimator,
    IonQInputError,
    IonQJobError,
    IonQOptionError,
    IonQProvider,
    IonQSampler,
    SamplerOptions,
)
from qiskit_ionq_lite.primitives.measuring import measurements


@pytest.fixture(scope="module")
def provider(cloud):
    return IonQProvider(cloud.token, url=cloud.url)


@pytest.fixture(scope="module")
def simulator(provider):
    return provider.get_backend("simulator")


@pytest.fixture(scope="module")
def noisy(provider):
    return provider.get_backend("simulator", noise_model="forte-1", seed_simulator=5)


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="bell", metadata={"run": 1})
    circuit.h(0)
    circuit.cx(0, 1)
    return circuit


def registers() -> QuantumCircuit:
    """Two parameters, two registers of which one is not in order, one bit never measured."""
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(
        QuantumRegister(4, "q"), ClassicalRegister(2, "one"), ClassicalRegister(10, "other")
    )
    circuit.rx(a, 0)
    circuit.ry(b, 1)
    circuit.cx(0, 3)
    circuit.x(2)
    circuit.measure([0, 3, 1, 2], [1, 11, 2, 0])
    return circuit


def shape_and_type(value) -> tuple:
    return type(value), value.shape, value.dtype


# --- sampler ---


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0,)])
def test_samples_have_the_shapes_and_distributions_of_the_state_vector(simulator, shape: tuple) -> None:
    values = np.random.default_rng(1).uniform(-3, 3, (*shape, 2))
    pub = (registers(), values, 4000)
    (ours,) = IonQSampler(simulator).run([pub]).result()
    (theirs,) = StatevectorSampler(seed=1).run([pub]).result()
    assert ours.data.shape == theirs.data.shape == shape
    assert list(ours.data) == list(theirs.data) == ["one", "other"]
    assert ours.metadata["shots"] == theirs.metadata["shots"] == 4000
    for name in ours.data:
        mine, reference = ours.data[name], theirs.data[name]
        assert (mine.shape, mine.num_shots, mine.num_bits) == (
            reference.shape,
            reference.num_shots,
            reference.num_bits,
        )
        assert mine.array.dtype == reference.array.dtype
        for index in np.ndindex(shape):
            found, expected = mine.get_counts(index), reference.get_counts(index)
            assert all(
                abs(found.get(key, 0) - expected.get(key, 0)) < 350 for key in found.keys() | expected.keys()
            )


def test_registers_are_read_from_the_same_shots(simulator) -> None:
    circuit = bell()
    circuit.add_register(ClassicalRegister(1, "x"), ClassicalRegister(1, "y"))
    circuit.measure([0, 1], [0, 1])
    data = IonQSampler(simulator).run([circuit], shots=200).result()[0].data
    assert data.x.array.tolist() == data.y.array.tolist()
    assert 0 < data.x.get_counts()["1"] < 200


def test_a_bit_in_two_registers_is_in_both(simulator) -> None:
    circuit = QuantumCircuit(QuantumRegister(2))
    whole = ClassicalRegister(2, "whole")
    circuit.add_register(whole, ClassicalRegister(bits=[whole[1]], name="part"))
    circuit.x(1)
    circuit.measure([0, 1], whole)
    data = IonQSampler(simulator).run([circuit], shots=5).result()[0].data
    assert (data.whole.get_counts(), data.part.get_counts()) == ({"10": 5}, {"1": 5})


def test_measurements_on_the_way_and_wide_registers(noisy, simulator) -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.x(0)
    circuit.measure(0, 1)
    for backend in (simulator, noisy):
        counts = IonQSampler(backend).run([circuit], shots=300).result()[0].data.c.get_counts()
        assert counts.get("01", 0) + counts.get("10", 0) > 290
    wide = QuantumCircuit(2, 70)
    wide.x(1)
    wide.measure(1, 69)
    found = IonQSampler(simulator).run([wide], shots=3).result()[0].data.c
    assert found.get_counts() == {"1" + "0" * 69: 3}


def test_all_pubs_are_one_job_for_each_number_of_shots(provider, simulator) -> None:
    circuit = bell()
    circuit.measure_all()
    sampler = IonQSampler(simulator, options={"default_shots": 10})
    job = sampler.run([circuit, registers().assign_parameters([0.1, 0.2]), (circuit, None, 30), circuit])
    assert [entry.metadata["shots"] for entry in job.result()] == [10, 10, 30, 10]
    assert [len(entry.header.circuits) for entry in job.jobs] == [3, 1]
    assert job.job_id() == job.jobs[-1].job_id() == provider.job(job.job_id()).job_id()


@pytest.mark.parametrize("shots", [(20, 20), (20, 30)])
def test_a_samplers_job_is_fetched_by_its_id(cloud, simulator, shots: tuple) -> None:
    """D02: a primitive's job has the platform's id."""
    values = np.linspace(0, 3, 12).reshape(2, 3, 2)
    measured = bell()
    measured.measure_all()
    job = IonQSampler(simulator).run([(registers(), values, shots[0]), (measured, None, shots[1])])
    elsewhere = IonQSampler(IonQProvider(cloud.token, url=cloud.url).get_backend("simulator"))
    again = elsewhere.job(job.job_id())
    for mine, theirs in zip(job.result(), again.result(), strict=True):
        assert mine.data.shape == theirs.data.shape
        assert mine.metadata == theirs.metadata
        assert all(np.array_equal(mine.data[name].array, theirs.data[name].array) for name in mine.data)
    assert again.status() is JobStatus.DONE
    assert (again.done(), again.running(), again.cancelled(), again.in_final_state()) == (
        True,
        False,
        False,
        True,
    )
    assert again.result() is again.result()


def test_nothing_to_measure_is_an_empty_result_and_no_job(simulator) -> None:
    with pytest.warns(UserWarning, match="no classical registers"):
        job = IonQSampler(simulator).run([bell()])
    (entry,) = job.result()
    assert (list(entry.data), entry.data.shape, job.job_id(), job.jobs) == ([], (), "", [])
    assert len(IonQSampler(simulator).run([]).result()) == 0


# --- estimator: the values ---


@pytest.mark.parametrize(
    ("observables", "points"),
    [
        ("ZZ", ()),
        (["ZZ", "XY"], ()),
        ("ZI", (4,)),
        ([["XX"], ["YZ"], [SparsePauliOp(["XX", "II", "ZY"], [0.5, 2.0, -0.3])]], (4,)),
        ([["XX", "ZI", "IZ"]], (2, 1)),
        ([Pauli("ZX"), {"XX": 0.2, "YY": 0.3}], (3, 2)),
        ("II", (2,)),
    ],
)
def test_expectation_values_are_those_of_the_state_vector(simulator, observables, points: tuple) -> None:
    circuit = real_amplitudes(2, reps=1)
    values = np.random.default_rng(2).uniform(-3, 3, (*points, 4))
    (ours,) = IonQEstimator(simulator).run([(circuit, observables, values)]).result()
    (theirs,) = StatevectorEstimator().run([(circuit, observables, values)]).result()
    assert shape_and_type(ours.data.evs) == shape_and_type(theirs.data.evs)
    assert shape_and_type(ours.data.stds) == shape_and_type(theirs.data.stds)
    assert ours.data.shape == theirs.data.shape
    assert ours.data.evs == pytest.approx(theirs.data.evs, abs=1e-9)
    assert not ours.data.stds.any()
    assert ours.metadata.keys() >= theirs.metadata.keys()


@given(seed=st.integers(0, 2**32 - 1), grouping=st.sampled_from(["auto", "qubit-wise", "commuting"]))
@settings(max_examples=12)
def test_every_observable_on_three_qubits(simulator, seed: int, grouping: str) -> None:
    circuit = real_amplitudes(3, reps=2)
    circuit.sdg(1)
    values = np.random.default_rng(seed).uniform(-3, 3, circuit.num_parameters)
    observable = SparsePauliOp.from_operator(random_hermitian(8, seed=seed))
    pub = (circuit, observable, values)
    ours = IonQEstimator(simulator, options={"grouping": grouping}).run([pub]).result()[0].data.evs
    assert ours == pytest.approx(StatevectorEstimator().run([pub]).result()[0].data.evs, abs=1e-8)


@pytest.mark.parametrize("grouping", ["auto", "qubit-wise", "commuting"])
def test_projectors_beside_paulis(simulator, grouping: str) -> None:
    circuit = real_amplitudes(3, reps=1)
    bound = circuit.assign_parameters(np.linspace(0.3, 2, 6))
    bound.s(2)
    observable = {"0X1": 0.5, "+II": 1.0, "Ir-": -0.7, "l0Y": 0.2, "ZZZ": 0.1, "XXZ": 0.3}
    states = {"0": [1, 0], "1": [0, 1], "+": [1, 1], "-": [1, -1], "r": [1, 1j], "l": [1, -1j]}
    matrices = {letter: np.outer(v, np.conj(v)) / np.vdot(v, v) for letter, v in states.items()}
    matrices |= {letter: Pauli(letter).to_matrix() for letter in "IXYZ"}
    expected = 0.0
    amplitudes = Statevector(bound).data
    for label, weight in observable.items():
        matrix = np.kron(np.kron(matrices[label[0]], matrices[label[1]]), matrices[label[2]])
        expected += weight * np.vdot(amplitudes, matrix @ amplitudes).real
    found = IonQEstimator(simulator, options={"grouping": grouping}).run([(bound, observable)]).result()
    assert found[0].data.evs == pytest.approx(expected, abs=1e-9)


def test_classical_bits_before_the_observables_do_not_matter(simulator) -> None:
    circuit = QuantumCircuit(2, 3)
    circuit.x(0)
    circuit.measure(0, 2)
    circuit.h(1)
    (found,) = IonQEstimator(simulator).run([(circuit, ["IZ", "XI", "XZ"])]).result()
    assert found.data.evs == pytest.approx([-1, 1, -1], abs=1e-9)


# --- estimator: errors, circuits, ids ---


@pytest.mark.parametrize("grouping", ["qubit-wise", "commuting"])
def test_errors_are_those_of_the_shots(noisy, grouping: str) -> None:
    """In units of their standard errors, deviations of many runs have a spread of 1."""
    circuit = bell()
    circuit.ry(0.4, 0)
    circuit.rx(0.3, 1)
    observable = SparsePauliOp(["XX", "ZZ", "YY", "ZI"], [1.0, 0.5, -0.7, 0.4])
    estimator = IonQEstimator(noisy, options={"grouping": grouping})
    best = estimator.run([(circuit, observable)], precision=0.002).result()[0].data
    runs = [copy_of(circuit, number) for number in range(40)]
    found = estimator.run([(run, observable) for run in runs], precision=0.05).result()
    assert {entry.metadata["shots"] for entry in found} == {400}
    deviations = [(entry.data.evs - best.evs) / entry.data.stds for entry in found]
    assert 0.6 < np.std(deviations) < 1.5
    assert abs(np.mean(deviations)) < 0.7


def copy_of(circuit: QuantumCircuit, number: int) -> QuantumCircuit:
    """Another circuit object, so that it is measured anew."""
    return circuit.copy(f"copy {number}")


def test_circuits_are_shared(simulator) -> None:
    circuit = real_amplitudes(2, reps=1)
    values = np.zeros((5, 4))
    values[3:] = 0.7  # two states
    pubs = [(circuit, ["ZZ", "ZI"], [values[0], values[3]]), (circuit, [["IZ"], ["XX"]], values)]
    job = IonQEstimator(simulator, options={"grouping": "qubit-wise"}).run(pubs)
    assert [len(part.header.circuits) for part in job.jobs] == [4]  # two states, Z and X bases
    assert [entry.data.shape for entry in job.result()] == [(2,), (2, 5)]


def test_precisions_are_jobs_of_their_own_only_where_there_is_noise(simulator, noisy) -> None:
    pubs = [(bell(), "ZZ", None, 0.1), (bell(), "XX", None, 0.05)]
    exact, sampled = (IonQEstimator(backend).run(pubs) for backend in (simulator, noisy))
    assert (len(exact.jobs), len(sampled.jobs)) == (1, 2)
    assert [job.header.shots for job in sampled.jobs] == [100, 400]
    assert [entry.metadata["target_precision"] for entry in sampled.result()] == [0.1, 0.05]
    again = IonQEstimator(noisy).job(sampled.job_id())
    assert [entry.data.evs.tolist() for entry in again.result()] == [
        entry.data.evs.tolist() for entry in sampled.result()
    ]


def test_an_estimators_job_is_fetched_by_its_id(cloud, noisy) -> None:
    values = np.random.default_rng(0).uniform(-3, 3, (2, 3, 4))
    observables = [[["ZZ"]], [[SparsePauliOp(["XY", "II"], [0.3, 1.0])]]]
    job = IonQEstimator(noisy).run([(real_amplitudes(2, reps=1), observables, values)], precision=0.1)
    elsewhere = IonQEstimator(IonQProvider(cloud.token, url=cloud.url).get_backend("simulator"))
    (mine,), (theirs,) = job.result(), elsewhere.job(job.job_id()).result()
    assert mine.data.shape == theirs.data.shape == (2, 2, 3)
    assert np.array_equal(mine.data.evs, theirs.data.evs)
    assert np.array_equal(mine.data.stds, theirs.data.stds)
    assert (mine.data.stds > 0).all()
    assert mine.metadata == theirs.metadata


def test_a_run_that_does_not_fit_metadata_goes_on_with_a_warning(simulator) -> None:
    circuit = bell()
    circuit.metadata = {"noise": np.random.default_rng(1).bytes(150_000).hex()}
    with pytest.warns(UserWarning, match="too long"):
        job = IonQEstimator(simulator).run([(circuit, "ZZ")])
    assert job.result()[0].data.evs == pytest.approx(1)
    with pytest.raises(IonQInputError, match="not run by a primitive"):
        IonQEstimator(simulator).job(job.job_id())


@pytest.mark.parametrize(
    ("labels", "apart", "together"),
    [
        (["XX", "YY", "ZZ"], 3, 1),
        (["ZI", "IZ", "ZZ"], 1, 1),
        (["XI", "ZI"], 2, 2),
        (["IIIZ", "IZII", "ZZII", "XXYY", "YYXX", "XYYX", "YXXY"], 5, 2),
    ],
)
def test_how_many_circuits_groupings_take(labels: list[str], apart: int, together: int) -> None:
    assert len(measurements(labels, "qubit-wise", True)) == apart
    assert len(measurements(labels, "commuting", True)) == together
    assert len(measurements(labels, "auto", True)) == together


# --- energies that the platform computes ---


def test_the_platform_computes_energies(provider, cloud, simulator) -> None:
    values = np.random.default_rng(3).uniform(-3, 3, (2, 6))
    circuit = real_amplitudes(3, reps=1)
    circuit.sdg(0)
    observables = [[SparsePauliOp(["ZIX", "III", "YYI"], [0.4, -1.0, 0.8])], [{"IIZ": 1.0, "IXI": 0.5}]]
    pubs = [(circuit, observables, values), (circuit, "III", values[0]), (circuit, "IIZ", values[1])]
    job = IonQEstimator(simulator, options={"quantum_function": True}).run(pubs)
    assert {provider.job(part.job_id())._refreshed().type for part in job.jobs} == {"quantum-function"}
    assert len(job.jobs) == 5
    reference = StatevectorEstimator().run(pubs).result()
    elsewhere = IonQEstimator(IonQProvider(cloud.token, url=cloud.url).get_backend("simulator"))
    for found in (job.result(), elsewhere.job(job.job_id()).result()):
        for ours, theirs in zip(found, reference, strict=True):
            assert ours.data.evs == pytest.approx(theirs.data.evs, abs=1e-9)
            assert shape_and_type(ours.data.stds) == shape_and_type(theirs.data.stds)


def test_energies_under_noise_have_errors(noisy) -> None:
    estimator = IonQEstimator(noisy, options=EstimatorOptions(quantum_function=True))
    found = estimator.run([(bell(), SparsePauliOp(["ZZ", "XI"], [1.0, 0.5]))], precision=0.05).result()[0]
    assert found.data.evs == pytest.approx(1.0, abs=0.3)
    assert 0.02 < found.data.stds < 0.04
    assert found.metadata["shots"] == 400


def test_an_energy_is_no_result_and_a_result_no_energy(simulator) -> None:
    job = simulator.run_energy(bell(), {"ZZ": 2.0})
    assert job.energy()[0] == pytest.approx(2.0)
    with pytest.raises(IonQJobError, match=r"job\.energy\(\)"):
        job.result()
    measured = bell()
    measured.measure_all()
    with pytest.raises(IonQJobError, match="has no energy"):
        simulator.run(measured).energy()


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ((bell(), {"Z0": 1.0}), {}, "no Pauli string"),
        ((bell(), {"ZZZ": 1.0}), {}, "2 qubits"),
        ((bell(), {"ZZ": 1.0}, [0.1]), {}, "1 values for 0 parameters"),
        ((bell().measure_all(inplace=False), {"ZZ": 1.0}), {}, "classical bits"),
        ((bell(), {"ZZ": 1.0}), {"job_settings": {"a": 1}}, "do not take job_settings"),
    ],
)
def test_bad_energies_are_one_clear_error(simulator, given, options: dict, message: str) -> None:
    with pytest.raises(IonQInputError, match=message):
        simulator.run_energy(*given, **options)


def test_a_change_of_basis_leaves_to_reading_what_reading_can_do() -> None:
    """The double excitations of a molecule: three entanglers, so that it is worth it under noise too."""
    labels = ["XXXX", "XXYY", "YYXX", "YYYY", "IIZZ", "IZIZ", "ZIIZ", "IIIZ", "ZIII"]
    under_noise = measurements(labels, "auto", False)
    assert [one.change.num_nonlocal_gates() for one in under_noise] == [3, 0]
    assert len(measurements(labels, "qubit-wise", False)) == 5


# --- options and bad input ---


@pytest.mark.parametrize("debiasing", [True, False])
def test_mitigated_samples_keep_the_shots_that_the_platform_keeps(provider, debiasing: bool) -> None:
    """Shots that break the symmetry are discarded by the platform, in each circuit another number of them."""
    angle, shots = Parameter("θ"), 3000
    circuit = QuantumCircuit(4)
    circuit.ry(angle, 0)
    for target in range(1, 4):
        circuit.cx(0, target)
    circuit.measure_all()
    options = {"symmetry_verification": True, "debiasing": debiasing}
    sampler = IonQSampler(provider.get_backend("aria-1"), options={"run_options": options})
    with pytest.warns(UserWarning, match="discarded shots"):
        result = sampler.run([(circuit, np.linspace(0.5, 2.5, 4))], shots=shots).result()[0]
    samples = result.data.meas
    assert samples.shape == (4,)
    assert 0.8 * shots < samples.num_shots == result.metadata["shots"] < shots
    assert set(samples.get_counts()) == {"0000", "1111"}
    ones = [samples.get_counts(place)["1111"] / samples.num_shots for place in range(4)]
    np.testing.assert_allclose(ones, np.sin(np.linspace(0.5, 2.5, 4) / 2) ** 2, atol=0.06)


def test_sessions_are_where_jobs_go(provider) -> None:
    backend = provider.get_backend("qpu.forte-1")
    measured = bell()
    measured.measure_all()
    with backend.open_session() as session:
        like = SimpleNamespace(backend=backend, session_id=session.session_id)
        for given_session in (session, like):
            sampled = IonQSampler(session=given_session).run([measured], shots=100)
            estimated = IonQEstimator(session=given_session).run([(bell(), "ZZ")], precision=0.1)
            assert sampled.result()[0].data.meas.num_shots == 100
            jobs = {job.job_id() for job in provider.jobs(session=session.session_id)}
            assert jobs >= {sampled.job_id(), estimated.job_id()}
    assert len(jobs) == 4


def test_options_are_frozen_and_checked(simulator) -> None:
    options = IonQSampler(simulator, options={"default_shots": np.int64(7)}).options
    assert options == SamplerOptions(default_shots=7)
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.default_shots = 8
    seeded = IonQSampler(simulator, options={"run_options": {"seed_simulator": 3, "name": "seeded"}})
    measured = bell()
    measured.measure_all()
    one, other = (seeded.run([measured]) for _ in range(2))
    assert one.result()[0].data.meas.array.tolist() == other.result()[0].data.meas.array.tolist()
    assert one.jobs[0].name == "seeded"


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (IonQSampler, {"default_shot": 3}, "default_shots"),
        (IonQSampler, {"default_shots": 0}, "from 1 to 1,000,000"),
        (IonQSampler, {"run_options": {"shots": 3}}, "the primitive decides"),
        (IonQSampler, {"run_options": {"debiasin": True}}, "debiasing"),
        (IonQSampler, 7, "SamplerOptions or a dictionary"),
        (IonQEstimator, SamplerOptions(), "EstimatorOptions"),
        (IonQEstimator, {"grouping": "comuting"}, "commuting"),
        (IonQEstimator, {"default_precision": -1}, "0 or more"),
        (IonQEstimator, {"default_precision": "fine"}, "a number"),
    ],
)
def test_bad_options_are_one_clear_error(simulator, kind, options, message: str) -> None:
    with pytest.raises(IonQOptionError, match=message):
        kind(simulator, options=options)


def test_bad_input_is_one_clear_error(provider, simulator, noisy) -> None:
    measured = bell()
    measured.measure_all()
    with pytest.raises(IonQOptionError, match="shots"):
        IonQSampler(simulator).run([(measured, None, 2_000_000)])
    with pytest.raises(IonQOptionError, match="more than 1,000,000 shots"):
        IonQEstimator(noisy).run([(bell(), "ZZ")], precision=0.0)
    with pytest.raises(IonQCircuitError, match="30 qubits"):
        IonQSampler(simulator).run([wide(30)])
    for kind in (IonQSampler, IonQEstimator):
        with pytest.raises(IonQInputError, match="either backend= or session="):
            kind()
        with pytest.raises(IonQInputError, match="a backend of this package"):
            kind(object())
        with pytest.raises(IonQInputError, match="not run by a primitive"):
            kind(simulator).job(simulator.run(measured).job_id())
    with pytest.raises(IonQInputError, match="other primitive"):
        IonQEstimator(simulator).job(IonQSampler(simulator).run([measured]).job_id())
    with pytest.raises(ValueError, match="shape"):
        IonQEstimator(simulator).run([(real_amplitudes(2, reps=1), ["ZZ", "XX"], np.zeros((3, 4)))])


def wide(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    circuit.x(range(width))
    circuit.measure_all()
    return circuit


def test_the_rest_is_called_off_if_a_part_cannot_be_submitted(provider, noisy) -> None:
    measured = bell()
    measured.measure_all()
    before = {job.job_id() for job in provider.jobs(limit=None)}
    with pytest.warns(UserWarning, match="canceled"), pytest.raises(IonQCircuitError):
        IonQSampler(noisy).run([(measured, None, 100_000), (wide(30), None, 20)])
    (left,) = (job for job in provider.jobs(limit=None) if job.job_id() not in before)
    assert left.status() in (JobStatus.CANCELLED, JobStatus.DONE)


def test_jobs_can_be_canceled(cloud_factory) -> None:
    slow = cloud_factory(queue_seconds=60)
    backend = IonQProvider(slow.token, url=slow.url).get_backend("qpu.forte-1")
    job = IonQEstimator(backend).run([(bell(), "ZZ", None, 0.1), (bell(), "ZZ", None, 0.2)])
    assert not job.in_final_state()
    assert job.cancel()
    assert job.cancelled()


# --- Qiskit's own primitives ---

BACKENDS = ["simulator", "qpu.aria-1", "qpu.forte-1"]


@pytest.mark.parametrize("gateset", ["qis", "native"])
@pytest.mark.parametrize("name", BACKENDS)
def test_qiskits_own_primitives_run_on_every_backend(provider, name: str, gateset: str) -> None:
    backend = provider.get_backend(name, gateset=gateset)
    circuit = transpile(real_amplitudes(2, reps=1), backend)
    values = np.random.default_rng(4).uniform(-3, 3, (2, 4))
    observable = SparsePauliOp(["ZZ", "XI", "YY"], [1.0, 0.5, -0.3]).apply_layout(circuit.layout)
    expected = StatevectorEstimator().run([(real_amplitudes(2, reps=1), observable, values)]).result()[0]
    found = BackendEstimatorV2(backend=backend).run([(circuit, observable, values)]).result()[0]
    assert found.data.evs == pytest.approx(expected.data.evs, abs=0.2)
    ours = IonQEstimator(backend).run([(circuit, observable, values)]).result()[0]
    assert ours.data.evs == pytest.approx(expected.data.evs, abs=1e-7 if name == "simulator" else 0.2)
    measured = transpile(real_amplitudes(2, reps=1).measure_all(inplace=False), backend)
    sampled = BackendSamplerV2(backend=backend).run([(measured, values)], shots=1000).result()[0]
    exact = StatevectorSampler(seed=1).run(
        [(real_amplitudes(2, reps=1).measure_all(inplace=False), values)], shots=1000
    )
    for index in range(2):
        counts = sampled.data.meas.get_counts(index)
        reference = exact.result()[0].data.meas.get_counts(index)
        assert sum(counts.values()) == 1000
        assert all(abs(counts.get(key, 0) - reference.get(key, 0)) < 150 for key in reference)


def test_options_of_qiskit_that_ask_for_what_is_done_anyway(simulator) -> None:
    measured = bell()
    measured.measure_all()
    job = simulator.run(measured, shots=10, meas_level=2, meas_return="avg", init_qubits=True)
    assert sum(job.get_counts().values()) == 10
    with pytest.raises(IonQOptionError, match="meas_level=1 cannot be had"):
        simulator.run(measured, meas_level=1)


def test_estimator_options_are_exported() -> None:
    assert EstimatorOptions().default_precision == 1 / 64
