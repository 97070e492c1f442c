"""Two-qubit unitaries as at most three partial entanglers, exactly.

Qiskit's own two-qubit synthesis takes a nearby, cheaper block wherever that has a fidelity of 1 - 1e-9, which
may be 3e-5 away in a matrix entry. The canonical (Weyl) decomposition needs no such step: every unitary
is two local gates, exp(i(aXX + bYY + cZZ)), and two local gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from qiskit import QuantumCircuit
from qiskit.converters import circuit_to_dag
from qiskit.synthesis import TwoQubitWeylDecomposition
from qiskit.transpiler import TransformationPass
from qiskit.transpiler.passes.utils import control_flow

from qiskit_ionq_lite.compiler.rotations import X, Y, Z
from qiskit_ionq_lite.compiler.turns import euler, of_matrix

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from qiskit.dagcircuit import DAGCircuit

    from qiskit_ionq_lite.compiler.rotations import Builder

Weyl: TypeAlias = TwoQubitWeylDecomposition

NEGLIGIBLE = 1e-10
"""Radians below which an entangling angle is left out."""


def weyl_of(matrix: NDArray[Any]) -> Weyl:
    """The exact canonical decomposition of a 4 x 4 unitary."""
    return TwoQubitWeylDecomposition(matrix, fidelity=None)


class RotationsForUnitaries(TransformationPass):
    """Replace every ``UnitaryGate`` on one or two qubits by rotations about Pauli operators.

    Qiskit's translator does not keep them: releases 2.2 to 2.4 panic when "unitary" is in its basis.
    """

    @control_flow.trivial_recurse  # type: ignore[untyped-decorator]  # Qiskit carries no type marker
    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Replace them in place, also inside control flow."""
        for node in dag.named_nodes("unitary"):
            if node.num_qubits <= 2:
                dag.substitute_node_with_dag(node, circuit_to_dag(as_rotations(node.op.to_matrix())))
        return dag


def as_rotations(matrix: NDArray[Any]) -> QuantumCircuit:
    """rz, rx, rxx, ryy and rzz that equal a unitary on one or two qubits, the first least significant."""
    if len(matrix) == 2:
        circuit = QuantumCircuit(1)
        _append_local(circuit, 0, matrix)
        return circuit
    weyl = weyl_of(matrix)
    circuit = QuantumCircuit(2, global_phase=weyl.global_phase)
    _append_local(circuit, 0, weyl.K2r)
    _append_local(circuit, 1, weyl.K2l)
    for rotate, angle in ((circuit.rxx, weyl.a), (circuit.ryy, weyl.b), (circuit.rzz, weyl.c)):
        if abs(angle) > NEGLIGIBLE:
            rotate(-2 * angle, 0, 1)
    _append_local(circuit, 0, weyl.K1r)
    _append_local(circuit, 1, weyl.K1l)
    return circuit


def _append_local(circuit: QuantumCircuit, qubit: int, matrix: NDArray[Any]) -> None:
    turn, phase = of_matrix(matrix)
    last, middle, first = euler(turn)
    circuit.global_phase += phase
    circuit.rz(first, qubit)
    circuit.rx(middle, qubit)
    circuit.rz(last, qubit)


def write_weyl(builder: Builder, wires: tuple[int, int], weyl: Weyl) -> None:
    """Append a decomposition."""
    builder.phase += weyl.global_phase
    for wire, local in zip(wires, (weyl.K2r, weyl.K2l), strict=True):
        _write_local(builder, wire, local)
    for letter, angle in ((X, weyl.a), (Y, weyl.b), (Z, weyl.c)):
        if abs(angle) > NEGLIGIBLE:
            builder.two(*wires, (letter, letter), -2 * angle)
    for wire, local in zip(wires, (weyl.K1r, weyl.K1l), strict=True):
        _write_local(builder, wire, local)


def _write_local(builder: Builder, wire: int, matrix: NDArray[Any]) -> None:
    turn, phase = of_matrix(matrix)
    builder.phase += phase
    builder.turn(wire, turn)
