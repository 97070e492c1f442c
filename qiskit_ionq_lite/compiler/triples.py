"""Blocks on three qubits, resynthesised as Pauli rotations with the fewest entanglers.

A block of {rz, sx, x, rzz or rxx} is a sequence of Pauli rotations. Whole quarter turns are Clifford and go
into a frame; the rest stays as rotations about Paulis seen from the block's beginning, where equal ones merge
across all that commutes with them. :mod:`planes` then finds the cheapest order of entanglers. A Toffoli gate
takes five, and a row of controlled gates shares the entanglers of its controls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qiskit.circuit import ParameterExpression
from qiskit.circuit.library import RXGate, RYGate, RZGate, RZZGate
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.transpiler import TransformationPass

from qiskit_ionq_lite.compiler.labels import record
from qiskit_ionq_lite.compiler.paulis import Frame, Pauli
from qiskit_ionq_lite.compiler.planes import WIDTH, Search, graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction, Gate, Qubit
    from qiskit.dagcircuit import DAGCircuit

    from qiskit_ionq_lite.compiler.planes import Step
    from qiskit_ionq_lite.gates import Angle

_QUARTER = math.pi / 2
_SETTLED = 1e-11  # radians: an angle this near to a quarter turn is one
_MOST_ROTATIONS = 24  # of one block; more are seldom improved, and take long
_AXES = {"rz": "Z", "sx": "X", "x": "X", "rzz": "ZZ", "rxx": "XX"}
_FIXED = {"sx": _QUARTER, "x": math.pi}


@dataclass
class Rotation:
    """exp(-i angle/2 · axis), with a positive axis seen from the beginning of the block."""

    axis: Pauli
    angle: Angle


@dataclass
class Block:
    """Neighbouring gates on at most three qubits."""

    qubits: list[Qubit] = field(default_factory=list)
    instructions: list[CircuitInstruction] = field(default_factory=list)


class TripleSynthesis(TransformationPass):
    """Rewrite every block on three qubits that takes fewer entanglers so; labels may be exchanged.

    Args:
        budget: different blocks that are looked at in one circuit; the rest stays as it is, so that the time
            for very large circuits is bounded, and the same on every run.
    """

    def __init__(self, budget: int) -> None:
        super().__init__()
        self.budget = budget

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Rewrite the circuit once, from its beginning to its end."""
        circuit = dag_to_circuit(dag, copy_operations=False)
        written = circuit.copy_empty_like()
        place = {qubit: qubit for qubit in circuit.qubits}
        search = Search(self.budget)
        for part in _parts(circuit):
            if isinstance(part, Block):
                _write_block(written, part, place, search)
            else:
                moved = [place[qubit] for qubit in part.qubits]
                written.append(part.replace(qubits=moved), copy=False)
        record(self.property_set, dag, place)
        return circuit_to_dag(written, copy_operations=False)


def _parts(circuit: QuantumCircuit) -> Iterator[Block | CircuitInstruction]:
    """Blocks in an order that keeps the circuit's, and between them whatever no block can hold.

    An open block is the last thing on all of its qubits, so two of them commute and may become one.
    """
    open_blocks: dict[Qubit, Block] = {}

    def close(block: Block) -> Block:
        for qubit in block.qubits:
            del open_blocks[qubit]
        return block

    for instruction in circuit.data:
        near = {id(open_blocks[q]): open_blocks[q] for q in instruction.qubits if q in open_blocks}
        if instruction.name not in _AXES:
            yield from map(close, near.values())
            yield instruction
            continue
        together = dict.fromkeys([*instruction.qubits, *(q for block in near.values() for q in block.qubits)])
        if len(together) > WIDTH:
            yield from map(close, near.values())
            near, together = {}, dict.fromkeys(instruction.qubits)
        merged = Block(
            list(together), [i for block in near.values() for i in block.instructions] + [instruction]
        )
        open_blocks.update(dict.fromkeys(merged.qubits, merged))
    yield from map(close, list({id(block): block for block in open_blocks.values()}.values()))


