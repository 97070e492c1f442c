"""Two-qubit blocks with the fewest entanglers, where a SWAP is a change of labels.

A block of any content is a unitary with three Weyl angles a >= b >= |c|, and costs one entangler for each
that is not zero. Every pair of ions can interact, so a block followed by a SWAP that is undone by relabelling
the two qubits from there on serves as well; its angles are π/4 - |c|, π/4 - b, π/4 - a. The cheaper of the
two is taken: fewer entanglers, and of those the smaller total angle. An iSWAP becomes one entangler instead
of two, a SWAP none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qiskit.circuit.library import UnitaryGate
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.transpiler import TransformationPass

from qiskit_ionq_lite.compiler.labels import record
from qiskit_ionq_lite.compiler.weyl import NEGLIGIBLE, Weyl, weyl_of

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.circuit import Qubit
    from qiskit.dagcircuit import DAGCircuit

_SWAP: NDArray[np.complex128] = np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]]


class BlockSynthesis(TransformationPass):
    """Replace every two-qubit ``UnitaryGate`` by rxx, ryy, rzz and one-qubit unitaries.

    Args:
        relabel: whether a block may be followed by a SWAP of labels; the permutation is recorded in the
            property set, as Qiskit's own passes do that elide SWAPs.
    """

    def __init__(self, relabel: bool) -> None:
        super().__init__()
        self.relabel = relabel

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Rewrite the circuit once, from its beginning to its end."""
        circuit = dag_to_circuit(dag, copy_operations=False)
        written = circuit.copy_empty_like()
        place = {qubit: qubit for qubit in circuit.qubits}
        for instruction in circuit.data:
            qubits = [place[qubit] for qubit in instruction.qubits]
            if instruction.name != "unitary" or len(qubits) != 2:
                written.append(instruction.replace(qubits=qubits), copy=False)
                continue
            swapped = _write(written, instruction.operation.to_matrix(), qubits, self.relabel)
            if swapped:
                first, second = instruction.qubits
                place[first], place[second] = qubits[1], qubits[0]
        record(self.property_set, dag, place)
        return circuit_to_dag(written, copy_operations=False)


def _write(circuit: QuantumCircuit, matrix: NDArray[Any], qubits: list[Qubit], relabel: bool) -> bool:
    """Append the cheaper of a block and its mirror; whether it was the mirror."""
    plain = weyl_of(matrix)
    swapped = relabel and _mirror_is_cheaper(plain)
    weyl = weyl_of(_SWAP @ matrix) if swapped else plain
    circuit.global_phase += weyl.global_phase
    for local, qubit in ((weyl.K2r, qubits[0]), (weyl.K2l, qubits[1])):
        circuit.append(UnitaryGate(local), [qubit], copy=False)
    for rotate, angle in ((circuit.rxx, weyl.a), (circuit.ryy, weyl.b), (circuit.rzz, weyl.c)):
        if abs(angle) > NEGLIGIBLE:
            rotate(-2 * angle, *qubits)
    for local, qubit in ((weyl.K1r, qubits[0]), (weyl.K1l, qubits[1])):
        circuit.append(UnitaryGate(local), [qubit], copy=False)
    return swapped


def _mirror_is_cheaper(weyl: Weyl) -> bool:
    angles = np.abs([weyl.a, weyl.b, weyl.c])
    mirrored = np.abs(np.pi / 4 - angles)
    return _cost(mirrored) < _cost(angles)


def _cost(angles: NDArray[np.float64]) -> tuple[int, float]:
    used = angles[angles > NEGLIGIBLE]
    return len(used), round(float(used.sum()), 9)
