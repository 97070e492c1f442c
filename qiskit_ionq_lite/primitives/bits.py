"""Memory of a result -> Qiskit's ``BitArray``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qiskit.primitives import BitArray

from qiskit_ionq_lite.notices import notify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qiskit_ionq_lite.results.result import IonQResult


def shots_of(result: IonQResult, positions: Sequence[int], shots: int) -> int:
    """Shots that every circuit has; the platform may discard some, and an array is as long for each."""
    least = min((result.results[position].shots for position in positions), default=shots)
    if least < shots:
        notify(f"the platform discarded shots: each circuit of the PUB keeps {least:,} of {shots:,}")
    return int(least)


def bit_array(
    result: IonQResult | None,
    positions: Sequence[int],
    bits: Sequence[int],
    shape: tuple[int, ...],
    shots: int,
) -> BitArray:
    """The first ``shots`` values of some classical bits, for each circuit.

    Args:
        result: with memory; only read if there are positions.
        positions: of the circuits in the result.
        bits: places of the register's bits among the circuit's classical bits, least significant first.
        shape: of the circuits.
        shots: of each circuit.
    """
    packed = np.zeros((len(positions), shots, -(-len(bits) // 8)), dtype=np.uint8)
    if result is not None:
        for row, position in enumerate(positions):
            packed[row] = _packed(result.results[position].data.memory[:shots], bits)
    return BitArray(packed.reshape(*shape, shots, packed.shape[-1]), len(bits))


def _packed(memory: Sequence[str], bits: Sequence[int]) -> NDArray[np.uint8]:
    """Hexadecimal shots -> bytes of a register, big-endian; shape (shots, bytes).

    >>> _packed(["0x0", "0x6", "0x6"], [1, 2]).tolist()
    [[0], [3], [3]]
    """
    number_of = {word: number for number, word in enumerate(dict.fromkeys(memory))}  # each outcome once
    width = -(-len(bits) // 8)
    values = b"".join(_value(int(word, 16), bits).to_bytes(width, "big") for word in number_of)
    distinct = np.frombuffer(values, dtype=np.uint8).reshape(len(number_of), width)
    return distinct[[number_of[word] for word in memory]]


def _value(outcome: int, bits: Sequence[int]) -> int:
    """The bits of an outcome at some places, the first least significant."""
    first = bits[0] if bits else 0
    if list(bits) == list(range(first, first + len(bits))):
        return outcome >> first & (1 << len(bits)) - 1
    return sum((outcome >> bit & 1) << place for place, bit in enumerate(bits))
