"""QuantumCircuit -> IonQ's abstract gates (QIS).

One pass over the circuit. A gate takes the first of these ways that fits, each exact up to global phase:

1. a gate that IonQ has goes as it is, with its controls (:data:`DIRECT`);
2. phase-like and Euler gates become rotations (:data:`REWRITTEN`), since IonQ documents no phase gate;
3. commuting Pauli evolutions go as ``pauliexp``;
4. controls on a gate that IonQ has, closed or open, go as controls;
5. anything else is what Qiskit defines or synthesises it to be, gate by gate, down to the ways above.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from qiskit import QuantumCircuit, transpile
from qiskit.circuit import (
    AnnotatedOperation,
    Barrier,
    ControlFlowOp,
    ControlledGate,
    ControlModifier,
    Delay,
    Gate,
    Measure,
    Reset,
)
from qiskit.circuit.library import PauliEvolutionGate, PhaseGate, U1Gate
from qiskit.exceptions import QiskitError

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.evolution import pauliexp
from qiskit_ionq_lite.circuits.finality import Finality
from qiskit_ionq_lite.circuits.rules import DIRECT, REWRITTEN, WIRE_OF, compact, phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qiskit.circuit import CircuitInstruction, Clbit, Operation, Qubit

_IGNORED = (Barrier, Delay)  # no effect on any outcome, and no counterpart at IonQ


def encode(circuit: QuantumCircuit) -> tuple[list[wire.Gate], dict[int, int]]:
    """Read ``circuit`` into QIS gates on the circuit's own qubits, and the qubit that each clbit reads.

    Raises:
        IonQCircuitError: for what the gate list cannot say: control flow, mid-circuit measurement or reset,
            an instruction without a definition, an angle that is not a finite real number.
    """
    reader = _Reader(circuit.name)
    reader.read(circuit.data, _indices(circuit.qubits), _indices(circuit.clbits))
    return reader.gates, reader.finality.source_of


def _indices(bits: Sequence[Any]) -> dict[Any, int]:
    return {bit: index for index, bit in enumerate(bits)}


class _Reader:
    """The state of one pass: gates so far, and what was done to each qubit."""

    def __init__(self, name: str) -> None:
        self.gates: list[wire.Gate] = []
        self.finality = Finality(name, self.gates)

    def read(
        self, data: Iterable[CircuitInstruction], index: Mapping[Qubit, int], clbits: Mapping[Clbit, int]
    ) -> None:
        """Append every instruction of ``data``; this loop is the hot path of a submission."""
        append, gate, direct, measured = self.gates.append, wire.Gate, DIRECT, self.finality.measured
        for instruction in data:
            rule = direct.get(instruction.name)
            if rule is None or measured or not instruction.is_standard_gate():
                self._read_other(instruction, index, clbits)
                continue
            name, targets, has_angle = rule
            angle = None
            if has_angle:
                angle = instruction.params[0]
                if angle.__class__ is not float or not isfinite(angle):
                    angle = self._number(angle)
            qubits = instruction.qubits
            if len(qubits) == 1:
                append(gate(name, index[qubits[0]], None, None, None, angle))
            elif targets == 1 and len(qubits) == 2:
                append(gate(name, index[qubits[1]], None, index[qubits[0]], None, angle))
            else:
                indices = [index[qubit] for qubit in qubits]
                append(compact(name, indices[:-targets], indices[-targets:], angle))

    def _read_other(
        self, instruction: CircuitInstruction, index: Mapping[Qubit, int], clbits: Mapping[Clbit, int]
    ) -> None:
        """Everything off the hot path: not a direct gate, or after the first measurement."""
        qubits = [index[qubit] for qubit in instruction.qubits]
        if instruction.is_standard_gate():
            self._read_standard(instruction, qubits)
            return
        operation = instruction.operation
        if isinstance(operation, Measure):
            self.finality.measure(qubits[0], clbits[instruction.clbits[0]])
        elif isinstance(operation, _IGNORED):
            return
        elif isinstance(operation, Reset):
            self.finality.check_reset(qubits[0])
        elif isinstance(operation, ControlFlowOp) or operation.name == "store":
            raise self.finality.control_flow(operation.name)
        else:
            self._read_operation(operation, qubits, [clbits[bit] for bit in instruction.clbits])

    def _read_standard(self, instruction: CircuitInstruction, qubits: list[int]) -> None:
        name = instruction.name
        if name == "id":
            return
        if name in REWRITTEN:
            gates = REWRITTEN[name]([self._number(p) for p in instruction.params], qubits)
            self._extend(name, gates, qubits)
        elif name in DIRECT:
            wire_name, targets, has_angle = DIRECT[name]
            angle = self._number(instruction.params[0]) if has_angle else None
            self._extend(name, [compact(wire_name, qubits[:-targets], qubits[-targets:], angle)], qubits)
        else:
            self._read_definition(instruction.operation, qubits, [])

    def _read_operation(self, operation: Operation, qubits: list[int], clbits: list[int]) -> None:
        if isinstance(operation, PauliEvolutionGate) and (gates := pauliexp(operation, qubits)) is not None:
            self._extend(operation.name, gates, qubits)
        elif not self._read_controlled(operation, qubits):
            self._read_definition(operation, qubits, clbits)

    def _read_controlled(self, operation: Operation, qubits: list[int]) -> bool:
        """Controls on a gate that IonQ has; an open control is an X before and after."""
        parts = _controlled_parts(operation)
        if parts is None:
            return False
        base, count, state = parts
        if count + base.num_qubits != operation.num_qubits:  # several targets, or ancillas: not that gate
            return False
        kind = getattr(base, "base_class", type(base))  # Qiskit's shared instances have a class of their own
        name = WIRE_OF.get(kind)
        is_phase = kind in (PhaseGate, U1Gate)
        if name is None and not is_phase:
            return False
        flips = [wire.Gate("x", q) for i, q in enumerate(qubits[:count]) if not state >> i & 1]
        if name is None:
            core = phase(self._number(base.params[0]), qubits)
        else:
            angle = self._number(base.params[0]) if base.params else None
            core = [compact(name, qubits[:count], qubits[count:], angle)]
        self._extend(operation.name, [*flips, *core, *flips], qubits)
        return True

    def _read_definition(self, operation: Operation, qubits: list[int], clbits: list[int]) -> None:
        """What Qiskit says that the operation is, read in its place; its global phase is ours to ignore."""
        definition = getattr(operation, "definition", None)
        if definition is None:
            definition = self._synthesised(operation)
        if isinstance(operation, Gate):
            self.finality.check_gate(operation.name, qubits)
        self.read(
            definition.data,
            dict(zip(definition.qubits, qubits, strict=True)),
            dict(zip(definition.clbits, clbits, strict=True)),
        )

    def _synthesised(self, operation: Operation) -> QuantumCircuit:
        """Without a definition (annotated operations, Cliffords, arithmetic), Qiskit's synthesis may know."""
        alone = QuantumCircuit(operation.num_qubits, operation.num_clbits)
        alone.append(operation, alone.qubits, alone.clbits)
        try:
            return transpile(alone, basis_gates=["rx", "ry", "rz", "cx"], optimization_level=0)
        except QiskitError as error:
            raise self.finality.refused(
                f"{operation.name!r}, which has no definition",
                "define it with gates, or transpile the circuit first",
            ) from error

    def _extend(self, name: str, gates: Iterable[wire.Gate], qubits: Sequence[int]) -> None:
        self.finality.check_gate(name, qubits)
        self.gates.extend(gates)

    def _number(self, value: Any) -> float:
        try:
            number = float(value)
        except TypeError as error:
            raise self.finality.refused(
                f"the angle {value!r}", "angles are finite real numbers, in radians"
            ) from error
        if not isfinite(number):
            raise self.finality.refused(f"the angle {number}", "angles are finite real numbers, in radians")
        return number


def _controlled_parts(operation: Operation) -> tuple[Operation, int, int] | None:
    """Base gate, number of controls and their states, of either form that Qiskit has for controlled gates."""
    if isinstance(operation, ControlledGate):
        return operation.base_gate, operation.num_ctrl_qubits, operation.ctrl_state
    if isinstance(operation, AnnotatedOperation) and len(operation.modifiers) == 1:
        (modifier,) = operation.modifiers
        if isinstance(modifier, ControlModifier):
            return operation.base_op, modifier.num_ctrl_qubits, modifier.ctrl_state
    return None
