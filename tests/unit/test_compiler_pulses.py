"""How few pulses a wire needs, and that symbols do not pile up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator

from qiskit_ionq_lite.compiler.translate import to_native

PULSES = ("gpi", "gpi2")
both = pytest.mark.parametrize("entangler", ["ms", "zz"])


@st.composite
def layered(draw: st.DrawFn) -> QuantumCircuit:
    """Entanglers about any axes with any turns between them, none of which merge."""
    circuit = QuantumCircuit(3, 3)
    for _ in range(draw(st.integers(1, 8))):
        for qubit in range(3):
            circuit.u(*(draw(st.sampled_from([0.0, 0.4, math.pi / 2, 1.9])) for _ in range(3)), qubit)
        first, second = draw(st.permutations(range(3)))[:2]
        circuit.rzz(draw(st.sampled_from([0.3, math.pi / 2, -1.0])), first, second)
    return circuit


def pulses_on(circuit: QuantumCircuit, qubit: int) -> list[int]:
    """Pulses before the first entangler of a qubit, between the first and the second, and so on."""
    runs = [0]
    for step in circuit.data:
        if circuit.qubits[qubit] in step.qubits:
            if step.name in PULSES:
                runs[-1] += 1
            elif len(step.qubits) == 2:
                runs.append(0)
    return runs


@given(layered())
@settings(max_examples=60, deadline=None)
def test_ms_needs_one_pulse_for_an_entangler_and_two_for_the_measurement(circuit: QuantumCircuit) -> None:
    circuit.measure(range(3), range(3))
    (native,) = to_native([circuit], "ms", optimization_level=0)
    for qubit in range(3):
        runs = pulses_on(native, qubit)
        assert sum(runs) <= len(runs) - 1 + 2


@given(layered())
@settings(max_examples=60, deadline=None)
def test_zz_needs_two_pulses_for_any_run(circuit: QuantumCircuit) -> None:
    circuit.measure(range(3), range(3))
    (native,) = to_native([circuit], "zz", optimization_level=0)
    for qubit in range(3):
        assert max(pulses_on(native, qubit)) <= 2


@given(layered(), st.sampled_from(["ms", "zz"]))
@settings(max_examples=60, deadline=None)
def test_an_unmeasured_end_takes_three_pulses(circuit: QuantumCircuit, entangler: str) -> None:
    (native,) = to_native([circuit], entangler, optimization_level=0)
    for qubit in range(3):
        assert pulses_on(native, qubit)[-1] <= 3
    assert np.allclose(Operator(native).data, Operator(circuit).data, atol=1e-8)


@both
def test_entanglers_that_commute_need_no_pulses_between_them(entangler: str) -> None:
    circuit = QuantumCircuit(4, 4)
    for qubit in range(4):
        circuit.h(qubit)
    for qubit in range(4):
        circuit.rzz(0.4, qubit, (qubit + 1) % 4)
        circuit.rz(0.3, qubit)
    circuit.measure(range(4), range(4))
    (native,) = to_native([circuit], entangler)
    for qubit in range(4):
        before, between, _ = pulses_on(native, qubit)
        assert (before, between) == ((1, 0) if entangler == "zz" else (0, 0))


def test_ms_about_axes_of_one_plane_needs_no_pulses_between_them() -> None:
    """Hadamards between entanglers are free: one pole is at right angles to all their axes."""
    circuit = QuantumCircuit(3, 3)
    for other in (0, 2, 0, 2):
        circuit.rzx(0.4, other, 1)
        circuit.h(1)
    circuit.rzx(0.4, 0, 1)
    circuit.measure(range(3), range(3))
    (native,) = to_native([circuit], "ms", optimization_level=0)
    assert sum(pulses_on(native, 1)) == 2


@both
def test_symbols_of_many_layers_stay_few_in_each_phase(entangler: str) -> None:
    """A symbol shifts all phases after it, so without a limit 100 layers would give phases of 100 symbols."""
    layers = 100
    angles = ParameterVector("θ", 2 * layers)
    circuit = QuantumCircuit(2)
    for layer in range(layers):
        circuit.ry(angles[2 * layer], 0)
        circuit.rz(angles[2 * layer + 1], 1)
        circuit.cx(0, 1)
    (native,) = to_native([circuit], entangler)
    most = max(len(getattr(angle, "parameters", ())) for step in native.data for angle in step.params)
    assert most < 40
    values = np.linspace(-3, 3, 2 * layers)
    bound, expected = (one.assign_parameters({angles: values}) for one in (native, circuit))
    assert Operator(bound).equiv(Operator(expected), rtol=0, atol=1e-8)


@both
def test_measured_circuits_may_exchange_labels(entangler: str) -> None:
    circuit = QuantumCircuit(4, 4)
    circuit.x(0)
    circuit.swap(0, 1)
    circuit.swap(1, 3)
    still, moved = (
        to_native([circuit.compose(end)], entangler, optimization_level=2, relabel=True)[0]
        for end in (QuantumCircuit(4, 4), measurement())
    )
    assert still.num_nonlocal_gates() == 6
    assert moved.num_nonlocal_gates() == 0
    (read,) = (
        step.clbits for step in moved.data if step.name == "measure" and step.qubits[0] == flipped(moved)
    )
    assert circuit.find_bit(read[0]).index == 3


def measurement() -> QuantumCircuit:
    circuit = QuantumCircuit(4, 4)
    circuit.measure(range(4), range(4))
    return circuit


def flipped(circuit: QuantumCircuit) -> object:
    """The only qubit with a pulse."""
    (qubit,) = (step.qubits[0] for step in circuit.data if step.name == "gpi")
    return qubit
