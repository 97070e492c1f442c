"""The pass that does it: a circuit of {rz, sx, x, rzz} into native gates, optimised on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.transpiler import TransformationPass

from qiskit_ionq_lite.compiler.labels import record
from qiskit_ionq_lite.compiler.optimise import optimised
from qiskit_ionq_lite.compiler.pulses import write_native
from qiskit_ionq_lite.compiler.reading import read

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.dagcircuit import DAGCircuit


class NativeSynthesis(TransformationPass):
    """Replace the whole circuit by gpi, gpi2 and the entangler.

    Args:
        entangler: "ms" or "zz".
        optimization_level: 0 to 3, as in :func:`qiskit.transpile`.
        relabel: whether qubits may exchange labels; the permutation is recorded in the property set, as
            Qiskit's own passes do that elide SWAPs.
    """

    def __init__(self, entangler: str, optimization_level: int, *, relabel: bool) -> None:
        super().__init__()
        self.entangler = entangler
        self.optimization_level = optimization_level
        self.relabel = relabel

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Read, optimise, write."""
        native, place = self._native(dag, relabel=self.relabel)
        qubits = dag.qubits
        record(self.property_set, dag, {qubits[i]: qubits[wire] for i, wire in enumerate(place)})
        return native

    def _native(self, dag: DAGCircuit, *, relabel: bool) -> tuple[DAGCircuit, list[int]]:
        level = self.optimization_level
        circuit = read(dag_to_circuit(dag, copy_operations=False), merge=level > 0)
        circuit = optimised(circuit, level, self.entangler, relabel=relabel)
        return write_native(circuit, self.entangler, dag.copy_empty_like(), self._block), circuit.place

    def _block(self, block: QuantumCircuit) -> QuantumCircuit:
        """A block of control flow, whose qubits stay where they are."""
        return dag_to_circuit(self._native(circuit_to_dag(block), relabel=False)[0])
