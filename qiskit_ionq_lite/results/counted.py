"""Counts as arrays, which become Qiskit's dictionaries for whoever asks.

Qiskit goes from integers to hexadecimal, and from there to integers and to bitstrings, key by key. For half a
million outcomes that is most of the time between the platform's answer and ``get_counts()``.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit.result import Counts
from qiskit.result.models import ExperimentResultData

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qiskit_ionq_lite.results.distribution import Distribution, Outcomes


class CountedData(ExperimentResultData):
    """Data of one experiment; ``counts`` and ``memory`` are hexadecimal, as everywhere in Qiskit.

    Attributes:
        pending: the counts as arrays, until someone asks for the dictionary, which is the truth from then on,
            because it can be changed.
        shots: shape (shots,), the memory as an array, until someone asks for the list; ``None`` also where
            there is no memory.
    """

    def __init__(self, counts: Distribution, shots: Outcomes | None = None) -> None:
        super().__init__()
        self._data_attributes += ["counts"] if shots is None else ["counts", "memory"]
        self.pending: Distribution | None = counts
        self.shots = shots
        self._counts: dict[str, int] = {}
        self._memory: list[str] | None = None

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

    @property
    def memory(self) -> list[str]:
        """Every shot in order, hexadecimal.

        Raises:
            AttributeError: without memory, as in Qiskit's own data.
        """
        if "memory" not in self._data_attributes:
            raise AttributeError("this experiment ran without memory")
        if self._memory is None:
            self._memory = [] if self.shots is None else hexadecimal_shots(self.shots)
            self.shots = None
        return self._memory

    @memory.setter
    def memory(self, memory: list[str]) -> None:
        self._memory, self.shots = memory, None
        if "memory" not in self._data_attributes:
            self._data_attributes.append("memory")


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


def hexadecimal_shots(shots: Outcomes) -> list[str]:
    """Shots as Qiskit keeps them inside a result; equal ones share a string.

    >>> import numpy as np
    >>> hexadecimal_shots(np.array([10, 2, 10]))
    ['0xa', '0x2', '0xa']
    """
    distinct, places = np.unique(shots, return_inverse=True)
    texts = np.array([hex(outcome) for outcome in distinct.tolist()], dtype=object)
    found: list[str] = texts[places.ravel()].tolist()
    return found


def hexadecimal(counts: Distribution) -> dict[str, int]:
    """Counts as Qiskit keeps them inside a result.

    >>> import numpy as np
    >>> from qiskit_ionq_lite.results.distribution import Distribution
    >>> hexadecimal(Distribution(np.array([2, 10]), np.array([30, 70])))
    {'0x2': 30, '0xa': 70}
    """
    return dict(zip(map(hex, counts.outcomes.tolist()), counts.weights.tolist(), strict=True))
