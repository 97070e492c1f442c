"""Signed Pauli operators on a few qubits, as integers, and what a quarter turn about one does to another.

An operator is i^phase · X^x · Z^z, where bit q of ``x`` and ``z`` is qubit q. A Hermitian one has ``phase``
equal to the number of its Y, or two more, which is a minus sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qiskit_ionq_lite.compiler.rotations import X, Z

if TYPE_CHECKING:
    from collections.abc import Sequence


class Pauli(NamedTuple):
    """i^phase · X^x · Z^z."""

    x: int
    z: int
    phase: int = 0

    def __mul__(self, other: Pauli) -> Pauli:  # type: ignore[override]  # a product of operators, not of tuples
        """The operator product.

        >>> Pauli(1, 0) * Pauli(0, 1)
        Pauli(x=1, z=1, phase=0)
        """
        crossings = 2 * (self.z & other.x).bit_count()
        return Pauli(self.x ^ other.x, self.z ^ other.z, (self.phase + other.phase + crossings) % 4)

    @classmethod
    def product(cls, qubits: Sequence[int], letters: Sequence[int]) -> Pauli:
        """One letter (see :mod:`rotations`) on each of some qubits.

        >>> Pauli.product([0, 2], [X, Z])
        Pauli(x=1, z=4, phase=0)
        """
        x = z = phase = 0
        for qubit, letter in zip(qubits, letters, strict=True):
            x |= (letter & 1) << qubit
            z |= (letter >> 1) << qubit
            phase += letter == X | Z
        return cls(x, z, phase % 4)

    @property
    def sign(self) -> int:
        """1, or -1 for a Hermitian operator with a minus."""
        return 1 if (self.phase - (self.x & self.z).bit_count()) % 4 == 0 else -1

    @property
    def axis(self) -> Pauli:
        """The same without its sign."""
        return Pauli(self.x, self.z, (self.x & self.z).bit_count() % 4)

    def anticommutes(self, other: Pauli) -> bool:
        """Whether the two operators anticommute."""
        return ((self.x & other.z).bit_count() + (self.z & other.x).bit_count()) % 2 == 1

    def before(self, axis: Pauli, quarters: int) -> Pauli:
        """V† · self · V for V = exp(-i π/4 · quarters · axis): this operator, seen from before V.

        >>> Pauli(1, 1, 1).before(Pauli(1, 0), 1)  # RX(π/2) turns Z to -Y, so Y comes from -Z
        Pauli(x=0, z=1, phase=2)
        """
        quarters %= 4
        if not quarters or not self.anticommutes(axis):
            return self
        if quarters == 2:
            return self._replace(phase=(self.phase + 2) % 4)
        turned = axis * self  # exp(iπ/4 A) B exp(-iπ/4 A) = i A B
        return turned._replace(phase=(turned.phase + (1 if quarters == 1 else 3)) % 4)


class Frame:
    """Where a Clifford circuit takes each qubit's X and Z from: C† X_q C and C† Z_q C.

    Args:
        width: number of qubits.
    """

    def __init__(self, width: int) -> None:
        self.xs = [Pauli(1 << qubit, 0) for qubit in range(width)]
        self.zs = [Pauli(0, 1 << qubit) for qubit in range(width)]

    def source(self, operator: Pauli) -> Pauli:
        """C† · operator · C."""
        found = Pauli(0, 0, operator.phase)
        for qubit, x in enumerate(self.xs):
            if operator.x >> qubit & 1:
                found *= x
        for qubit, z in enumerate(self.zs):
            if operator.z >> qubit & 1:
                found *= z
        return found

    def turn(self, axis: Pauli, quarters: int) -> None:
        """Append exp(-i π/4 · quarters · axis) to C."""
        near = [q for q in range(len(self.xs)) if (axis.x | axis.z) >> q & 1]
        xs = [self.source(Pauli(1 << qubit, 0).before(axis, quarters)) for qubit in near]
        zs = [self.source(Pauli(0, 1 << qubit).before(axis, quarters)) for qubit in near]
        for qubit, x, z in zip(near, xs, zs, strict=True):
            self.xs[qubit], self.zs[qubit] = x, z

    def target(self, source: Pauli) -> Pauli:
        """The operator whose source is ``source``: C · source · C†."""
        x = z = 0
        for qubit in range(len(self.xs)):
            x |= source.anticommutes(self.zs[qubit]) << qubit
            z |= source.anticommutes(self.xs[qubit]) << qubit
        axis = Pauli(x, z, (x & z).bit_count() % 4)
        return axis._replace(phase=(axis.phase + source.phase - self.source(axis).phase) % 4)


def landed(frame: Frame, last: Frame) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """What leads from one Clifford to another that differs by labels and one-qubit Cliffords alone.

    Returns:
        for each qubit, where it stands, and the turns (letter, quarters) that it needs there, in order.
    """
    found = []
    for x, z in zip(last.xs, last.zs, strict=True):
        now_x, now_z = frame.target(x), frame.target(z)
        place = (now_x.x | now_x.z).bit_length() - 1
        found.append((place, _word(now_x, now_z, place)))
    return found


def _word(x: Pauli, z: Pauli, place: int) -> tuple[tuple[int, int], ...]:
    """Turns of one qubit after which its X and Z come from ``x`` and ``z``."""
    for word in _WORDS:
        found_x, found_z = Pauli(1 << place, 0), Pauli(0, 1 << place)
        for letter, quarters in reversed(word):
            axis = Pauli.product([place], [letter])
            found_x, found_z = found_x.before(axis, quarters), found_z.before(axis, quarters)
        if (found_x, found_z) == (x, z):
            return word
    raise ValueError("these differ by more than labels and one-qubit Cliffords")


def _words() -> list[tuple[tuple[int, int], ...]]:
    """All 24 one-qubit Cliffords as turns about z, x and z."""
    quarters = range(4)
    every = [((Z, a), (X, b), (Z, c)) for a in quarters for b in quarters for c in quarters]
    return sorted((tuple(turn for turn in word if turn[1]) for word in every), key=len)


_WORDS = _words()
