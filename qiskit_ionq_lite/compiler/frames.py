"""The frame-tracking pass: {rz, sx, x, rxx or rzz} into {gpi, gpi2, ms or zz}, one gate after the other.

A trapped ion has no Z pulse, and needs none: a Z rotation is a change of the frame in which later pulses are
given. A half turn about an axis in the xy plane only mirrors that frame. So each qubit carries a
:class:`Frame`, an operation it still owes, and pulses are spent on quarter turns and entanglers alone. The
debt is paid where somebody looks: at most one GPI before a measurement, at most two where the operation
itself matters (the circuit's end, control flow, an unknown instruction), none before a reset.

All phases, angles and frames are in **turns**. Global phase is exact, but for the frames that a measurement
drops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qiskit.circuit import ControlFlowOp, ParameterExpression
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.transpiler import TransformationPass

from qiskit_ionq_lite.gates import GPI2Gate, GPIGate, MSGate, ZZGate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction, Gate, Qubit
    from qiskit.dagcircuit import DAGCircuit

    from qiskit_ionq_lite.gates import Angle

TURN = 2 * math.pi
DIGITS = 12
"""Decimals of an emitted phase or angle: 3e-12 rad, and short numbers on the wire."""


@dataclass(slots=True)
class Frame:
    """What one qubit still owes after its emitted pulses: RZ(2π·turns) X^flip, X first.

    >>> frame = Frame()
    >>> frame.half_turn(0.0)  # X
    >>> frame.turns += 0.25  # S
    >>> frame.flip, frame.seen(0.0)
    (True, 0.25)
    """

    turns: Angle = 0.0
    flip: bool = False

    def seen(self, phase: float) -> Angle:
        """The phase at which a pulse must be emitted to act as one at ``phase`` after this frame."""
        return wrapped(self.turns - phase if self.flip else phase - self.turns)

    def half_turn(self, phase: float) -> None:
        """Owe GPI(phase) = RZ(4π·phase) X too."""
        self.turns = 2 * phase - self.turns
        self.flip = not self.flip

    def clear(self) -> None:
        """Owe nothing any more."""
        self.turns, self.flip = 0.0, False


def wrapped(phase: Angle) -> Angle:
    """The same phase in [0, 1); one with unbound parameters stays as it is.

    >>> wrapped(-0.25), wrapped(3.5), wrapped(-1e-17)
    (0.75, 0.5, 0.0)
    """
    number = settled(phase)
    return number if isinstance(number, ParameterExpression) else round(number, DIGITS) % 1.0


def settled(angle: Angle) -> Angle:
    """A number wherever no parameter is left."""
    if not isinstance(angle, ParameterExpression):
        return angle
    return angle if angle.parameters else float(angle.numeric())


def track_frames(circuit: QuantumCircuit) -> QuantumCircuit:
    """A circuit of rz, sx, x, rxx and rzz (and anything that is no gate) in native gates.

    rxx becomes ms with an angle in 0..0.25, rzz becomes zz with an angle in -0.25..0.25, in turns; angles
    with unbound parameters are left as they are.
    """
    return _Tracker(circuit).run()


class FrameTracking(TransformationPass):
    """:func:`track_frames` for a pass manager."""

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Replace the whole circuit."""
        return circuit_to_dag(track_frames(dag_to_circuit(dag, copy_operations=False)), copy_operations=False)


