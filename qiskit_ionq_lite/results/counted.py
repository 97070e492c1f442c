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

from qiskit_ionq_lite.results.distribution import histogram

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qiskit_ionq_lite.results.distribution import Distribution, Outcomes


class CountedData(ExperimentResultData):
    """Data of one experiment; ``counts`` and ``memory`` are hexadecimal, as everywhere in Qiskit.

    Args:
        counts: as arrays; ``None`` where they are the histogram of ``shots``.
        shots: shape (shots,), the memory.

    Attributes:
        shots: shape (shots,), the memory as an array, until someone asks for the list; ``None`` also where
            there is no memory.
    """

    def __init__(self, counts: Distribution | None, shots: Outcomes | None = None) -> None:
        super().__init__()
        self._data_attributes += ["counts"] if shots is None else ["counts", "memory"]
        self.shots = shots
        self._pending = counts
        self._counts: dict[str, int] | None = None
        self._memory: list[str] | None = None

    @property
    def pending(self) -> Distribution | None:
        """The counts as arrays, until someone has the dictionary, which is the truth then."""
        if self._pending is None and self._counts is None and self.shots is not None:
            self._pending = histogram(self.shots)
        return self._pending

    @property
    def counts(self) -> dict[str, int]:
        """Hexadecimal outcome -> count."""
        if self._counts is None:
            pending = self.pending
            self.counts = {} if pending is None else hexadecimal(pending)
        counts: dict[str, int] = self._counts  # type: ignore[assignment]  # it was set just now
        return counts

    @counts.setter
    def counts(self, counts: dict[str, int]) -> None:
        self._counts, self._pending = counts, None

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
            self._release_shots()
        return self._memory

    @memory.setter
    def memory(self, memory: list[str]) -> None:
        self._memory = memory
        self._release_shots()
        if "memory" not in self._data_attributes:
            self._data_attributes.append("memory")

    def _release_shots(self) -> None:
        """The list is the truth from now on, but what was counted stays counted."""
        self._pending, self.shots = self.pending, None


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
