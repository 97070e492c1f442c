"""Wide circuits: exact where they have few terms, in single precision where they fit, else an early no."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.emulator import engine, sparse
from qiskit_ionq_lite.emulator.devices import NOISE_MODELS
from qiskit_ionq_lite.emulator.preflight import preflight
from qiskit_ionq_lite.emulator.refusals import PreflightError

IDEAL = NOISE_MODELS["ideal"]


def ghz(width):
    gates = [wire.Gate("h", 0), *(wire.Gate("cnot", qubit + 1, control=qubit) for qubit in range(width - 1))]
    return preflight(wire.Circuit(gates, width, "qis"), IDEAL)


def test_a_29_qubit_ghz_state_is_exact_at_once():
    start = time.perf_counter()
    (outcomes,) = engine.run_ideal([ghz(29)])
    assert outcomes.values.tolist() == [0, 2**29 - 1]
    assert np.allclose(outcomes.probabilities, 0.5, atol=1e-12)
    assert time.perf_counter() - start < 5


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**20), kept=st.integers(1, 4))
def test_the_terms_are_those_of_the_whole_state(seed, kept):
    circuit = random_circuit(4, 4, max_operands=3, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse, "FROM_QUBITS", 1)
        outcomes = sparse.run_sparse(circuit, kept)
    found = np.zeros(2**kept)
    found[outcomes.values] = outcomes.probabilities
    assert np.allclose(found, Statevector(circuit).probabilities(list(range(kept))), atol=1e-9)


def test_many_terms_are_left_to_the_whole_state():
    gates = [wire.Gate("h", qubit) for qubit in range(21)]
    program = preflight(wire.Circuit([*gates, wire.Gate("cnot", 1, control=0)], 21, "qis"), IDEAL)
    assert sparse.run_sparse(program.circuit, 21) is None


def test_single_precision_where_double_does_not_fit(monkeypatch):
    need = 2**12 * 24
    for free, precision in ((2**12 * 32 * 3, "double"), (2 * need, "single")):
        monkeypatch.setattr(engine, "free_memory", lambda free=free: free)
        assert engine._ideal_method(ghz(12).circuit) == ("statevector", precision)
        (outcomes,) = engine.run_ideal([ghz(12)])
        assert np.allclose(outcomes.probabilities, 0.5, atol=1e-6)


def test_what_memory_cannot_hold_fails_at_once_and_says_the_limit(monkeypatch):
    monkeypatch.setattr(engine, "free_memory", lambda: 2**20)
    with pytest.raises(PreflightError, match=r"20 active qubits do not fit .* 15 qubits do") as caught:
        engine.run_ideal([ghz(20)])
    assert caught.value.code == "SimulationError"


def test_more_outcomes_than_results_hold_fail_before_anything_runs():
    program = preflight(wire.Circuit([wire.Gate("h", qubit) for qubit in range(29)], 29, "qis"), IDEAL)
    start = time.perf_counter()
    with pytest.raises(
        PreflightError, match="at least 536,870,912 outcomes; results hold 4,194,304"
    ) as caught:
        engine.run_ideal([program])
    assert caught.value.code == "SimulationError"
    assert time.perf_counter() - start < 1
