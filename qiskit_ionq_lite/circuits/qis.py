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

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.evolution import pauliexp
from qiskit_ionq_lite.circuits.finality import Finality
from qiskit_ionq_lite.errors import IonQCircuitError
from qiskit_ionq_lite.gates import QIS_GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from qiskit.circuit import CircuitInstruction, Clbit, Operation, Qubit

    Rewrite = Callable[[Sequence[float], Sequence[int]], Iterable[wire.Gate]]

_CONTROLLED = {
    "cx": "x",
    "ccx": "x",
    "mcx": "x",
    "cy": "y",
    "cz": "z",
    "ccz": "z",
    "ch": "h",
    "cs": "s",
    "csdg": "si",
    "csx": "v",
    "c3sx": "v",
    "crx": "rx",
    "cry": "ry",
    "crz": "rz",
    "cswap": "swap",
}
_PLAIN = {"sdg": "si", "tdg": "ti", "sx": "v", "sxdg": "vi", "rxx": "xx", "ryy": "yy", "rzz": "zz"}
_SAME = ("x", "y", "z", "h", "s", "t", "rx", "ry", "rz", "swap")

DIRECT: dict[str, tuple[str, int, bool]] = {
    name: (row, QIS_GATES[row].targets, QIS_GATES[row].rotation)
    for name, row in (_CONTROLLED | _PLAIN | {name: name for name in _SAME}).items()
}
"""Name of a Qiskit standard gate -> IonQ's name, number of targets (the rest are controls), has an angle."""

_WIRE_OF: dict[type[Gate], str] = {row.gate: row.wire for row in QIS_GATES.values() if row.controllable}
_IGNORED = (Barrier, Delay)  # no effect on any outcome, and no counterpart at IonQ


def _rz(angle: float, qubit: int) -> wire.Gate:
    return wire.Gate("rz", qubit, rotation=angle)


def _euler(theta: float, phi: float, lam: float, qubit: int) -> list[wire.Gate]:
    """U(θ,φ,λ) = RZ(φ) RY(θ) RZ(λ), up to global phase; the rightmost acts first."""
    return [_rz(lam, qubit), wire.Gate("ry", qubit, rotation=theta), _rz(phi, qubit)]


def _phase(angle: float, qubits: Sequence[int]) -> list[wire.Gate]:
    """diag(1, ..., 1, e^{i·angle}) on any number of qubits.

    On one qubit it is RZ. On two, RZ(a/2) RZ(a/2) ZZ(-a/2): one entangler. On more, a controlled RZ(a) on the
    last qubit leaves e^{-ia/2} where all controls are 1, which is a phase gate of a/2 on the controls.
    """
    *controls, target = qubits
    if not controls:
        return [_rz(angle, target)]
    if len(controls) == 1:
        pair = [controls[0], target]
        return [*(_rz(angle / 2, q) for q in pair), wire.Gate("zz", targets=pair, rotation=-angle / 2)]
    return [_gate("rz", controls, [target], angle), *_phase(angle / 2, controls)]


def _about_axis(theta: float, phi: float, qubit: int) -> list[wire.Gate]:
    """R(θ,φ): a rotation by θ about the axis at angle φ from x."""
    return [_rz(-phi, qubit), wire.Gate("rx", qubit, rotation=theta), _rz(phi, qubit)]


_HALF_PI = 1.5707963267948966

REWRITTEN: dict[str, Rewrite] = {
    "p": lambda p, q: _phase(p[0], q),
    "u1": lambda p, q: _phase(p[0], q),
    "cp": lambda p, q: _phase(p[0], q),
    "cu1": lambda p, q: _phase(p[0], q),
    "u": lambda p, q: _euler(p[0], p[1], p[2], q[0]),
    "u3": lambda p, q: _euler(p[0], p[1], p[2], q[0]),
    "u2": lambda p, q: _euler(_HALF_PI, p[0], p[1], q[0]),
    "r": lambda p, q: _about_axis(p[0], p[1], q[0]),
    "global_phase": lambda _p, _q: (),
}
"""Name of a Qiskit standard gate -> the same, up to global phase, in gates that IonQ documents."""


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


def _gate(
    name: str, controls: Sequence[int], targets: Sequence[int], angle: float | None = None
) -> wire.Gate:
    """A wire gate in its most compact form: singular fields where they fit."""
    return wire.Gate(
        name,
        target=targets[0] if len(targets) == 1 else None,
        targets=None if len(targets) == 1 else list(targets),
        control=controls[0] if len(controls) == 1 else None,
        controls=list(controls) if len(controls) > 1 else None,
        rotation=angle,
    )


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
                append(_gate(name, indices[:-targets], indices[-targets:], angle))

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
            self._extend(name, [_gate(wire_name, qubits[:-targets], qubits[-targets:], angle)], qubits)
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
        kind = getattr(base, "base_class", type(base))  # Qiskit's shared instances have a class of their own
        name = _WIRE_OF.get(kind)
        is_phase = kind in (PhaseGate, U1Gate)
        if name is None and not is_phase:
            return False
        flips = [wire.Gate("x", q) for i, q in enumerate(qubits[:count]) if not state >> i & 1]
        if name is None:
            core = _phase(self._number(base.params[0]), qubits)
        else:
            angle = self._number(base.params[0]) if base.params else None
            core = [_gate(name, qubits[:count], qubits[count:], angle)]
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
        """Operations that are no instructions (annotated ones, Cliffords) are for Qiskit's synthesis."""
        if isinstance(operation, Gate) or not hasattr(operation, "num_qubits"):
            raise self._undefined(operation)
        alone = QuantumCircuit(operation.num_qubits, operation.num_clbits)
        alone.append(operation, alone.qubits, alone.clbits)
        synthesised = transpile(alone, basis_gates=["rx", "ry", "rz", "cx"], optimization_level=0)
        if any(instruction.name == operation.name for instruction in synthesised.data):
            raise self._undefined(operation)
        return synthesised

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

    def _undefined(self, operation: Operation) -> IonQCircuitError:
        return self.finality.refused(
            f"{operation.name!r}, which has no definition",
            "define it with gates, or transpile the circuit first",
        )


def _controlled_parts(operation: Operation) -> tuple[Operation, int, int] | None:
    """Base gate, number of controls and their states, of either form that Qiskit has for controlled gates."""
    if isinstance(operation, ControlledGate):
        return operation.base_gate, operation.num_ctrl_qubits, operation.ctrl_state
    if isinstance(operation, AnnotatedOperation) and len(operation.modifiers) == 1:
        (modifier,) = operation.modifiers
        if isinstance(modifier, ControlModifier):
            return operation.base_op, modifier.num_ctrl_qubits, modifier.ctrl_state
    return None
