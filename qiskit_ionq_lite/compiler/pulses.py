"""Rotations into {gpi, gpi2, ms or zz}, with as few pulses as the wires' poles need.

Each wire carries two quaternions of its segment (see :mod:`poles`): what the circuit has done to it, and what
pulses have. What they differ by is paid where somebody looks: up to the pole before a measurement, fully
where the operation itself matters (the circuit's end, control flow, an unknown instruction), never before
a reset.

Rotations about the pole by angles with unbound parameters are kept apart, as a shift of all later phases.
Phases and emitted angles are **turns**. Global phase is exact, but for what a measurement drops.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from qiskit.circuit import ControlFlowOp, ParameterExpression

from qiskit_ionq_lite.compiler.poles import TOLERANCE, End, Stop, plan
from qiskit_ionq_lite.compiler.rotations import AXES, Rotation, settled
from qiskit_ionq_lite.compiler.turns import ONE, Quaternion, Vector, about, euler, inverse, times, turned
from qiskit_ionq_lite.gates import GPI2Gate, GPIGate, MSGate, ZZGate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qiskit import QuantumCircuit
    from qiskit.circuit import Gate
    from qiskit.dagcircuit import DAGCircuit

    from qiskit_ionq_lite.compiler.rotations import Fence, PauliCircuit
    from qiskit_ionq_lite.gates import Angle

    Block = Callable[[QuantumCircuit], QuantumCircuit]

TURN = 2 * math.pi
_PER_RADIAN = (
    1 / TURN
)  # turns; Qiskit multiplies long symbolic sums at once, and takes seconds to divide them
DIGITS = 12
"""Decimals of an emitted phase or angle: 3e-12 rad, and short numbers on the wire."""

_MOST_SYMBOLS = 24
"""Symbolic rotations that a shift holds: each of them is in all phases that follow, and would be forever."""

_ENDS = {"measure": End.MEASURED, "reset": End.ANYTHING, "barrier": End.THROUGH, "delay": End.THROUGH}


def wrapped(phase: Angle) -> Angle:
    """The same phase in [0, 1); one with unbound parameters stays as it is.

    >>> wrapped(-0.25), wrapped(3.5), wrapped(-1e-17)
    (0.75, 0.5, 0.0)
    """
    number = settled(phase)
    return number if isinstance(number, ParameterExpression) else round(number, DIGITS) % 1.0


def write_native(circuit: PauliCircuit, entangler: str, empty: DAGCircuit, block: Block) -> DAGCircuit:
    """Add the circuit to ``empty``, in native gates.

    Args:
        circuit: rotations; wires are numbered as the qubits of ``empty``.
        entangler: "ms" or "zz".
        empty: with the registers and everything else that is no instruction.
        block: what makes the blocks of control flow native.
    """
    _Native(circuit, entangler, empty, block).write()
    return empty


def pulses_of(circuit: PauliCircuit, entangler: str) -> int:
    """How many GPI and GPI2 pulses :func:`write_native` would write, but for the blocks of control flow."""
    counter = _Counter(circuit, entangler)
    counter.write()
    return counter.pulses


class _Event(NamedTuple):
    """A stop or an end of one wire: the axis, or what was done to the wire; and where the pole must be."""

    axis: Vector
    logical: Quaternion
    pole: Vector | None


def _events(circuit: PauliCircuit, entangler: str) -> list[Iterator[_Event]]:
    """What each wire meets, planned."""
    wires = [_Course() for _ in range(circuit.width)]
    at_pole = entangler == "zz"
    for step in circuit.steps:
        if not isinstance(step, Rotation):
            end = _ENDS.get(step.instruction.name, End.EXACT)
            for wire in step.wires:
                wires[wire].end(end)
        elif len(step.wires) == 2:
            for wire, letter in zip(step.wires, step.letters, strict=True):
                wires[wire].stop(letter, at_pole)
        elif isinstance(step.angle, ParameterExpression):
            wires[step.wires[0]].stop(step.letters[0], at_pole=True)
        else:
            wires[step.wires[0]].turn(step.letters[0], step.angle)
    for course in wires:
        course.end(End.EXACT)
    return [iter(course.events) for course in wires]


class _Course:
    """One wire's stops and ends, while they are collected."""

    def __init__(self) -> None:
        self.events: list[_Event] = []
        self._stops: list[Stop] = []
        self._logical = ONE

    def turn(self, letter: int, angle: float) -> None:
        self._logical = times(about(AXES[letter], angle), self._logical)

    def stop(self, letter: int, at_pole: bool) -> None:
        self._stops.append(Stop(turned(AXES[letter], inverse(self._logical)), at_pole))

    def end(self, end: End) -> None:
        poles = plan(self._stops, end, self._logical)
        self.events += [_Event(stop.axis, ONE, pole) for stop, pole in zip(self._stops, poles, strict=False)]
        last = poles[-1] if len(poles) > len(self._stops) else None
        self.events.append(_Event(AXES[2], self._logical, last))
        self._stops = []
        self._logical = ONE


