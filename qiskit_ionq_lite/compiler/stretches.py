"""Clifford stretches on any number of wires, resynthesised with fewer entanglers.

Full entanglers (quarter turns) that nothing separates but what commutes with them are one Clifford operator.
Of that, only the rows matter that say where each qubit's X and Z come from, up to one-qubit Cliffords and
labels, which are free. An entangler adds a row of one qubit to a row of another; the greedy choice is the one
after which the rows, and the columns, touch the fewest wires, counted in logarithms so that what is nearly
finished comes first. A layer of CX between all of n qubits becomes n - 1 entanglers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from qiskit.circuit import ParameterExpression

from qiskit_ionq_lite.compiler.paulis import Frame, Pauli, landed
from qiskit_ionq_lite.compiler.rotations import QUARTER, SETTLED, Builder, Fence, Rotation, X, Y, Z

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit_ionq_lite.compiler.rotations import PauliCircuit, Step

_NARROWEST = 4  # wires; smaller stretches are found as blocks
_ANY = -1  # stands for a letter with which nothing commutes
_COSTS = [0.0, *(math.log(n) + 0.02 * n for n in range(1, 1000))]


@dataclass(slots=True)
class Stage:
    """Full entanglers that can stand together, and what comes after them."""

    entanglers: list[Rotation] = field(default_factory=list)
    others: list[Step] = field(default_factory=list)


def resynthesised(circuit: PauliCircuit, budget: int) -> PauliCircuit:
    """The circuit with every stretch rewritten that takes fewer entanglers so.

    Args:
        circuit: any; its qubits may exchange labels.
        budget: entanglers that are tried, all in all; what comes later stays as it is.
    """
    stages = _stages(circuit)
    chooser = _Chooser(budget)
    builder = Builder(circuit.width)
    builder.phase = circuit.phase
    place = list(range(circuit.width))
    changed = False
    for stage in stages:
        for stretch in _connected(stage.entanglers):
            changed |= _write_stretch(builder, stretch, place, chooser)
        for step in stage.others:
            wires = tuple([place[wire] for wire in step.wires])
            if isinstance(step, Fence):
                builder.fence(wires, step.instruction)
            else:
                builder.rotation(wires, step.letters, step.angle)
    return builder.finish([place[wire] for wire in circuit.place]) if changed else circuit


def _is_full(step: Step) -> bool:
    return (
        isinstance(step, Rotation)
        and len(step.wires) == 2
        and not isinstance(step.angle, ParameterExpression)
        and abs(abs(step.angle) - QUARTER) <= SETTLED
    )


def _stages(circuit: PauliCircuit) -> list[Stage]:
    """Each full entangler in the earliest stage that it can reach past all that commutes with it."""
    stages = [Stage()]
    reached = [0] * circuit.width
    since: list[set[int]] = [set() for _ in range(circuit.width)]  # letters after the stage, on each wire
    for step in circuit.steps:
        letters = step.letters if isinstance(step, Rotation) else [_ANY] * len(step.wires)
        if _is_full(step):
            number = max(
                reached[wire] + (not since[wire] <= {letter})
                for wire, letter in zip(step.wires, letters, strict=True)
            )
            if number == len(stages):
                stages.append(Stage())
            stages[number].entanglers.append(step)  # type: ignore[arg-type]
        else:
            number = max([reached[wire] for wire in step.wires], default=len(stages) - 1)
            stages[number].others.append(step)
        for wire, letter in zip(step.wires, letters, strict=True):
            if number > reached[wire]:
                reached[wire] = number
                since[wire] = set()
            if not _is_full(step):
                since[wire].add(letter)
    return stages


def _connected(entanglers: Iterable[Rotation]) -> list[list[Rotation]]:
    """Stretches that share no wire."""
    stretch_of: dict[int, list[Rotation]] = {}
    wires_of: dict[int, set[int]] = {}
    for step in entanglers:
        first, second = (stretch_of.setdefault(wire, []) for wire in step.wires)
        for wire in step.wires:
            wires_of.setdefault(id(stretch_of[wire]), {wire})
        if first is not second:
            if len(first) < len(second):
                first, second = second, first
            first += second
            moved = wires_of.pop(id(second))
            wires_of[id(first)] |= moved
            stretch_of.update(dict.fromkeys(moved, first))
        first.append(step)
    return list({id(stretch): stretch for stretch in stretch_of.values()}.values())


def _write_stretch(builder: Builder, stretch: list[Rotation], place: list[int], chooser: _Chooser) -> bool:
    """Write one; whether with fewer entanglers."""
    index = {wire: i for i, wire in enumerate(sorted({wire for step in stretch for wire in step.wires}))}
    chosen = None
    if len(index) >= _NARROWEST and len(stretch) >= len(index):  # a tree is as cheap as can be
        pairs = [(index[step.wires[0]], index[step.wires[1]], *step.letters) for step in stretch]
        chosen = chooser.choose([_Pair(*pair) for pair in pairs], len(index))
    if chosen is None:
        for step in stretch:
            builder.rotation([place[wire] for wire in step.wires], step.letters, step.angle)
        return False
    wires = [place[wire] for wire in index]
    last, frame = Frame(len(index)), Frame(len(index))
    for step in stretch:
        axis = Pauli.product([index[wire] for wire in step.wires], step.letters)
        last.turn(axis, 1 if step.angle > 0 else 3)
    for pair in chosen:
        builder.two(wires[pair.one], wires[pair.other], (pair.letter, pair.other_letter), QUARTER)
        frame.turn(Pauli.product((pair.one, pair.other), (pair.letter, pair.other_letter)), 1)
    for wire, (end, word) in zip(index, landed(frame, last), strict=True):
        place[wire] = wires[end]
        for letter, quarters in word:
            builder.one(wires[end], letter, quarters * QUARTER)
    return True


class _Pair(NamedTuple):
    """A full entangler: two qubits and a letter for each."""

    one: int
    other: int
    letter: int
    other_letter: int


class _Chooser:
    """Chooses entanglers greedily, and counts what it tries."""

    def __init__(self, budget: int) -> None:
        self.budget = budget

    def choose(self, pairs: list[_Pair], width: int) -> list[_Pair] | None:
        """Entanglers for the same operator, up to one-qubit Cliffords and labels; fewer, or ``None``.

        The rows are those of the inverse, because what turns the inverse into nothing is the operator.
        """
        rows = _Rows(width)
        for pair in reversed(pairs):
            rows.take(pair)
        found: list[_Pair] = []
        while not rows.is_finished:
            if self.budget <= 0 or len(found) + 1 >= len(pairs):
                return None
            best, tried = rows.best()
            self.budget -= tried
            if best is None:
                return None
            rows.take(best)
            found.append(best)
        return found


class _Rows:
    """Where each qubit's X, Z and Y come from: bits for X below bits for Z, no signs."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.mask = (1 << width) - 1
        self.rows = [{X: 1 << q, Z: 1 << width + q, Y: (1 << width | 1) << q} for q in range(width)]
        self.touched = [1 << q for q in range(width)]
        self.columns = [1] * width

    @property
    def is_finished(self) -> bool:
        """Whether each qubit comes from one."""
        return all(touched & touched - 1 == 0 for touched in self.touched)

    def take(self, pair: _Pair) -> None:
        """Do an entangler last: what does not commute with it becomes its product with it."""
        one, other = self.rows[pair.one], self.rows[pair.other]
        added = (
            (pair.one, pair.letter, other[pair.other_letter]),
            (pair.other, pair.other_letter, one[pair.letter]),
        )
        for qubit, kept, row in added:
            rows = self.rows[qubit]
            for letter in (X, Z, Y):
                if letter != kept:
                    rows[letter] ^= rows[kept] ^ row
            touched = self._wires(rows[X] | rows[Z])
            changed = touched ^ self.touched[qubit]
            self.touched[qubit] = touched
            while changed:
                low = changed & -changed
                changed ^= low
                self.columns[low.bit_length() - 1] += 1 if touched & low else -1

    def best(self) -> tuple[_Pair | None, int]:
        """The entangler after which least is left, and how many were tried."""
        best, least, tried = None, math.inf, 0
        touched = self.touched
        for i in range(self.width):
            for j in range(i + 1, self.width):
                if not touched[i] & touched[j]:
                    continue
                tried += 9
                before = _COSTS[touched[i].bit_count()] + _COSTS[touched[j].bit_count()]
                for letter, row in self.rows[i].items():
                    rest = self.rows[i][Z if letter == X else X]
                    for other_letter, other_row in self.rows[j].items():
                        other_rest = self.rows[j][Z if other_letter == X else X]
                        one = self._wires(row | (rest ^ other_row))
                        other = self._wires(other_row | (other_rest ^ row))
                        cost = _COSTS[one.bit_count()] + _COSTS[other.bit_count()] - before
                        cost += self._column_cost(one, one ^ touched[i], other, other ^ touched[j])
                        if cost < least:
                            best, least = _Pair(i, j, letter, other_letter), cost
        return best, tried

    def _column_cost(self, one: int, one_changed: int, other: int, other_changed: int) -> float:
        cost = 0.0
        changed = one_changed | other_changed
        while changed:
            low = changed & -changed
            changed ^= low
            now = self.columns[low.bit_length() - 1]
            new = now
            if one_changed & low:
                new += 1 if one & low else -1
            if other_changed & low:
                new += 1 if other & low else -1
            cost += _COSTS[new] - _COSTS[now]
        return cost

    def _wires(self, bits: int) -> int:
        return (bits | bits >> self.width) & self.mask
