"""Clifford stretches: the same operator with fewer entanglers."""

from __future__ import annotations

import pytest
from circuit_strategies import seeds
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import PermutationGate, n_local
from qiskit.quantum_info import Operator, random_clifford
from rotation_operator import operator_of

from qiskit_ionq_lite.compiler.reading import read
from qiskit_ionq_lite.compiler.stretches import resynthesised

PLENTY = 10**6


@st.composite
def mostly_clifford(draw: st.DrawFn) -> QuantumCircuit:
    """Entanglers about any axes, some of them partial, and few gates between them that are not Clifford."""
    width = draw(st.integers(4, 6))
    circuit = QuantumCircuit(width)
    for _ in range(draw(st.integers(0, 40))):
        first, second = draw(st.permutations(range(width)))[:2]
        name = draw(st.sampled_from(["rxx", "ryy", "rzz", "rzx", "sx", "x", "rz", "ry"]))
        angle = [draw(st.sampled_from([1, 1, 1, -1, 2, 0.3])) * 1.5707963267948966] if name[0] == "r" else []
        getattr(circuit, name)(*angle, *([first, second] if len(name) == 3 else [first]))
    return circuit


@given(mostly_clifford())
@settings(max_examples=60, deadline=None)
def test_the_operator_is_the_same_and_takes_no_more(circuit: QuantumCircuit) -> None:
    before = read(circuit)
    after = resynthesised(before, PLENTY)
    assert operator_of(after).equiv(Operator(circuit), rtol=0, atol=1e-9)
    assert after.entanglers <= before.entanglers


@given(seeds, st.integers(4, 7))
@settings(max_examples=20, deadline=None)
def test_random_cliffords(seed: int, width: int) -> None:
    clifford = random_clifford(width, seed=seed)
    before = read(in_rotations(clifford.to_circuit()))
    after = resynthesised(before, PLENTY)
    assert Operator(clifford).equiv(operator_of(after), rtol=0, atol=1e-9)
    assert after.entanglers <= before.entanglers


def in_rotations(circuit: QuantumCircuit) -> QuantumCircuit:
    return transpile(circuit, basis_gates=["rz", "sx", "x", "rzz"], optimization_level=0)


@pytest.mark.parametrize("width", [4, 7, 12, 30])
def test_a_layer_of_cx_between_all_qubits_takes_a_tree(width: int) -> None:
    layer = QuantumCircuit(width)
    for first in range(width):
        for second in range(first + 1, width):
            layer.cx(first, second)
    assert resynthesised(read(in_rotations(layer)), PLENTY).entanglers == width - 1


def test_rotations_between_layers_stay_where_they_are() -> None:
    ansatz = n_local(6, "ry", "cx", entanglement="full", reps=2)
    bound = ansatz.assign_parameters([0.1 * k for k in range(1, ansatz.num_parameters + 1)])
    after = resynthesised(read(in_rotations(bound)), PLENTY)
    assert after.entanglers == 2 * 5
    assert operator_of(after).equiv(Operator(bound), rtol=0, atol=1e-9)


def test_a_permutation_of_qubits_takes_nothing() -> None:
    circuit = QuantumCircuit(5)
    circuit.append(PermutationGate([1, 2, 3, 4, 0]), range(5))
    after = resynthesised(read(in_rotations(circuit)), PLENTY)
    assert after.entanglers == 0
    assert operator_of(after).equiv(Operator(circuit), rtol=0, atol=1e-9)


def test_the_budget_is_kept() -> None:
    circuit = in_rotations(n_local(6, "ry", "cx", entanglement="full", reps=1).assign_parameters([0.1] * 12))
    assert resynthesised(read(circuit), 0).entanglers == 15


@pytest.mark.parametrize("kind", ["rotations", "cx", "mixed"])
def test_a_long_mirrored_circuit_cancels_from_its_middle(kind: str) -> None:
    """Thousands of layers in one pass: each neighbour that goes away makes room for the next."""
    half = QuantumCircuit(3)
    for layer in range(2_000):
        if kind != "cx":
            half.rx(0.1 + layer % 3, layer % 3)
            half.rz(0.2, layer % 3)
        if kind != "rotations":
            half.cx(layer % 3, (layer + 1) % 3)
        half.rzz(0.3, (layer + 1) % 3, (layer + 2) % 3)
    mirrored = read(half.compose(half.inverse()))
    assert mirrored.steps == []
    assert operator_of(mirrored).equiv(Operator(QuantumCircuit(3)), rtol=0, atol=1e-9)
