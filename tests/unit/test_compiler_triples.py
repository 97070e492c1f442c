"""Blocks on three qubits: Pauli frames, the graph of frames, and what they save."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator
from qiskit.quantum_info import Pauli as QiskitPauli
from rotation_operator import operator_of
from scipy.linalg import expm

from qiskit_ionq_lite.compiler.paulis import Frame, Pauli
from qiskit_ionq_lite.compiler.planes import Search, graph, shortest
from qiskit_ionq_lite.compiler.reading import read
from qiskit_ionq_lite.compiler.target import native_target
from qiskit_ionq_lite.compiler.triples import resynthesised

WIDTH = 3


def matrix(pauli: Pauli) -> np.ndarray:
    """i^phase X^x Z^z, with qubit 0 rightmost."""
    x, z = ([bits >> qubit & 1 == 1 for qubit in range(WIDTH)] for bits in (pauli.x, pauli.z))
    nothing = np.zeros(WIDTH, dtype=bool)
    flips, phases = QiskitPauli((nothing, x)).to_matrix(), QiskitPauli((z, nothing)).to_matrix()
    return 1j**pauli.phase * flips @ phases


axes = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(
    lambda bits: Pauli(*bits, (bits[0] & bits[1]).bit_count() % 4)
)


@given(st.lists(st.tuples(axes, st.integers(0, 3)), max_size=5), axes)
@settings(max_examples=40, deadline=None)
def test_frames_are_conjugations(turns: list[tuple[Pauli, int]], operator: Pauli) -> None:
    frame, unitary = Frame(WIDTH), np.eye(8)
    for axis, quarters in turns:
        frame.turn(axis, quarters)
        unitary = expm(-1j * np.pi / 4 * quarters * matrix(axis)) @ unitary
    inverse = unitary.conj().T
    assert np.allclose(matrix(frame.source(operator)), inverse @ matrix(operator) @ unitary)
    assert np.allclose(matrix(frame.target(operator)), unitary @ matrix(operator) @ inverse)


def test_the_graph_of_frames() -> None:
    """|Sp(6,2)| / (6^3 · 3!) = 1,451,520 / 1,296 frames; no Clifford on three qubits takes more than 4."""
    assert len(graph().frames) == 1120
    assert max(graph().distance(0)) <= 4
    assert all(len(leads) == 27 for leads in graph().leads)


def test_a_walk_that_does_nothing_takes_nothing() -> None:
    assert shortest((), 0, 1) == ()
    assert shortest((), 1, 1) is None


def entanglers(circuit: QuantumCircuit) -> int:
    return sum(len(instruction.qubits) == 2 for instruction in circuit.data)


def native(circuit: QuantumCircuit, entangler: str = "zz", level: int = 2) -> QuantumCircuit:
    target = native_target(circuit.num_qubits, entangler)
    return transpile(circuit, target=target, translation_method="ionq", optimization_level=level)


@st.composite
def rotation_circuits(draw: st.DrawFn) -> QuantumCircuit:
    circuit = QuantumCircuit(draw(st.integers(3, 5)))
    angles = st.sampled_from([np.pi / 2, np.pi, np.pi / 4, 0.3, -1.1])
    for _ in range(draw(st.integers(0, 16))):
        first, second = draw(st.permutations(range(circuit.num_qubits)))[:2]
        name = draw(st.sampled_from(["rzz", "rzz", "rxx", "rz", "sx", "x"]))
        angle = [draw(angles)] if name.startswith("r") else []
        getattr(circuit, name)(*angle, *([first, second] if name in ("rzz", "rxx") else [first]))
    return circuit


@given(rotation_circuits())
@settings(max_examples=80, deadline=None)
def test_blocks_keep_their_unitary_and_never_grow(circuit: QuantumCircuit) -> None:
    before = read(circuit)
    written = resynthesised(before, Search(1000))
    assert operator_of(written).equiv(Operator(circuit), rtol=0, atol=1e-8)
    assert written.entanglers <= before.entanglers <= entanglers(circuit)


@pytest.mark.parametrize("entangler", ["ms", "zz"])
@pytest.mark.parametrize(("name", "most"), [("ccx", 5), ("ccz", 5), ("cswap", 7), ("rccx", 3)])
def test_gates_on_three_qubits(name: str, most: int, entangler: str) -> None:
    circuit = QuantumCircuit(3)
    getattr(circuit, name)(0, 1, 2)
    compiled = native(circuit, entangler)
    assert entanglers(compiled) <= most
    assert Operator.from_circuit(compiled).equiv(Operator(circuit), rtol=0, atol=1e-8)


def test_controls_are_shared() -> None:
    """Three doubly controlled phases with the same controls: fewer than three times five."""
    circuit = QuantumCircuit(3)
    for angle in (0.3, 0.5):
        circuit.mcp(angle, [0, 1], 2)
        circuit.cx(0, 2)
    assert entanglers(native(circuit)) <= 9


def test_symbols_stay_symbols() -> None:
    theta, phi = Parameter("theta"), Parameter("phi")
    circuit = QuantumCircuit(3)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.rz(theta, 2)
    circuit.cx(1, 2)
    circuit.rz(phi, 1)
    circuit.cx(0, 1)
    circuit.rz(theta, 0)
    written = native(circuit)
    assert {parameter.name for parameter in written.parameters} == {"theta", "phi"}
    values = {theta: 0.7, phi: -1.3}
    bound = Operator.from_circuit(written.assign_parameters(values))
    assert bound.equiv(Operator(circuit.assign_parameters(values)), rtol=0, atol=1e-8)
