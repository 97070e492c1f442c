"""Outcomes and their weights as arrays: probabilities or counts, in payload qubits or in classical bits.

An outcome is an integer; bit i is qubit i (or classical bit i), so bit 0 is rightmost in Qiskit's strings.
Arrays hold ``uint64`` up to 63 bits and Python integers beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from qiskit_ionq_lite.circuits.layout import ClassicalLayout

    Outcomes = NDArray[Any]

_MAX_PACKED_BITS = 63
_MOST_BINS = 2**20  # of which a histogram is made without sorting


@dataclass(frozen=True)
class Distribution:
    """Weights of outcomes.

    Attributes:
        outcomes: shape (n,), distinct, ascending.
        weights: shape (n,); probabilities (float64) or counts (int64).
    """

    outcomes: Outcomes
    weights: NDArray[Any]

    @classmethod
    def of(cls, weights: Mapping[int, float], width: int) -> Distribution:
        """From a mapping of outcomes of ``width`` bits to weights.

        >>> Distribution.of({3: 0.25, 0: 0.75}, 2).weights
        array([0.75, 0.25])
        """
        outcomes = outcome_array(weights.keys(), width, len(weights))
        values = np.fromiter(weights.values(), dtype=np.float64, count=len(weights))
        if _ascending(outcomes):
            return cls(outcomes, values)
        order = np.argsort(outcomes, kind="stable")
        return cls(outcomes[order], values[order])


def outcome_array(outcomes: Iterable[int], width: int, count: int) -> Outcomes:
    """``count`` outcomes of ``width`` bits as an array."""
    return np.fromiter(outcomes, dtype=_dtype(width), count=count)


def to_clbits(outcomes: Outcomes, layout: ClassicalLayout) -> Outcomes:
    """Outcomes of the payload's qubits -> values of the circuit's classical bits, element by element.

    Bits that move by the same distance move together, so a shifted register costs one operation.

    >>> from qiskit_ionq_lite.circuits.layout import ClassicalLayout
    >>> swapped = ClassicalLayout(sources=(1, 0, None), num_qubits=2)
    >>> to_clbits(np.array([1, 2], dtype=np.uint64), swapped).tolist()
    [2, 1]
    """
    if layout.is_identity:
        return outcomes
    dtype = _dtype(max(layout.num_qubits, layout.num_clbits))
    number = (
        int if dtype is np.object_ else np.uint64
    )  # numpy mixes uint64 with Python integers only as floats
    outcomes = outcomes.astype(dtype)
    values = np.zeros(outcomes.shape, dtype=dtype)
    for distance, mask in _moves(layout).items():
        moving = outcomes & number(mask)
        values |= moving << number(distance) if distance >= 0 else moving >> number(-distance)
    return values


def _moves(layout: ClassicalLayout) -> dict[int, int]:
    """Distance that qubits move to the left -> mask of those qubits."""
    masks: dict[int, int] = {}
    for clbit, source in enumerate(layout.sources):
        if source is not None:
            masks[clbit - source] = masks.get(clbit - source, 0) | 1 << source
    return masks


def gathered(values: Outcomes, weights: NDArray[Any]) -> Distribution:
    """One entry for each distinct value, with the sum of its weights."""
    if _ascending(values):
        return Distribution(values, weights)
    distinct, position = np.unique(values, return_inverse=True)
    total = np.bincount(position.ravel(), weights=weights, minlength=len(distinct))
    return Distribution(distinct, total.astype(weights.dtype))


def histogram(values: Outcomes) -> Distribution:
    """How often each value occurs."""
    if values.dtype == np.uint64 and len(values) and int(values.max()) < _MOST_BINS:
        bins = np.bincount(values.astype(np.int64))
        found = np.flatnonzero(bins)
        return Distribution(found.astype(np.uint64), bins[found].astype(np.int64))
    distinct, counts = np.unique(values, return_counts=True)
    return Distribution(distinct, counts.astype(np.int64))


def _ascending(values: Outcomes) -> bool:
    return bool(np.all(values[1:] > values[:-1]))


def _dtype(width: int) -> Any:
    return np.uint64 if width <= _MAX_PACKED_BITS else np.object_
