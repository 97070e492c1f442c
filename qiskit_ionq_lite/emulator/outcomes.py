"""What a circuit gave: outcomes as integers whose bit ``i`` is qubit ``i``; qubit 0 is least significant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Integers: TypeAlias = NDArray[np.uint64]
    Floats: TypeAlias = NDArray[np.float64]
    Bits: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Registers:
    """What every shot left in a program's classical registers.

    Attributes:
        sizes: names and sizes of the registers, as declared.
        bits: of all registers, one after the other, bit 0 of each first; shape (shots, bits).
    """

    sizes: tuple[tuple[str, int], ...]
    bits: Bits

    def each(self) -> Iterator[tuple[str, Bits]]:
        """Name and bits, shape (shots, size), of one register after the other."""
        start = 0
        for name, size in self.sizes:
            yield name, self.bits[:, start : start + size]
            start += size


@dataclass(frozen=True)
class Outcomes:
    """A distribution and, where it was sampled, its shots.

    Attributes:
        values: outcomes that occur, ascending; shape (k,).
        probabilities: theirs, shape (k,), summing to 1; after sampling exact multiples of 1/shots.
        shots: one outcome per shot, in order, shape (shots,); ``None`` when probabilities are exact.
        registers: of sampled programs that name some (F 9.7).
        discarded: numbers of the job's shots, from 0 on, ascending, that are not in ``shots``; ``None`` where
            all are.
    """

    values: Integers
    probabilities: Floats
    shots: Integers | None = None
    registers: Registers | None = None
    discarded: Integers | None = None


def from_dense(probabilities: Floats, smallest: float) -> Outcomes:
    """From all 2^n probabilities, in order; those below ``smallest`` are rounding noise and left out."""
    (values,) = np.nonzero(probabilities > smallest)
    return Outcomes(values.astype(np.uint64), probabilities[values].astype(np.float64))


def from_shots(shots: Integers) -> Outcomes:
    """From samples.

    >>> outcomes = from_shots(np.array([3, 0, 3, 3], dtype=np.uint64))
    >>> outcomes.values.tolist(), outcomes.probabilities.tolist()
    ([0, 3], [0.25, 0.75])
    """
    values, counts = np.unique(shots, return_counts=True)
    return Outcomes(values, counts / len(shots), shots)


def chosen(outcomes: Outcomes, which: slice | Bits) -> Outcomes:
    """Some of the shots, as a distribution of their own.

    >>> chosen(from_shots(np.array([3, 0, 3, 3], dtype=np.uint64)), slice(0, 2)).probabilities.tolist()
    [0.5, 0.5]
    """
    shots = np.empty(0, dtype=np.uint64) if outcomes.shots is None else outcomes.shots
    found, registers = from_shots(shots[which]), outcomes.registers
    if registers is None:
        return found
    return replace(found, registers=Registers(registers.sizes, registers.bits[which]))


def placed(outcomes: Outcomes, qubits: Sequence[int]) -> Outcomes:
    """Put idle qubits back: bit ``i`` moves to bit ``qubits[i]``, which keeps the order of the values.

    >>> placed(from_shots(np.array([1, 3], dtype=np.uint64)), [1, 4]).values.tolist()
    [2, 18]
    """
    if tuple(qubits) == tuple(range(len(qubits))):
        return outcomes
    shots = None if outcomes.shots is None else _spread(outcomes.shots, qubits)
    return replace(outcomes, values=_spread(outcomes.values, qubits), shots=shots)


def _spread(values: Integers, qubits: Sequence[int]) -> Integers:
    spread = np.zeros_like(values)
    for bit, qubit in enumerate(qubits):
        spread |= ((values >> np.uint64(bit)) & np.uint64(1)) << np.uint64(qubit)
    return spread
