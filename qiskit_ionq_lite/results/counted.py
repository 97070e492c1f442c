"""Counts as arrays, which become Qiskit's dictionaries for whoever asks.

Qiskit goes from integers to hexadecimal, and from there to integers and to bitstrings, key by key. For half a
million outcomes that is most of the time between the platform's answer and ``get_counts()``.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from qiskit.result import Counts
from qiskit.result.models import ExperimentResultData

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qiskit_ionq_lite.results.distribution import Distribution


class CountedData(ExperimentResultData):
    """Data of one experiment; ``counts`` is a dictionary with hexadecimal keys, as everywhere in Qiskit.

    Attributes:
        pending: the counts as arrays, until someone asks for the dictionary, which is the truth from then on,
            because it can be changed.
    """

    def __init__(self, counts: Distribution, memory: list[str] | None = None) -> None:
        super().__init__(memory=memory)
        self._data_attributes.insert(0, "counts")
        self.pending: Distribution | None = counts
        self._counts: dict[str, int] = {}

    @property
    def counts(self) -> dict[str, int]:
        """Hexadecimal outcome -> count."""
        pending = self.pending
        if pending is not None:
            self.counts = hexadecimal(pending)
        return self._counts

    @counts.setter
    def counts(self, counts: dict[str, int]) -> None:
        self._counts, self.pending = counts, None


class KeyedCounts(Counts):
    """Counts made from keys that are formatted already.

    Args:
        keys: bitstrings, in the order of ``counts``.
        counts: of integers.
        header: of the experiment.
    """

    def __init__(self, keys: Iterable[str], counts: Distribution, header: Mapping[str, Any]) -> None:
        dict.__init__(self, zip(keys, counts.weights.tolist(), strict=True))
        self._pending = counts
        self.creg_sizes, self.memory_slots = header["creg_sizes"], header["memory_slots"]
        self.time_taken = None

    @cached_property
    def int_raw(self) -> dict[int, int]:
        """Integer outcome -> count."""
        return dict(zip(self._pending.outcomes.tolist(), self._pending.weights.tolist(), strict=True))

    @cached_property
    def hex_raw(self) -> dict[str, int]:
        """Hexadecimal outcome -> count."""
        return hexadecimal(self._pending)


def hexadecimal(counts: Distribution) -> dict[str, int]:
    """Counts as Qiskit keeps them inside a result.

    >>> import numpy as np
    >>> from qiskit_ionq_lite.results.distribution import Distribution
    >>> hexadecimal(Distribution(np.array([2, 10]), np.array([30, 70])))
    {'0x2': 30, '0xa': 70}
    """
    return dict(zip(map(hex, counts.outcomes.tolist()), counts.weights.tolist(), strict=True))
