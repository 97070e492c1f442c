"""Native circuits for Aer with a backend's own noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qiskit.circuit import ControlFlowOp, Gate
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator

from qiskit_ionq_lite.gates import NATIVE_GATES

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction


def labelled_unitaries(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with each native gate as its matrix, labelled with its name.

    Aer runs no gates but its own, and finds the noise of others by the label of a matrix. So this is how a
    native circuit runs with the noise of its gates::

        backend = provider.get_backend("qpu.forte-1", gateset="native")
        simulator = AerSimulator.from_backend(backend)
        simulator.run(labelled_unitaries(transpile(circuit, backend)))

    Without noise, ``transpile(circuit, AerSimulator())`` is enough.

    Args:
        circuit: with all its parameters bound; control flow is fine.
    """
    rewritten = circuit.copy_empty_like()
    for instruction in circuit.data:
        rewritten._append(_labelled(instruction))
    return rewritten


def _labelled(instruction: CircuitInstruction) -> CircuitInstruction:
    operation: Any = instruction.operation
    if isinstance(operation, Gate) and operation.name in NATIVE_GATES:  # of any class, for QPY loads ``Gate``
        matrix = UnitaryGate(Operator(operation), label=operation.name, check_input=False)
        return instruction.replace(operation=matrix)
    if isinstance(operation, ControlFlowOp):
        blocks = [labelled_unitaries(block) for block in operation.blocks]
        return instruction.replace(operation=operation.replace_blocks(blocks))
    return instruction