class _Tracker:
    """The state of one pass: the native circuit so far and every qubit's frame."""

    def __init__(self, circuit: QuantumCircuit) -> None:
        self.circuit = circuit
        self.native = circuit.copy_empty_like()
        self.frames: dict[Qubit, Frame] = {qubit: Frame() for qubit in circuit.qubits}

    def run(self) -> QuantumCircuit:
        for instruction in self.circuit.data:
            _RULES.get(instruction.name, _Tracker._unknown)(self, instruction)
        for qubit in self.circuit.qubits:
            self._pay(qubit)
        return self.native

    def _rz(self, instruction: CircuitInstruction) -> None:
        self.frames[instruction.qubits[0]].turns += settled(instruction.params[0]) / TURN

    def _sx(self, instruction: CircuitInstruction) -> None:
        (qubit,) = instruction.qubits
        self.native.global_phase += math.pi / 4
        self._emit(GPI2Gate(self.frames[qubit].seen(0.0)), [qubit])

    def _x(self, instruction: CircuitInstruction) -> None:
        self.frames[instruction.qubits[0]].half_turn(0.0)

    def _rzz(self, instruction: CircuitInstruction) -> None:
        """exp(-iπk/2 Z⊗Z) = i^k RZ(kπ)⊗RZ(kπ) goes into the frames; a single flip turns the sign."""
        angle, halves = _within_a_quarter(settled(instruction.params[0]) / TURN)
        pair = [self.frames[qubit] for qubit in instruction.qubits]
        if angle != 0:
            self._emit(ZZGate(-angle if pair[0].flip != pair[1].flip else angle), instruction.qubits)
        self.native.global_phase += halves * math.pi / 2
        for frame in pair:
            frame.turns += halves / 2

    def _rxx(self, instruction: CircuitInstruction) -> None:
        """exp(-iπk/2 X⊗X) = (-i)^k X^k⊗X^k goes into the frames, and a sign into a phase."""
        angle, halves = _within_a_quarter(settled(instruction.params[0]) / TURN)
        pair = [self.frames[qubit] for qubit in instruction.qubits]
        if angle != 0:
            backwards = not isinstance(angle, ParameterExpression) and angle < 0
            phases = pair[0].seen(0.5 if backwards else 0.0), pair[1].seen(0.0)
            self._emit(MSGate(*phases, -angle if backwards else angle), instruction.qubits)
        self.native.global_phase -= halves * math.pi / 2
        if halves % 2:
            for frame in pair:
                frame.half_turn(0.0)

    def _measure(self, instruction: CircuitInstruction) -> None:
        """A measurement along z cannot see a Z rotation, but it sees a flip."""
        (qubit,) = instruction.qubits
        if self.frames[qubit].flip:
            self._emit(GPIGate(0.0), [qubit])
        self._discard(instruction)

    def _discard(self, instruction: CircuitInstruction) -> None:
        for qubit in instruction.qubits:
            self.frames[qubit].clear()
        self.native.append(instruction)

    def _timed(self, instruction: CircuitInstruction) -> None:
        """Half turns stay on their side of a barrier or a delay (echo sequences); Z rotations pass."""
        for qubit in instruction.qubits:
            if self.frames[qubit].flip:
                self._pay(qubit)
        self.native.append(instruction)

    def _unknown(self, instruction: CircuitInstruction) -> None:
        for qubit in instruction.qubits:
            self._pay(qubit)
        operation = instruction.operation
        if isinstance(operation, ControlFlowOp):
            instruction = instruction.replace(
                operation=operation.replace_blocks([track_frames(block) for block in operation.blocks])
            )
        self.native.append(instruction)

    def _pay(self, qubit: Qubit) -> None:
        """Emit the frame itself: RZ(2πf) X = GPI(f/2), RZ(2πf) = GPI(f/2) GPI(0)."""
        frame = self.frames[qubit]
        if frame.flip:
            self._emit(GPIGate(wrapped(frame.turns / 2)), [qubit])
        elif wrapped(frame.turns) != 0:
            self._emit(GPIGate(0.0), [qubit])
            self._emit(GPIGate(wrapped(frame.turns / 2)), [qubit])
        else:
            self.native.global_phase += round(settled(frame.turns)) * math.pi  # a whole turn is -1
        frame.clear()

    def _emit(self, gate: Gate, qubits: Sequence[Qubit]) -> None:
        self.native.append(gate, qubits, copy=False)


def _within_a_quarter(angle: Angle) -> tuple[Angle, int]:
    """An entangler's angle in -0.25..0.25 turns, and the number (0 to 3) of half turns taken out."""
    if isinstance(angle, ParameterExpression):
        return angle, 0
    halves = round(2 * angle)
    return round(angle - halves / 2, DIGITS), halves % 4


_RULES: dict[str, Callable[[_Tracker, Any], None]] = {
    "rz": _Tracker._rz,
    "sx": _Tracker._sx,
    "x": _Tracker._x,
    "rzz": _Tracker._rzz,
    "rxx": _Tracker._rxx,
    "measure": _Tracker._measure,
    "reset": _Tracker._discard,
    "barrier": _Tracker._timed,
    "delay": _Tracker._timed,
}
"""Name of an instruction -> what it does to the frames; anything else needs them paid first."""
