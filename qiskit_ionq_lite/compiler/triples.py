"""Blocks on three qubits, resynthesised as Pauli rotations with the fewest entanglers.

Whole quarter turns are Clifford and go into a frame; the rest stays as rotations about Paulis seen from the
block's beginning, where equal ones merge across all that commutes with them. :mod:`planes` then finds the
cheapest order of entanglers. A Toffoli gate takes five, and a row of controlled gates shares the entanglers
of its controls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qiskit.circuit import ParameterExpression

from qiskit_ionq_lite.compiler.blocks import Block, blocks
from qiskit_ionq_lite.compiler.paulis import Frame, Pauli, landed
from qiskit_ionq_lite.compiler.planes import WIDTH, Search, graph
from qiskit_ionq_lite.compiler.rotations import QUARTER, SETTLED, Builder, Fence, Rotation

if TYPE_CHECKING:
    from qiskit_ionq_lite.compiler.planes import Step
    from qiskit_ionq_lite.compiler.rotations import PauliCircuit
    from qiskit_ionq_lite.gates import Angle

_MOST_STEPS = 40  # of one block
_MOST_ROTATIONS = 24  # of one block; more are seldom improved, and take long


@dataclass(slots=True)
class Turned:
    """exp(-i angle/2 · axis), with a positive axis seen from the beginning of the block."""

    axis: Pauli
    angle: Angle


def resynthesised(circuit: PauliCircuit, search: Search) -> PauliCircuit:
    """The circuit with every block on three wires rewritten that takes fewer entanglers so.

    Args:
        circuit: any; its qubits may exchange labels.
        search: finds the walks.
    """
    builder = Builder(circuit.width)
    builder.phase = circuit.phase
    place = list(range(circuit.width))
    for part in blocks(circuit.steps, WIDTH, _is_any, _MOST_STEPS):
        if isinstance(part, Block):
            _write_block(builder, part, place, search)
        elif isinstance(part, Fence):
            builder.fence(tuple([place[wire] for wire in part.wires]), part.instruction)
    return builder.finish([place[wire] for wire in circuit.place])


def _is_any(_: Rotation) -> bool:
    return True


def _write_block(builder: Builder, block: Block, place: list[int], search: Search) -> None:
    if not (len(block.wires) == WIDTH and block.entanglers > 2 and _rewrite(builder, block, place, search)):
        for step in block.steps:
            builder.rotation([place[wire] for wire in step.wires], step.letters, step.angle)


def _rewrite(builder: Builder, block: Block, place: list[int], search: Search) -> bool:
    """Write the block with fewer entanglers, if that is found."""
    rotations, last = _as_rotations(block)
    if len(rotations) > _MOST_ROTATIONS:
        return False
    target = graph().number[
        frozenset(
            frozenset((_bits(x), _bits(z), _bits(x) ^ _bits(z)))
            for x, z in zip(last.xs, last.zs, strict=True)
        )
    ]
    walk = search.walk(tuple([_bits(rotation.axis) for rotation in rotations]), target, block.entanglers)
    if walk is None:
        return False
    wires = [place[wire] for wire in block.wires]
    writer = _Writer(builder, wires, rotations)
    for step in walk:
        writer.take(step)
    for wire, end in zip(block.wires, writer.finished(last), strict=True):
        place[wire] = wires[end]
    return True


def _as_rotations(block: Block) -> tuple[list[Turned], Frame]:
    """The block's rotations seen from its beginning, and its Clifford frame."""
    index = {wire: i for i, wire in enumerate(block.wires)}
    frame = Frame(WIDTH)
    rotations: list[Turned] = []
    for wires, letters, angle in block.steps:
        axis = Pauli.product([index[wire] for wire in wires], letters)
        rest, quarters = _split(angle)
        if isinstance(rest, ParameterExpression) or rest:
            _add(rotations, frame.source(axis), rest)
        frame.turn(axis, quarters)
    return _without_quarters(rotations, frame)


def _split(angle: Angle) -> tuple[Angle, int]:
    """What remains of an angle beside whole quarter turns; symbols are never whole."""
    if isinstance(angle, ParameterExpression):
        if angle.parameters:
            return angle, 0
        angle = float(angle.numeric())
    quarters = round(angle / QUARTER)
    rest = angle - quarters * QUARTER
    return (0.0 if abs(rest) < SETTLED else rest), quarters % 4


def _add(rotations: list[Turned], source: Pauli, angle: Angle) -> None:
    """Append a rotation, or merge it into an equal one that it can reach."""
    axis, angle = source.axis, angle * source.sign
    for earlier in reversed(rotations):
        if earlier.axis == axis:
            earlier.angle = earlier.angle + angle
            return
        if earlier.axis.anticommutes(axis):
            break
    rotations.append(Turned(axis, angle))


def _without_quarters(rotations: list[Turned], frame: Frame) -> tuple[list[Turned], Frame]:
    """Merged rotations may have become whole quarter turns; these go into the frame.

    U = C R_n ... R_1; a Clifford V in the place of R_j gives C V (V†R_nV) ... (V†R_{j+1}V) R_{j-1} ... R_1,
    in which later quarter turns are seen through V, too.
    """
    kept: list[Turned] = []
    turns: list[tuple[Pauli, int]] = []
    for rotation in rotations:
        axis = rotation.axis
        for turn, quarters in turns:
            axis = axis.before(turn, quarters)
        rest, whole = _split(rotation.angle * axis.sign)
        if isinstance(rest, ParameterExpression) or rest:
            kept.append(Turned(axis.axis, rest))
        if whole:
            turns.append((axis.axis, whole))
    for turn, quarters in turns:
        frame.xs = [x.before(turn, quarters) for x in frame.xs]
        frame.zs = [z.before(turn, quarters) for z in frame.zs]
    return kept, frame


def _bits(operator: Pauli) -> int:
    return operator.x | operator.z << WIDTH


class _Writer:
    """Writes a walk's rotations in the frame that it has reached."""

    def __init__(self, builder: Builder, wires: list[int], rotations: list[Turned]) -> None:
        self.builder = builder
        self.wires = wires
        self.rotations = rotations
        self.frame = Frame(WIDTH)

    def take(self, step: Step) -> None:
        bits = step.pauli
        source = Pauli(bits & 7, bits >> WIDTH, (bits & 7 & bits >> WIDTH).bit_count() % 4)
        axis = self.frame.target(source)
        angle: Angle = 0.0 if step.rotation is None else self.rotations[step.rotation].angle * axis.sign
        letters = [(axis.x >> q & 1) + 2 * (axis.z >> q & 1) for q in range(WIDTH)]
        self.builder.rotation(
            [wire for wire, letter in zip(self.wires, letters, strict=True) if letter],
            [letter for letter in letters if letter],
            angle + QUARTER if step.moves else angle,
        )
        if step.moves:
            self.frame.turn(axis.axis, 1)

    def finished(self, last: Frame) -> list[int]:
        """Add the one-qubit Cliffords that lead to ``last``; the place of each qubit."""
        ends = []
        for end, word in landed(self.frame, last):
            ends.append(end)
            for letter, quarters in word:
                self.builder.one(self.wires[end], letter, quarters * QUARTER)
        return ends