class _Writer(ABC):
    """Says every native gate in order."""

    def __init__(self, circuit: PauliCircuit, entangler: str) -> None:
        self.steps = circuit.steps
        self.phase = circuit.phase
        self.events = _events(circuit, entangler)
        self.entangle = self._zz if entangler == "zz" else self._ms
        self.done = [ONE] * circuit.width
        self.shift: list[Angle] = [0.0] * circuit.width
        self.symbols = [0] * circuit.width

    def write(self) -> None:
        """All of it."""
        for step in self.steps:
            if isinstance(step, Rotation):
                self._rotation(step)
            else:
                for wire in step.wires:
                    self._end(wire, _ENDS.get(step.instruction.name, End.EXACT))
                self._keep(step)
        for wire in range(len(self.done)):
            self._end(wire, End.EXACT)

    @abstractmethod
    def _emit(self, gate: type[Gate], angles: tuple[Angle, ...], *wires: int) -> None:
        """A native gate; its angles are in turns, and any whole turn of a phase may be left out."""

    @abstractmethod
    def _keep(self, step: Fence) -> None:
        """Something that is no gate."""

    def _rotation(self, step: Rotation) -> None:
        if len(step.wires) == 2:
            self.entangle(step.wires[0], step.wires[1], step.angle)
        elif isinstance(step.angle, ParameterExpression):
            (wire,) = step.wires
            turns = step.angle * _PER_RADIAN
            upright = self._reach(wire)[2] > 0
            if self.symbols[wire] == _MOST_SYMBOLS:
                self._pay_rz(wire, self.shift[wire])
                self.shift[wire], self.symbols[wire] = 0.0, 0
            self.symbols[wire] += 1
            self.shift[wire] = self.shift[wire] + turns if upright else self.shift[wire] - turns

    def _reach(self, wire: int) -> Vector:
        """The pulses that a stop needs, and its axis after them."""
        event = next(self.events[wire])
        if event.pole is not None:
            self._bring(wire, event.pole)
        return turned(event.axis, self.done[wire])

    def _zz(self, first: int, second: int, angle: Angle) -> None:
        """A flip of one pole turns the sign."""
        same = (self._reach(first)[2] > 0) == (self._reach(second)[2] > 0)
        turns = settled(angle) * _PER_RADIAN
        self._emit(ZZGate, (turns if same else -turns,), first, second)

    def _ms(self, first: int, second: int, angle: Angle) -> None:
        """A sign goes into a phase."""
        turns = settled(angle) * _PER_RADIAN
        backwards = not isinstance(turns, ParameterExpression) and turns < 0
        phases = [_direction(self._reach(wire)) - self.shift[wire] for wire in (first, second)]
        if backwards:
            phases[0] = phases[0] + 0.5
        self._emit(MSGate, (*phases, -turns if backwards else turns), first, second)

    def _bring(self, wire: int, axis: Vector) -> None:
        """Pulses that bring an axis to the pole, if it is not on its line."""
        x, y, z = turned(axis, self.done[wire])
        if math.hypot(x, y) < TOLERANCE:
            return
        if abs(z) >= TOLERANCE:
            self._quarter(wire, math.atan2(x, -y))  # after which the axis is on the equator
            x, y, z = turned(axis, self.done[wire])
        self._quarter(wire, math.atan2(y, x))

    def _quarter(self, wire: int, direction: float) -> None:
        """The pulse that lifts a direction on the equator (rad) to the pole."""
        around = direction - math.pi / 2
        self._emit(GPI2Gate, (around / TURN - self.shift[wire],), wire)
        axis = (math.cos(around), math.sin(around), 0.0)
        self.done[wire] = times(about(axis, math.pi / 2), self.done[wire])

    def _end(self, wire: int, end: End) -> None:
        event = next(self.events[wire])
        if event.pole is not None:
            self._bring(wire, event.pole)
        if end is End.EXACT:
            self._pay(wire, event.logical)
        elif end is not End.ANYTHING:
            self._set_upright(wire, event.logical)
        if end is not End.THROUGH:
            self.shift[wire], self.symbols[wire] = 0.0, 0
        self.done[wire] = ONE

    def _set_upright(self, wire: int, logical: Quaternion) -> None:
        """One GPI if the pole is upside down; what is left is a rotation about it."""
        left = times(self.done[wire], inverse(logical))
        if math.hypot(left[0], left[3]) < 0.5:
            self._emit(GPIGate, (-self.shift[wire],), wire)
            self.phase -= math.pi / 2
            left = times((0.0, 1.0, 0.0, 0.0), left)
        self.shift[wire] = self.shift[wire] - 2 * math.atan2(left[3], left[0]) / TURN

    def _pay(self, wire: int, logical: Quaternion) -> None:
        """Everything that the wire is owed, with three pulses at most: RZ(a) RX(b) RZ(c)."""
        a, b, c = euler(times(logical, inverse(self.done[wire])))
        c = c + TURN * settled(self.shift[wire])
        if abs(b) < TOLERANCE:
            self._pay_rz(wire, (a + c) * _PER_RADIAN)
        elif abs(b - math.pi) < TOLERANCE:
            self._emit(GPIGate, ((a - c) * (0.5 * _PER_RADIAN),), wire)
            self.phase -= math.pi / 2
        elif abs(b - math.pi / 2) < TOLERANCE:
            self._pay_quarter(wire, a, c)
        else:
            first, last = -(c + math.pi / 2), a - math.pi / 2
            self._emit(GPI2Gate, (first * _PER_RADIAN,), wire)
            self._emit(GPIGate, ((first + last - b) * (0.5 * _PER_RADIAN),), wire)
            self._emit(GPI2Gate, (last * _PER_RADIAN,), wire)
            self.phase += math.pi / 2

    def _pay_rz(self, wire: int, turns: Angle) -> None:
        """RZ(2πt) = GPI(t/2) GPI(0); a whole turn is -1."""
        if wrapped(turns) == 0:
            self.phase += round(settled(turns)) * math.pi
            return
        self._emit(GPIGate, (0.0,), wire)
        self._emit(GPIGate, (turns * 0.5,), wire)

    def _pay_quarter(self, wire: int, a: float, c: Angle) -> None:
        """RZ(a) RX(π/2) RZ(c)."""
        if wrapped((a + c) * _PER_RADIAN) == 0:
            self._emit(GPI2Gate, (a / TURN,), wire)
            self.phase += round(settled((a + c) * _PER_RADIAN)) * math.pi
            return
        first = -(c + math.pi)
        self._emit(GPI2Gate, (first * _PER_RADIAN,), wire)
        self._emit(GPIGate, ((a - math.pi + first) * (0.5 * _PER_RADIAN),), wire)
        self.phase += math.pi / 2