def _write_block(circuit: QuantumCircuit, block: Block, place: dict[Qubit, Qubit], search: Search) -> None:
    before = sum(len(instruction.qubits) == 2 for instruction in block.instructions)
    written = _rewritten(block, before, search) if len(block.qubits) == WIDTH and before > 2 else None
    if written is None:
        for instruction in block.instructions:
            circuit.append(instruction.replace(qubits=[place[q] for q in instruction.qubits]), copy=False)
        return
    gates, wires = written
    qubits = [place[qubit] for qubit in block.qubits]
    for gate, places in gates:
        circuit.append(gate, [qubits[i] for i in places], copy=False)
    for i, qubit in enumerate(block.qubits):
        place[qubit] = qubits[wires[i]]


def _rewritten(
    block: Block, before: int, search: Search
) -> tuple[list[tuple[Gate, list[int]]], list[int]] | None:
    """Gates on the block's wires, and the wire on which each qubit ends; ``None`` if that saves nothing."""
    rotations, last = _as_rotations(block)
    if len(rotations) > _MOST_ROTATIONS:
        return None
    target = graph().number[
        frozenset(
            frozenset((_bits(x), _bits(z), _bits(x) ^ _bits(z)))
            for x, z in zip(last.xs, last.zs, strict=True)
        )
    ]
    walk = search.walk(tuple(_bits(rotation.axis) for rotation in rotations), target, before)
    if walk is None:
        return None
    writer = _Writer(rotations)
    for step in walk:
        writer.take(step)
    return writer.finished(last)


def _as_rotations(block: Block) -> tuple[list[Rotation], Frame]:
    """The block's rotations seen from its beginning, and its Clifford frame."""
    index = {qubit: i for i, qubit in enumerate(block.qubits)}
    frame = Frame(WIDTH)
    rotations: list[Rotation] = []
    for instruction in block.instructions:
        axis = _axis(_AXES[instruction.name], [index[qubit] for qubit in instruction.qubits])
        angle = _FIXED.get(instruction.name)
        rest, quarters = _split(instruction.params[0] if angle is None else angle)
        if isinstance(rest, ParameterExpression) or rest:
            _add(rotations, frame.source(axis), rest)
        frame.turn(axis, quarters)
    return _without_quarters(rotations, frame)


def _axis(letters: str, qubits: Sequence[int]) -> Pauli:
    axis = Pauli(0, 0)
    for letter, qubit in zip(letters, qubits, strict=True):
        axis *= Pauli.of(letter, qubit)
    return axis


def _split(angle: Angle) -> tuple[Angle, int]:
    """What remains of an angle beside whole quarter turns; symbols are never whole."""
    if isinstance(angle, ParameterExpression):
        if angle.parameters:
            return angle, 0
        angle = float(angle.numeric())
    quarters = round(angle / _QUARTER)
    rest = angle - quarters * _QUARTER
    return (0.0 if abs(rest) < _SETTLED else rest), quarters % 4


def _add(rotations: list[Rotation], source: Pauli, angle: Angle) -> None:
    """Append a rotation, or merge it into an equal one that it can reach."""
    axis, angle = source.axis, angle * source.sign
    for earlier in reversed(rotations):
        if earlier.axis == axis:
            earlier.angle = earlier.angle + angle
            return
        if earlier.axis.anticommutes(axis):
            break
    rotations.append(Rotation(axis, angle))


def _without_quarters(rotations: list[Rotation], frame: Frame) -> tuple[list[Rotation], Frame]:
    """Merged rotations may have become whole quarter turns; these go into the frame.

    U = C R_n ... R_1; a Clifford V in the place of R_j gives C V (V†R_nV) ... (V†R_{j+1}V) R_{j-1} ... R_1,
    in which later quarter turns are seen through V, too.
    """
    kept: list[Rotation] = []
    turns: list[tuple[Pauli, int]] = []
    for rotation in rotations:
        axis = rotation.axis
        for turn, quarters in turns:
            axis = axis.before(turn, quarters)
        rest, whole = _split(rotation.angle * axis.sign)
        if isinstance(rest, ParameterExpression) or rest:
            kept.append(Rotation(axis.axis, rest))
        if whole:
            turns.append((axis.axis, whole))
    for turn, quarters in turns:
        frame.xs = [x.before(turn, quarters) for x in frame.xs]
        frame.zs = [z.before(turn, quarters) for z in frame.zs]
    return kept, frame


