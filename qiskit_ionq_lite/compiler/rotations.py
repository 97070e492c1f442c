"""A circuit as Pauli rotations on one or two wires: what the optimiser reads and writes.

One-qubit Cliffords do not stand between them. Each wire carries a *frame*, the Clifford still to come, and a
rotation is written about the axis that it has on this side of the frame; the frame itself is written
where something stands that is no rotation, and at the end. A CX is one quarter turn about Z⊗X, two neighbours
about the same axes are one, and neighbours may have other rotations between them that commute.

Letters are bits, x below z: 1 is X, 2 is Z, 3 is Y. Two of them on one wire commute if they are equal. Angles
are radians, exp(-i angle/2 P).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from qiskit.circuit import ParameterExpression

from qiskit_ionq_lite.compiler.turns import ONE, Quaternion, Vector, about, euler, inverse, times, turned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qiskit.circuit import CircuitInstruction

    from qiskit_ionq_lite.gates import Angle

X, Z, Y = 1, 2, 3
AXES: dict[int, Vector] = {X: (1.0, 0.0, 0.0), Y: (0.0, 1.0, 0.0), Z: (0.0, 0.0, 1.0)}
QUARTER = math.pi / 2
SETTLED = 1e-11
"""Radians: an angle this near to whole quarter turns is one."""

_LOOKBACK = 60  # rotations that one may pass to reach another about the same axes
_EIGHT = 8  # quarter turns after which a spin is itself again


class Rotation(NamedTuple):
    """exp(-i angle/2 P), for one Pauli letter on each of one or two wires, in ascending order."""

    wires: tuple[int, ...]
    letters: tuple[int, ...]
    angle: Angle


class Fence(NamedTuple):
    """Anything that is no rotation: measurements, barriers, control flow."""

    wires: tuple[int, ...]
    instruction: CircuitInstruction


Step: TypeAlias = Rotation | Fence


class PauliCircuit(NamedTuple):
    """A circuit of rotations.

    Attributes:
        width: number of wires.
        steps: what is done, in order.
        phase: global phase, in radians.
        place: the wire on which each qubit ends.
    """

    width: int
    steps: list[Step]
    phase: Angle
    place: list[int]

    @property
    def entanglers(self) -> int:
        """Rotations on two wires."""
        return sum(isinstance(step, Rotation) and len(step.wires) == 2 for step in self.steps)

    @property
    def entangling_angle(self) -> float:
        """Sum of what these turn, at most a quarter each, in radians; a symbol counts as nothing."""
        return sum(
            abs(float(step.angle))
            for step in self.steps
            if isinstance(step, Rotation)
            and len(step.wires) == 2
            and not isinstance(step.angle, ParameterExpression)
        )


def settled(angle: Angle) -> Angle:
    """A number wherever nothing is open; Qiskit's expressions list their parameters even where they cancel.

    >>> from qiskit.circuit import Parameter
    >>> theta = Parameter("θ")
    >>> settled(theta - theta + 2), settled(3)
    (2.0, 3.0)
    """
    try:
        return float(angle)
    except TypeError:
        return angle


# --- one-qubit Cliffords, with their sign: 48 ---


def _key(turn: Quaternion) -> tuple[int, ...]:
    return tuple(round(part * 1000) for part in turn)


def _elements() -> list[Quaternion]:
    quarters = [about(axis, QUARTER) for axis in AXES.values()]
    found, keys = [ONE], {_key(ONE)}
    for element in found:  # grows while it is read
        for quarter in quarters:
            new = times(quarter, element)
            if _key(new) not in keys:
                keys.add(_key(new))
                found.append(new)
    return found


def _signed(vector: Vector) -> tuple[int, int]:
    return next((letter, round(part)) for letter, part in zip((X, Y, Z), vector, strict=True) if round(part))


_ELEMENTS = _elements()
_NUMBER = {_key(element): number for number, element in enumerate(_ELEMENTS)}
_SOURCE = [
    {letter: _signed(turned(axis, inverse(element))) for letter, axis in AXES.items()}
    for element in _ELEMENTS
]
"""Frame -> letter behind it -> the letter before it, and its sign."""

_TURN = [
    {
        letter: [_NUMBER[_key(times(about(axis, k * QUARTER), element))] for k in range(_EIGHT)]
        for letter, axis in AXES.items()
    }
    for element in _ELEMENTS
]
"""Frame -> letter behind it -> quarter turns -> frame."""

_TURN_BEFORE = [
    {
        letter: [_NUMBER[_key(times(element, about(axis, k * QUARTER)))] for k in range(_EIGHT)]
        for letter, axis in AXES.items()
    }
    for element in _ELEMENTS
]
"""Frame -> letter before it -> quarter turns -> frame."""


def _words() -> list[tuple[tuple[int, int], ...]]:
    """The fewest turns (letter, quarters) for each frame, but for the sign."""
    moves = [
        (letter, k, about(AXES[letter], k * QUARTER)) for letter in (Z, X, Y) for k in (1, 2, 3, 5, 6, 7)
    ]
    words: dict[tuple[int, ...], tuple[tuple[int, int], ...]] = {_key(ONE): ()}
    layer: list[tuple[Quaternion, tuple[tuple[int, int], ...]]] = [(ONE, ())]
    while len(words) < len(_ELEMENTS):
        layer = [(times(t, turn), (*word, (l, k))) for turn, word in layer for l, k, t in moves]  # noqa: E741
        for turn, word in layer:
            words.setdefault(_key(turn), word)
        if layer and len(layer[0][1]) == 1:  # a whole turn is -1
            words.setdefault(_key((-1.0, 0.0, 0.0, 0.0)), ((Z, 4),))
    return [words[_key(element)] for element in _ELEMENTS]


_WORDS = _words()


class Builder:
    """Writes a circuit of rotations, and merges on the way.

    Args:
        width: number of wires.
        merge: whether rotations about the same axes become one.
    """

    def __init__(self, width: int, *, merge: bool = True) -> None:
        self.width = width
        self.phase: Angle = 0.0
        self._steps: list[Step | None] = []  # None where a merger left nothing
        self._merge = merge
        self._frames = [0] * width
        self._past: list[list[int]] = [[] for _ in range(width)]

    def one(self, wire: int, letter: int, angle: Angle) -> None:
        """A rotation about one letter."""
        frame = self._frames[wire]
        quarters = 0
        angle = settled(angle)
        if not isinstance(angle, ParameterExpression):
            quarters = round(angle / QUARTER)
            angle -= quarters * QUARTER
            self._frames[wire] = _TURN[frame][letter][quarters % _EIGHT]
            if abs(angle) <= SETTLED:
                return
        letter, sign = _SOURCE[frame][letter]
        self._add_one((wire,), (letter,), angle if sign > 0 else -angle)

    def two(self, first: int, second: int, letters: tuple[int, int], angle: Angle) -> None:
        """A rotation about a product of two letters."""
        frames = self._frames
        one, sign = _SOURCE[frames[first]][letters[0]]
        other, other_sign = _SOURCE[frames[second]][letters[1]]
        angle = settled(angle)
        if not isinstance(angle, ParameterExpression):
            halves = round(angle / math.pi)
            angle -= halves * math.pi
            if abs(angle + QUARTER) <= SETTLED:  # so that full entanglers look alike
                angle, halves = QUARTER, halves - 1
            if halves:
                self.phase += halves * QUARTER
                for wire, letter in ((first, letters[0]), (second, letters[1])):
                    frames[wire] = _TURN[frames[wire]][letter][2 * halves % _EIGHT]
            if abs(angle) <= SETTLED:
                return
        if sign != other_sign:
            angle = -angle
        if first < second:
            self._add_two((first, second), (one, other), angle)
        else:
            self._add_two((second, first), (other, one), angle)

    def turn(self, wire: int, turn: Quaternion) -> None:
        """Any turn of one qubit."""
        a, b, c = euler(turn)
        self.one(wire, Z, c)
        self.one(wire, X, b)
        self.one(wire, Z, a)

    def rotation(self, wires: Sequence[int], letters: Sequence[int], angle: Angle) -> None:
        """A rotation on one or two wires."""
        if len(wires) == 1:
            self.one(wires[0], letters[0], angle)
        else:
            self.two(wires[0], wires[1], (letters[0], letters[1]), angle)

    def fence(self, wires: tuple[int, ...], instruction: CircuitInstruction) -> None:
        """Something that nothing passes."""
        for wire in wires:
            self._flush(wire)
        self._append(Fence(wires, instruction))

    def finish(self, place: Iterable[int] | None = None) -> PauliCircuit:
        """All of it; what ``place`` says is where each qubit ends."""
        for wire in range(self.width):
            self._flush(wire)
        steps = [step for step in self._steps if step is not None]
        return PauliCircuit(
            self.width, steps, self.phase, list(range(self.width) if place is None else place)
        )

    def _add_one(self, wires: tuple[int], letters: tuple[int], angle: Angle) -> None:
        if self._merge:
            steps, letter = self._steps, letters[0]
            past = self._past[wires[0]]
            for i in range(len(past) - 1, max(-1, len(past) - _LOOKBACK), -1):
                step = steps[past[i]]
                if not isinstance(step, Rotation):
                    break
                if step.wires == wires:
                    if step.letters == letters:
                        self._merge_into(past[i], step, angle)
                        return
                    break
                if step.letters[step.wires.index(wires[0])] != letter:
                    break
        self._append(Rotation(wires, letters, angle))

    def _add_two(self, wires: tuple[int, int], letters: tuple[int, int], angle: Angle) -> None:
        if self._merge:
            found = self._like(wires, letters)
            if found is not None:
                self._merge_into(*found, angle)
                return
        self._append(Rotation(wires, letters, angle))

    def _like(self, wires: tuple[int, int], letters: tuple[int, int]) -> tuple[int, Rotation] | None:
        """The last rotation about the same axes, if nothing is in between that does not commute."""
        steps = self._steps
        pasts = self._past[wires[0]], self._past[wires[1]]
        i, j = len(pasts[0]) - 1, len(pasts[1]) - 1
        for _ in range(_LOOKBACK):
            one = pasts[0][i] if i >= 0 else -1
            other = pasts[1][j] if j >= 0 else -1
            last = max(one, other)
            if last < 0:
                return None
            i -= one == last
            j -= other == last
            step = steps[last]
            if not isinstance(step, Rotation):
                return None
            if one == other:
                if step.letters == letters:
                    return last, step
                if (step.letters[0] == letters[0]) != (step.letters[1] == letters[1]):
                    return None
            else:
                side = 0 if one == last else 1
                if step.letters[step.wires.index(wires[side])] != letters[side]:
                    return None
        return None

    def _merge_into(self, place: int, step: Rotation, angle: Angle) -> None:
        """Whole turns of the sum go into the frames: all that is later on these wires commutes with them."""
        total = settled(step.angle + angle)
        if not isinstance(total, ParameterExpression):
            unit = QUARTER * len(step.wires)
            whole = round(total / unit)
            total -= whole * unit
            if len(step.wires) == 2:
                if abs(total + QUARTER) <= SETTLED:
                    total, whole = QUARTER, whole - 1
                self.phase += whole * QUARTER
                whole *= 2
            for wire, letter in zip(step.wires, step.letters, strict=True):
                self._frames[wire] = _TURN_BEFORE[self._frames[wire]][letter][whole % _EIGHT]
            if abs(total) <= SETTLED:
                self._remove(place, step)
                return
        self._steps[place] = step._replace(angle=total)

    def _remove(self, place: int, step: Rotation) -> None:
        self._steps[place] = None
        for wire in step.wires:
            past = self._past[wire]
            at = len(past) - 1
            while past[at] != place:
                at -= 1
            del past[at]

    def _flush(self, wire: int) -> None:
        word = _WORDS[self._frames[wire]]
        self._frames[wire] = 0
        for letter, quarters in word:
            if quarters == _EIGHT // 2:
                self.phase += math.pi
            else:
                self._append(Rotation((wire,), (letter,), quarters * QUARTER))

    def _append(self, step: Step) -> None:
        number = len(self._steps)
        self._steps.append(step)
        for wire in step.wires:
            self._past[wire].append(number)
