"""Libraries on top of Qiskit, unchanged, on the local cloud: with our primitives, or with ``backend.run``."""

from __future__ import annotations

import os

import numpy as np
import pytest
from mitiq import zne
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import efficient_su2
from qiskit.primitives import StatevectorEstimator
from qiskit.quantum_info import PauliList, SparsePauliOp, Statevector, state_fidelity
from qiskit_addon_cutting import (
    generate_cutting_experiments,
    partition_problem,
    reconstruct_expectation_values,
)
from qiskit_algorithms import (
    QAOA,
    VQE,
    AmplificationProblem,
    EstimationProblem,
    Grover,
    IterativeAmplitudeEstimation,
    NumPyMinimumEigensolver,
    PhaseEstimation,
)
from qiskit_algorithms.optimizers import COBYLA, SLSQP
from qiskit_experiments.library import LocalReadoutError, StandardRB, StateTomography

from qiskit_ionq_lite import IonQEstimator, IonQProvider, IonQSampler

SEED = 7
HYDROGEN = SparsePauliOp(
    ["II", "IZ", "ZI", "ZZ", "XX"], [-1.05237, 0.39794, -0.39794, -0.01128, 0.18093]
)  # in two qubits, at 0.735 Å


@pytest.fixture(scope="module")
def provider():
    return IonQProvider(os.environ["IONQ_API_KEY"], url=os.environ["LOCAL_CLOUD"])


@pytest.fixture(scope="module")
def simulator(provider):
    return provider.get_backend("simulator", seed_simulator=SEED)


@pytest.fixture(scope="module")
def noisy(provider):
    """In native gates, which run as they are: IonQ's compiler would find that these circuits do nothing."""
    return provider.get_backend("simulator", gateset="native", noise_model="aria-1", seed_simulator=SEED)


# --- qiskit-algorithms ---


def test_vqe(simulator):
    ansatz = efficient_su2(2, reps=1)
    solver = VQE(IonQEstimator(simulator), ansatz, SLSQP(maxiter=60), initial_point=[0.1] * 8)
    found = solver.compute_minimum_eigenvalue(HYDROGEN, aux_operators=[SparsePauliOp("ZZ")])
    exact = NumPyMinimumEigensolver().compute_minimum_eigenvalue(HYDROGEN)
    assert found.eigenvalue == pytest.approx(exact.eigenvalue.real, abs=1e-4)
    assert found.aux_operators_evaluated[0][0] == pytest.approx(-1, abs=1e-2)


def test_qaoa(simulator):
    cost = SparsePauliOp(["IIZZ", "IZZI", "ZZII", "ZIIZ"], [1.0] * 4)  # a ring, cut in alternation
    solver = QAOA(
        IonQSampler(simulator, options={"default_shots": 2000}), COBYLA(maxiter=40), initial_point=[0.4, 0.4]
    )
    found = solver.compute_minimum_eigenvalue(cost)
    assert found.best_measurement["bitstring"] in ("0101", "1010")


def test_grover(simulator):
    oracle = QuantumCircuit(3)
    oracle.ccz(0, 1, 2)
    problem = AmplificationProblem(oracle, is_good_state=["111"])
    found = Grover(sampler=IonQSampler(simulator)).amplify(problem)
    assert found.oracle_evaluation
    assert found.top_measurement == "111"


def test_phase_estimation(simulator):
    gate = QuantumCircuit(1)
    gate.p(2 * np.pi * 0.3125, 0)
    excited = QuantumCircuit(1)
    excited.x(0)
    found = PhaseEstimation(4, IonQSampler(simulator)).estimate(gate, excited)
    assert found.phase == 0.3125


def test_amplitude_estimation(simulator):
    preparation = QuantumCircuit(1)
    preparation.ry(2 * np.arcsin(np.sqrt(0.3)), 0)
    estimation = IterativeAmplitudeEstimation(0.02, 0.05, sampler=IonQSampler(simulator))
    found = estimation.estimate(EstimationProblem(preparation, objective_qubits=[0]))
    assert found.estimation == pytest.approx(0.3, abs=0.05)


# --- qiskit-experiments ---


@pytest.mark.parametrize("gateset", ["qis", "native"])
@pytest.mark.parametrize("way", ["backend.run", "our sampler", "its own sampler"])
def test_state_tomography(provider, gateset, way):
    backend = provider.get_backend("simulator", gateset=gateset, seed_simulator=SEED)
    ways = {"backend.run": {"backend_run": True}, "our sampler": {"sampler": IonQSampler(backend)}}
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.ry(0.4, 1)
    experiment = StateTomography(circuit)
    data = experiment.run(backend, shots=2000, **ways.get(way, {})).block_for_results()
    assert data.status().name == "DONE", data.errors()
    rho = data.analysis_results("state", dataframe=False).value
    assert state_fidelity(rho, Statevector(circuit)) > 0.98


def test_randomized_benchmarking(noisy):
    experiment = StandardRB([0, 1], [1, 10, 25, 50], num_samples=2, seed=3)
    experiment.set_transpile_options(basis_gates=["rz", "sx", "cx"])  # run() goes on to native gates
    data = experiment.run(noisy, shots=500, backend_run=True).block_for_results()
    assert data.status().name == "DONE", data.errors()
    infidelity = data.analysis_results("EPC", dataframe=False).value
    assert 0.001 < infidelity.nominal_value < 0.2


def test_readout_error(provider):
    backend = provider.get_backend("qpu.aria-1", seed_simulator=SEED)
    data = LocalReadoutError([0, 1]).run(backend, shots=2000, backend_run=True).block_for_results()
    assert data.status().name == "DONE", data.errors()
    matrix = data.analysis_results("Local Readout Mitigator", dataframe=False).value.assignment_matrix()
    assert matrix.shape == (4, 4)
    assert np.diag(matrix).min() > 0.9


# --- mitiq, over backend.run ---


def test_zero_noise_extrapolation(noisy):
    circuit = QuantumCircuit(2)
    for _ in range(10):
        circuit.cx(0, 1)
    circuit.measure_all()

    def survival(scaled: QuantumCircuit) -> float:
        counts = noisy.run(transpile(scaled, noisy, optimization_level=0), shots=20_000).get_counts()
        return counts.get("00", 0) / sum(counts.values())

    factory = zne.inference.LinearFactory(scale_factors=[1.0, 2.0, 3.0])
    mitigated = zne.execute_with_zne(circuit, survival, factory=factory)
    assert abs(1 - mitigated) < abs(1 - survival(circuit))


# --- qiskit-addon-cutting ---


def test_circuit_cutting(simulator):
    circuit = QuantumCircuit(4)
    circuit.ry(0.4, range(4))
    circuit.cx(0, 1)
    circuit.cx(2, 3)
    circuit.cz(1, 2)
    circuit.rx(0.3, range(4))
    observable = SparsePauliOp(["ZZII", "IZZI", "XIIX"], [1.0, 0.7, -0.4])
    cut = partition_problem(circuit, partition_labels="AABB", observables=PauliList(observable.paulis))
    experiments, coefficients = generate_cutting_experiments(
        circuits=cut.subcircuits, observables=cut.subobservables, num_samples=np.inf
    )
    sampler = IonQSampler(simulator, options={"default_shots": 20_000})
    results = {
        label: sampler.run(transpile(circuits, simulator)).result() for label, circuits in experiments.items()
    }
    terms = reconstruct_expectation_values(results, coefficients, cut.subobservables)
    found = np.dot(terms, observable.coeffs.real)
    exact = StatevectorEstimator().run([(circuit, observable)]).result()[0].data.evs
    assert found == pytest.approx(exact, abs=0.08)
