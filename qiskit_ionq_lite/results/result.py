"""Qiskit's ``Result``, with the platform's whole distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qiskit.exceptions import QiskitError
from qiskit.result import Result
from qiskit.result.distributions import QuasiDistribution

from qiskit_ionq_lite.results.counted import CountedData, KeyedCounts
from qiskit_ionq_lite.results.keys import bitstrings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.result import Counts

    from qiskit_ionq_lite.results.distribution import Distribution


class IonQResult(Result):
    """A :class:`qiskit.result.Result` that also knows probabilities.

    Counts and memory are as Qiskit has them, hexadecimal inside and bitstrings in ``get_counts()``.

    Args:
        distributions: for each experiment, what gives its whole distribution; asked at most once, and only
            when probabilities are, because a million of them take time.
        **kwargs: Qiskit's.
    """

    def __init__(self, *, distributions: Sequence[Callable[[], Distribution]] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._distributions = list(distributions)
        self._known: dict[int, Distribution] = {}

    def get_counts(self, experiment: str | int | QuantumCircuit | None = None) -> Counts | list[Counts]:
        """Qiskit's own, with all keys formatted at once."""
        every = [self._counted(position) for position in self._positions(experiment)]
        return every[0] if len(every) == 1 else every

    def get_memory(self, experiment: str | int | QuantumCircuit | None = None) -> list[str]:
        """Qiskit's own, with all keys formatted at once: every shot in order.

        Raises:
            QiskitError: if the circuit ran without ``memory=True``, or there is no such circuit.
        """
        found = self._get_experiment(experiment)
        shots = found.data.shots if isinstance(found.data, CountedData) else None
        if shots is None:  # someone has the list, and may have changed it; or there is none
            return list(super().get_memory(experiment))
        header = found.header
        return bitstrings(shots, header["memory_slots"], header["creg_sizes"])

    def get_probabilities(
        self, experiment: str | int | QuantumCircuit | None = None
    ) -> dict[str, float] | list[dict[str, float]]:
        """Probabilities by key, with spaces between registers as in ``get_counts()``.

        They are the platform's, for all outcomes that can occur, and sum to 1; shots do not limit them.

        Args:
            experiment: one circuit, by position, name or itself; all by default.

        Raises:
            QiskitError: if there is no such circuit, or this result was built without probabilities.
        """
        every = [self._formatted(position) for position in self._positions(experiment)]
        return every[0] if len(every) == 1 else every

    @property
    def quasi_dists(self) -> list[QuasiDistribution]:
        """One distribution for each circuit: integers of classical bits -> probability."""
        whole = (self.distribution(position) for position in range(len(self.results)))
        return [
            QuasiDistribution(dict(zip(d.outcomes.tolist(), d.weights.tolist(), strict=True)), shots=r.shots)
            for d, r in zip(whole, self.results, strict=True)
        ]

    def _positions(self, experiment: str | int | QuantumCircuit | None) -> Iterable[int]:
        if experiment is None:
            return range(len(self.results))
        found = self._get_experiment(experiment)
        return [next(i for i, result in enumerate(self.results) if result is found)]

    def _counted(self, position: int) -> Counts:
        result = self.results[position]
        pending = result.data.pending if isinstance(result.data, CountedData) else None
        if pending is None:  # someone has the dictionary, and may have changed it
            return super().get_counts(position)
        return KeyedCounts(_keys(pending, result.header), pending, result.header)

    def _formatted(self, position: int) -> dict[str, float]:
        distribution = self.distribution(position)
        keys = _keys(distribution, self.results[position].header)
        return dict(zip(keys, distribution.weights.tolist(), strict=True))

    def distribution(self, position: int) -> Distribution:
        """Probabilities of the classical values of the circuit at a position, as arrays."""
        if position >= len(self._distributions):
            raise QiskitError("this result was built without probabilities")
        if position not in self._known:
            self._known[position] = self._distributions[position]()
        return self._known[position]


def _keys(distribution: Distribution, header: Mapping[str, Any]) -> list[str]:
    return bitstrings(distribution.outcomes, header["memory_slots"], header["creg_sizes"])
