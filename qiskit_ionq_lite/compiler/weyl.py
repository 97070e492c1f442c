"""Two-qubit unitaries as at most three partial entanglers, exactly.

Qiskit's own two-qubit synthesis takes a nearby, cheaper block wherever that has a fidelity of 1 - 1e-9, which
may be 3e-5 away in a matrix entry. The canonical (Weyl) decomposition needs no such step: every unitary
is two local gates, exp(i(aXX + bYY + cZZ)), and two local gates.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from qiskit import QuantumCircuit
from qiskit.converters import circuit_to_dag
from qiskit.synthesis import TwoQubitWeylDecomposition
from qiskit.transpiler import TransformationPass
from qiskit.transpiler.passes.utils import control_flow

from qiskit_ionq_lite.compiler.rotations import X, Y, Z
from qiskit_ionq_lite.compiler.turns import about, euler, inverse, of_matrix, times

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from qiskit.dagcircuit import DAGCircuit

    from qiskit_ionq_lite.compiler.rotations import Builder
    from qiskit_ionq_lite.compiler.turns import Quaternion

    Local: TypeAlias = tuple[Quaternion, float]
    """What one qubit does: a turn and a global phase (rad)."""

Weyl: TypeAlias = TwoQubitWeylDecomposition

_TO_Z = about((3**-0.5, 3**-0.5, 3**-0.5), -2 * math.pi / 3)
"""Takes X to Z, Y to X and Z to Y."""

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
        _append_local(circuit, 0, *of_matrix(matrix))
        return circuit
    weyl = weyl_of(matrix)
    circuit = QuantumCircuit(2, global_phase=weyl.global_phase)
    before, entanglers, after = _factors(weyl)
    for qubit, (turn, phase) in enumerate(before):
        _append_local(circuit, qubit, turn, phase)
    rotate = {X: circuit.rxx, Y: circuit.ryy, Z: circuit.rzz}
    for letter, angle in entanglers:
        rotate[letter](angle, 0, 1)
    for qubit, (turn, phase) in enumerate(after):
        _append_local(circuit, qubit, turn, phase)
    return circuit


def _append_local(circuit: QuantumCircuit, qubit: int, turn: Quaternion, phase: float) -> None:
    last, middle, first = euler(turn)
    circuit.global_phase += phase
    circuit.rz(first, qubit)
    circuit.rx(middle, qubit)
    circuit.rz(last, qubit)


def write_weyl(builder: Builder, wires: tuple[int, int], weyl: Weyl) -> None:
    """Append a decomposition."""
    builder.phase += weyl.global_phase
    before, entanglers, after = _factors(weyl)
    for wire, (turn, phase) in zip(wires, before, strict=True):
        builder.phase += phase
        builder.turn(wire, turn)
    for letter, angle in entanglers:
        builder.two(*wires, (letter, letter), angle)
    for wire, (turn, phase) in zip(wires, after, strict=True):
        builder.phase += phase
        builder.turn(wire, turn)


def _factors(weyl: Weyl) -> tuple[list[Local], list[tuple[int, float]], list[Local]]:
    """What each qubit does first, the entanglers (letter of both qubits, angle), and what each does last.

    The largest angle is given to ZZ. A block of one entangler leaves open how much each qubit turns about the
    entangler's axis before it, and how much after; as turns are written RZ RX RZ, both parts then meet.
    """
    before = [of_matrix(matrix) for matrix in (weyl.K2r, weyl.K2l)]
    after = [of_matrix(matrix) for matrix in (weyl.K1r, weyl.K1l)]
    angles = ((Z, weyl.a), (X, weyl.b), (Y, weyl.c))
    return (
        [(times(_TO_Z, turn), phase) for turn, phase in before],
        [(letter, -2 * angle) for letter, angle in angles if abs(angle) > NEGLIGIBLE],
        [(times(turn, inverse(_TO_Z)), phase) for turn, phase in after],
    )
