"""Exchanged labels, recorded as Qiskit's own passes record the SWAPs that they elide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit.transpiler import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit.circuit import Qubit
    from qiskit.dagcircuit import DAGCircuit
    from qiskit.passmanager import PropertySet


def record(properties: PropertySet, dag: DAGCircuit, place: Mapping[Qubit, Qubit]) -> None:
    """Note that what started on a qubit ends on ``place[qubit]``."""
    if all(before == after for before, after in place.items()):
        return
    index = {qubit: i for i, qubit in enumerate(dag.qubits)}
    if properties["original_qubit_indices"] is None:
        properties["original_qubit_indices"] = index
    layout = Layout({after: index[before] for before, after in place.items()})
    current = properties["virtual_permutation_layout"]
    properties["virtual_permutation_layout"] = layout.compose(current, dag.qubits) if current else layout
