"""Outcomes as Qiskit's keys: bitstrings, bit 0 rightmost, with a space between registers.

All keys are cut from one text, because half a million calls of ``format`` would be most of the time between
the platform's answer and ``get_counts()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit_ionq_lite.results.distribution import Outcomes

_ZERO, _SPACE = np.uint8(ord("0")), np.uint8(ord(" "))
_WORD = 64  # bits of a packed outcome
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
    letters = _bits(outcomes, width) + _ZERO
    cuts = np.cumsum([size for _, size in reversed(registers)], dtype=np.intp)[:-1]
    if len(cuts):
        letters = np.insert(letters, cuts, _SPACE, axis=1)
    text = letters.tobytes().decode("ascii")
    step = width + len(cuts)
    return [text[start : start + step] for start in range(0, len(text), step)]


def _bits(outcomes: Outcomes, width: int) -> Any:
    """Shape (n, width), the most significant bit first."""
    if outcomes.dtype == np.object_:
        size = -(-width // 8)
        packed = b"".join(outcome.to_bytes(size, "big") for outcome in outcomes.tolist())
        return np.unpackbits(np.frombuffer(packed, np.uint8).reshape(-1, size), axis=1)[:, 8 * size - width :]
    words = outcomes.astype(">u8").view(np.uint8).reshape(-1, _WORD // 8)
    return np.unpackbits(words, axis=1)[:, _WORD - width :]
