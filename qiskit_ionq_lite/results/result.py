"""Qiskit's ``Result``, with the platform's whole distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qiskit.exceptions import QiskitError
from qiskit.result import Result
from qiskit.result.distributions import QuasiDistribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit

    from qiskit_ionq_lite.results.distribution import Distribution


class IonQResult(Result):
    """A :class:`qiskit.result.Result` that also knows probabilities.

    Counts and memory are Qiskit's: hexadecimal inside, formatted by ``get_counts()`` and ``get_memory()``.
    """

    def __init__(self, *, distributions: Sequence[Distribution] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._distributions = list(distributions)

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
        if experiment is not None:
            return self._formatted(self._position(experiment))
        every = [self._formatted(position) for position in range(len(self.results))]
        return every[0] if len(every) == 1 else every

    @property
    def quasi_dists(self) -> list[QuasiDistribution]:
        """One distribution for each circuit: integers of classical bits -> probability."""
        return [
            QuasiDistribution(dict(zip(d.outcomes.tolist(), d.weights.tolist(), strict=True)), shots=r.shots)
            for d, r in zip(self._distributions, self.results, strict=True)
        ]

    def _position(self, experiment: str | int | QuantumCircuit) -> int:
        found = self._get_experiment(experiment)
        return next(i for i, result in enumerate(self.results) if result is found)

    def _formatted(self, position: int) -> dict[str, float]:
        if position >= len(self._distributions):
            raise QiskitError("this result was built without probabilities")
        distribution = self._distributions[position]
        header = self.results[position].header
        width, cuts = header["memory_slots"], _cuts(header["creg_sizes"])
        keys = (format(outcome, f"0{width}b") for outcome in distribution.outcomes.tolist())
        if cuts:
            keys = (_cut(key, cuts) for key in keys)
        return dict(zip(keys, distribution.weights.tolist(), strict=True))


def _cuts(registers: Sequence[Sequence[Any]]) -> list[slice]:
    """Where to cut a bitstring, leftmost (last) register first; nothing to cut for one register.

    >>> _cuts([["a", 1], ["b", 2]])
    [slice(0, 2, None), slice(2, 3, None)]
    """
    cuts, start = [], 0
    for _, size in reversed(registers):
        cuts.append(slice(start, start + size))
        start += size
    return cuts if len(cuts) > 1 else []


def _cut(key: str, cuts: Sequence[slice]) -> str:
    return " ".join(key[cut] for cut in cuts)
