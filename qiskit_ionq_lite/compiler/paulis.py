"""Signed Pauli operators on a few qubits, as integers, and what a quarter turn about one does to another.

An operator is i^phase · X^x · Z^z, where bit q of ``x`` and ``z`` is qubit q. A Hermitian one has ``phase``
equal to the number of its Y, or two more, which is a minus sign.
"""

from __future__ import annotations

from typing import NamedTuple


class Pauli(NamedTuple):
    """i^phase · X^x · Z^z."""

    x: int
    z: int
    phase: int = 0

    def __mul__(self, other: Pauli) -> Pauli:  # type: ignore[override]  # a product of operators, not of tuples
        """The operator product.

        >>> Pauli.of("X", 0) * Pauli.of("Z", 0) == Pauli(1, 1, 0)
        True
        """
        crossings = 2 * (self.z & other.x).bit_count()
        return Pauli(self.x ^ other.x, self.z ^ other.z, (self.phase + other.phase + crossings) % 4)

    @classmethod
    def of(cls, letter: str, qubit: int) -> Pauli:
        """One of X, Y, Z on one qubit."""
        x, z, phase = {"X": (1, 0, 0), "Y": (1, 1, 1), "Z": (0, 1, 0)}[letter]
        return cls(x << qubit, z << qubit, phase)

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

        >>> Pauli.of("Y", 0).before(Pauli.of("X", 0), 1) == Pauli.of("Z", 0)  # RX(π/2) turns Z to -Y
        False
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
        self.xs = [Pauli.of("X", qubit) for qubit in range(width)]
        self.zs = [Pauli.of("Z", qubit) for qubit in range(width)]

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
        xs = [Pauli.of("X", qubit).before(axis, quarters) for qubit in range(len(self.xs))]
        zs = [Pauli.of("Z", qubit).before(axis, quarters) for qubit in range(len(self.zs))]
        self.xs, self.zs = [self.source(x) for x in xs], [self.source(z) for z in zs]

    def target(self, source: Pauli) -> Pauli:
        """The operator whose source is ``source``: C · source · C†."""
        x = z = 0
        for qubit in range(len(self.xs)):
            x |= source.anticommutes(self.zs[qubit]) << qubit
            z |= source.anticommutes(self.xs[qubit]) << qubit
        axis = Pauli(x, z, (x & z).bit_count() % 4)
        return axis._replace(phase=(axis.phase + source.phase - self.source(axis).phase) % 4)
