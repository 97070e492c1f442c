"""Symmetries of a circuit: parities of its bits that are the same in every outcome.

IonQ does not publish how its symmetry verification finds symmetries, nor what it needs to be told (F 7.4):
this is a model of it. Here a symmetry is a set of qubits whose bits have, without noise, the same parity in
each outcome that can occur. The outcomes that obey all symmetries are the affine hull of those that can
occur, over the field of two elements: 2^d states, d being its dimension. A GHZ state allows 2, on any number
of qubits; a W state on n qubits, whose parity is odd, 2^(n-1); Hadamard gates alone leave all 2^n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qiskit_ionq_lite.emulator.outcomes import Bits, Integers, Outcomes

SMALLEST_PROBABILITY = 1e-9
"""What is less likely without noise cannot occur: no job has shots enough to tell."""


@dataclass(frozen=True)
class Hull:
    """An affine subspace of the outcomes, over the field of two elements.

    Attributes:
        origin: an outcome in it.
        basis: differences between outcomes in it, by descending leading bits, which are all different.
    """

    origin: int
    basis: tuple[int, ...]

    @property
    def dimension(self) -> int:
        """Length of the basis."""
        return len(self.basis)

    def holds(self, values: Integers) -> Bits:
        """Which of these outcomes are in it; of the same shape.

        >>> ghz = Hull(origin=0b000, basis=(0b111,))
        >>> ghz.holds(np.array([0b000, 0b111, 0b101], dtype=np.uint64)).tolist()
        [True, True, False]
        """
        rest = values ^ np.uint64(self.origin)
        for vector in self.basis:
            rest = _reduced(rest, np.uint64(vector))
        found: Bits = rest == 0
        return found


def hull(values: Integers) -> Hull:
    """The smallest affine subspace that holds all of these outcomes, one or more, shape (k,).

    >>> w = hull(np.array([0b001, 0b010, 0b100], dtype=np.uint64))
    >>> w.dimension, w.holds(np.array([0b111, 0b011], dtype=np.uint64)).tolist()
    (2, [True, False])
    """
    rest = values ^ values[0]
    basis: list[int] = []
    while rest.any():
        basis.append(int(rest.max()))
        rest = _reduced(rest, np.uint64(basis[-1]))
    return Hull(int(values[0]), tuple(basis))


def hull_of(ideal: Outcomes) -> Hull:
    """Of the outcomes that can occur, given what a circuit does without noise."""
    return hull(ideal.values[ideal.probabilities > SMALLEST_PROBABILITY])


def _reduced(values: Integers, vector: np.uint64) -> Integers:
    """Without the leading bit of ``vector``: adding it makes just those smaller that have the bit."""
    smaller: Integers = np.minimum(values, values ^ vector)
    return smaller
