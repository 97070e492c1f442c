"""Two-qubit unitaries as at most three partial entanglers, exactly.

Qiskit's own two-qubit synthesis takes a nearby, cheaper block wherever that has a fidelity of 1 - 1e-9, which
may be 3e-5 away in a matrix entry. The canonical (Weyl) decomposition needs no such step: every unitary
is two local gates, exp(i(aXX + bYY + cZZ)), and two local gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from qiskit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit.converters import circuit_to_dag
from qiskit.synthesis import TwoQubitWeylDecomposition
from qiskit.transpiler import TransformationPass
from qiskit.transpiler.passes.utils import control_flow

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from qiskit.dagcircuit import DAGCircuit

Weyl: TypeAlias = TwoQubitWeylDecomposition

NEGLIGIBLE = 1e-10
"""Radians below which an entangling angle is left out."""


def weyl_of(matrix: NDArray[Any]) -> Weyl:
    """The exact canonical decomposition of a 4 x 4 unitary."""
    return TwoQubitWeylDecomposition(matrix, fidelity=None)


def weyl_circuit(matrix: NDArray[Any]) -> QuantumCircuit:
    """One-qubit unitaries, rxx, ryy and rzz that equal ``matrix`` (4 x 4, first qubit least significant)."""
    weyl = weyl_of(matrix)
    circuit = QuantumCircuit(2, global_phase=weyl.global_phase)
    circuit.append(UnitaryGate(weyl.K2r), [0])
    circuit.append(UnitaryGate(weyl.K2l), [1])
    for rotate, angle in ((circuit.rxx, weyl.a), (circuit.ryy, weyl.b), (circuit.rzz, weyl.c)):
        if abs(angle) > NEGLIGIBLE:
            rotate(-2 * angle, 0, 1)
    circuit.append(UnitaryGate(weyl.K1r), [0])
    circuit.append(UnitaryGate(weyl.K1l), [1])
    return circuit


class WeylSynthesis(TransformationPass):
    """Replace every two-qubit ``UnitaryGate`` by :func:`weyl_circuit`."""

    @control_flow.trivial_recurse  # type: ignore[untyped-decorator]  # Qiskit carries no type marker
    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Replace them in place, also inside control flow."""
        for node in dag.named_nodes("unitary"):
            if node.num_qubits == 2:
                dag.substitute_node_with_dag(node, circuit_to_dag(weyl_circuit(node.op.to_matrix())))
        return dag
