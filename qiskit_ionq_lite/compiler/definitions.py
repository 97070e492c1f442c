"""Custom gates by what they are defined to be, whatever they are called.

Qiskit's translator goes by names alone: a subroutine that somebody called "h" would become a Hadamard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit.circuit import Gate, Instruction
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.converters import circuit_to_dag
from qiskit.transpiler import TransformationPass
from qiskit.transpiler.passes.utils import control_flow

from qiskit_ionq_lite.gates import NATIVE_GATES

if TYPE_CHECKING:
    from qiskit.dagcircuit import DAGCircuit, DAGOpNode

_NATIVE = tuple(NATIVE_GATES.values())
_RESERVED = {
    name for name, operation in get_standard_gate_name_mapping().items() if isinstance(operation, Gate)
} | set(NATIVE_GATES)


class InlineDefinitions(TransformationPass):
    """Replace gates that only their definition describes, and all that bear another gate's name, by it."""

    @control_flow.trivial_recurse  # type: ignore[untyped-decorator]  # Qiskit carries no type marker
    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Replace them in place, those inside definitions too."""
        waiting = [node for node in dag.op_nodes() if _is_custom(node)]
        while waiting:
            node = waiting.pop()
            if node.op.definition is not None:
                new = dag.substitute_node_with_dag(node, circuit_to_dag(node.op.definition))
                waiting.extend(node for node in new.values() if _is_custom(node))
        return dag


def _is_custom(node: DAGOpNode) -> bool:
    if node.is_standard_gate() or isinstance(node.op, _NATIVE):
        return False
    return type(node.op) in (Gate, Instruction) or node.name in _RESERVED