def _bits(operator: Pauli) -> int:
    return operator.x | operator.z << WIDTH


class _Writer:
    """Emits a walk's rotations in the frame that it has reached."""

    def __init__(self, rotations: list[Rotation]) -> None:
        self.rotations = rotations
        self.frame = Frame(WIDTH)
        self.gates: list[tuple[Gate, list[int]]] = []

    def take(self, step: Step) -> None:
        bits = step.pauli
        source = Pauli(bits & 7, bits >> WIDTH, (bits & 7 & bits >> WIDTH).bit_count() % 4)
        axis = self.frame.target(source)
        angle: Angle = 0.0 if step.rotation is None else self.rotations[step.rotation].angle * axis.sign
        self.emit(axis.axis, angle + _QUARTER if step.moves else angle)
        if step.moves:
            self.frame.turn(axis.axis, 1)

    def emit(self, axis: Pauli, angle: Angle) -> None:
        """A rotation about one or two of X, Y, Z."""
        letters = [(q, (axis.x >> q & 1) + 2 * (axis.z >> q & 1)) for q in range(WIDTH)]
        used = [(q, letter) for q, letter in letters if letter]
        if len(used) == 1:
            ((qubit, letter),) = used
            self.gates.append(((RXGate, RZGate, RYGate)[letter - 1](angle), [qubit]))
            return
        for qubit, letter in used:
            self._to_z(qubit, letter, 1)
        self.gates.append((RZZGate(angle), [qubit for qubit, _ in used]))
        for qubit, letter in used:
            self._to_z(qubit, letter, -1)

    def _to_z(self, qubit: int, letter: int, sense: int) -> None:
        """A quarter turn that takes the letter's axis to z, or back."""
        if letter == 1:
            self.gates.append((RYGate(-sense * _QUARTER), [qubit]))
        elif letter == 3:
            self.gates.append((RXGate(sense * _QUARTER), [qubit]))

    def finished(self, last: Frame) -> tuple[list[tuple[Gate, list[int]]], list[int]]:
        """Add the one-qubit Cliffords that lead to ``last``; the wire of each qubit."""
        wires = []
        for x, z in zip(last.xs, last.zs, strict=True):
            now_x, now_z = self.frame.target(x), self.frame.target(z)
            wire = (now_x.x | now_x.z).bit_length() - 1
            wires.append(wire)
            self.gates.extend((gate, [wire]) for gate in _local(now_x, now_z, wire))
        return self.gates, wires


def _local(x: Pauli, z: Pauli, wire: int) -> list[Gate]:
    """Gates whose X and Z come from ``x`` and ``z``, which stand on one wire."""
    for gates, quarters in _LOCALS:
        found_x, found_z = Pauli.of("X", wire), Pauli.of("Z", wire)
        for letter, turns in reversed(quarters):
            axis = Pauli.of(letter, wire)
            found_x, found_z = found_x.before(axis, turns), found_z.before(axis, turns)
        if (found_x, found_z) == (x, z):
            return [gate.copy() for gate in gates]
    raise ValueError("not a one-qubit Clifford")


def _locals() -> list[tuple[list[Gate], list[tuple[str, int]]]]:
    """All 24 one-qubit Cliffords as a rotation about z, one about x, one about z."""
    found = []
    for first in range(4):
        for middle in range(4):
            for last in range(4):
                quarters = [("Z", first), ("X", middle), ("Z", last)]
                gates = [
                    (RZGate if letter == "Z" else RXGate)(turns * _QUARTER)
                    for letter, turns in quarters
                    if turns
                ]
                found.append((gates, [(letter, turns) for letter, turns in quarters if turns]))
    return sorted(found, key=lambda entry: len(entry[0]))


_LOCALS = _locals()
