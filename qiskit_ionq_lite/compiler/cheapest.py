"""Several ways for the same circuit, of which the cheapest is taken: no way may make a circuit worse."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from qiskit.transpiler import PropertySet, TransformationPass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.dagcircuit import DAGCircuit
    from qiskit.transpiler.basepasses import BasePass


class Cheapest(TransformationPass):
    """Run each list of passes on the circuit, and keep the result with the fewest entanglers.

    Args:
        ways: lists of passes; of equal results the first is kept.
    """

    def __init__(self, *ways: Sequence[BasePass]) -> None:
        super().__init__()
        self.ways = ways

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """The cheapest of the results, with its properties."""
        results = [_run(way, dag, PropertySet(self.property_set)) for way in self.ways]
        best, properties = min(results, key=lambda result: entanglers(result[0]))
        self.property_set.update(properties)
        return best


def _run(way: Sequence[BasePass], dag: DAGCircuit, properties: PropertySet) -> tuple[DAGCircuit, PropertySet]:
    dag = deepcopy(dag)
    for step in way:
        step.property_set = properties
        dag = step.run(dag) or dag  # an analysis returns nothing
    return dag, properties


def entanglers(dag: DAGCircuit) -> int:
    """Two-qubit gates of a circuit; those inside control flow do not count."""
    return len(dag.two_qubit_ops())