class _Native(_Writer):
    """Into a DAG."""

    def __init__(self, circuit: PauliCircuit, entangler: str, dag: DAGCircuit, block: Block) -> None:
        super().__init__(circuit, entangler)
        self.dag = dag
        self.block = block
        self.qubits = dag.qubits

    def write(self) -> None:
        """All of it, and the global phase."""
        super().write()
        self.dag.global_phase = self.phase

    def _emit(self, gate: type[Gate], angles: tuple[Angle, ...], *wires: int) -> None:
        phases = angles if len(wires) == 1 else angles[:-1]
        written = [*map(wrapped, phases), *map(_short, angles[len(phases) :])]
        qubits = [self.qubits[wire] for wire in wires]
        self.dag.apply_operation_back(gate(*written), qubits, (), check=False)

    def _keep(self, step: Fence) -> None:
        operation = step.instruction.operation
        if isinstance(operation, ControlFlowOp):
            operation = operation.replace_blocks([self.block(block) for block in operation.blocks])
        qubits = [self.qubits[wire] for wire in step.wires]
        self.dag.apply_operation_back(operation, qubits, step.instruction.clbits, check=False)


class _Counter(_Writer):
    """Only counts."""

    def __init__(self, circuit: PauliCircuit, entangler: str) -> None:
        super().__init__(circuit, entangler)
        self.pulses = 0

    def _emit(self, gate: type[Gate], angles: tuple[Angle, ...], *wires: int) -> None:  # noqa: ARG002
        self.pulses += len(wires) == 1

    def _keep(self, step: Fence) -> None:
        pass


def _direction(axis: Vector) -> float:
    """Where on the equator, in turns."""
    return math.atan2(axis[1], axis[0]) / TURN


def _short(turns: Angle) -> Angle:
    return turns if isinstance(turns, ParameterExpression) else round(turns, DIGITS)
