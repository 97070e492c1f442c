"""Outcomes as Qiskit's keys: bitstrings, bit 0 rightmost, with a space between registers.

All keys are lines of one text, because half a million calls of ``format`` would be most of the time between
the platform's answer and ``get_counts()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qiskit_ionq_lite.results.distribution import Outcomes

_ZERO, _SPACE, _END = (np.uint8(ord(letter)) for letter in "0 \n")
_WORD = 8  # bytes of a packed outcome
_MOST_TABLED = 16  # bits of outcomes of which all keys are made once, where many are equal


def bitstrings(outcomes: Outcomes, width: int, registers: Sequence[Sequence[Any]]) -> list[str]:
    """A key for each outcome.

    Args:
        outcomes: shape (n,), of ``width`` bits.
        width: number of classical bits.
        registers: name and size of each register, the first rightmost; none for keys without spaces.

    >>> bitstrings(np.array([1, 6], dtype=np.uint64), 3, [["a", 1], ["b", 2]])
    ['00 1', '11 0']
    """
    if width <= _MOST_TABLED and len(outcomes) > 1 << width:
        every = bitstrings(np.arange(1 << width, dtype=np.uint64), width, registers)
        found: list[str] = np.array(every, dtype=object)[outcomes].tolist()
        return found
    cuts = np.cumsum([size for _, size in reversed(registers)], dtype=np.intp)[:-1]
    letters = np.insert(_bits(outcomes, width) + _ZERO, [*cuts, width], [*[_SPACE] * len(cuts), _END], axis=1)
    text: str = letters.tobytes().decode("ascii")
    return text.split("\n")[:-1]


def _bits(outcomes: Outcomes, width: int) -> NDArray[np.uint8]:
    """Shape (n, width), the most significant bit first."""
    size = -(-width // 8)
    if outcomes.dtype == np.object_:
        packed = b"".join(outcome.to_bytes(size, "big") for outcome in outcomes.tolist())
        rows = np.frombuffer(packed, np.uint8).reshape(-1, size)
    else:
        rows = outcomes.astype(">u8").view(np.uint8).reshape(-1, _WORD)[:, _WORD - size :]
    return np.unpackbits(rows, axis=1)[:, 8 * size - width :]
