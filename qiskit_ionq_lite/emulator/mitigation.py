"""Debiasing: a QPU job as several variants, and three ways to put their histograms together (F 3.6, 7.4).

A variant is the circuit on other ions. The ions of an emulated QPU are all alike, so that variants differ in
their random errors only: each is a stretch of the job's shots, one after the other, and which ions it would
have used follows from the job alone.

``average`` adds the histograms up. ``voting`` counts only the most frequent state of each variant; where no
variant has a single one, it is the average. ``dnl`` is a filter that is not linear: a state counts only if at
least half of the variants have seen it, and the rest is the average; the platform's own filter
(arXiv:2506.05757) is not public in all its details.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from qiskit_ionq_lite.emulator.devices import DEVICES
from qiskit_ionq_lite.emulator.outcomes import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from qiskit_ionq_lite.emulator.jobs import Job
    from qiskit_ionq_lite.emulator.outcomes import Floats, Outcomes

    Tables = NDArray[np.float64]

MIN_SHOTS = 500
"""Fewer cannot be debiased (F 5.6)."""

SHOTS_PER_VARIANT, MAX_VARIANTS = 100, 25


@dataclass(frozen=True)
class Variant:
    """One of the circuits that a debiased job runs.

    Attributes:
        qubit_map: ion of each qubit.
        start: its first shot, among all of the job.
        shots: how many it runs; symmetry verification may discard some.
    """

    qubit_map: tuple[int, ...]
    start: int
    shots: int


def debiases(backend: str, shots: int, asked: bool | None, *, native: bool) -> bool:
    """Whether a circuit is debiased: on QPUs, from 500 shots on, by default unless it is native (F 7.4)."""
    if backend not in DEVICES or shots < MIN_SHOTS:
        return False
    return not native if asked is None else asked


def is_mitigated(settings: str) -> bool:
    """Whether a job's settings, as JSON, say that it is debiased."""
    return _says(settings, "debiasing")


def asks_for_symmetries(job: Job) -> bool:
    """Whether a job wants symmetry verification, and runs where there is some."""
    return job.backend in DEVICES and _says(job.settings, "symmetry_verification")


def _says(settings: str, name: str) -> bool:
    found = msgspec.json.decode(settings).get("error_mitigation") or {}
    return bool(found.get(name))


def variants(job: Job) -> list[Variant]:
    """Of a debiased job; none of any other."""
    if job.backend not in DEVICES or job.shots < MIN_SHOTS or not is_mitigated(job.settings):
        return []
    count = min(MAX_VARIANTS, job.shots // SHOTS_PER_VARIANT)
    ions = DEVICES[job.backend].model.qubits
    random = np.random.default_rng(job.seed or 0)
    bounds = [job.shots * place // count for place in range(count + 1)]
    maps = [tuple(random.permutation(ions)[: job.qubits].tolist()) for _ in range(count)]
    return [
        Variant(ions_of, start, end - start)
        for ions_of, start, end in zip(maps, bounds[:-1], bounds[1:], strict=True)
    ]


def part(outcomes: Outcomes, variant: Variant) -> Outcomes:
    """The outcomes of one variant."""
    return chosen(outcomes, _left(outcomes, variant))


def aggregated(outcomes: Outcomes, parts: Sequence[Variant], method: str) -> Outcomes:
    """All variants as one distribution, in multiples of one shot; without the single shots.

    Args:
        outcomes: of the whole job.
        parts: its variants.
        method: a key of :data:`AGGREGATIONS`.
    """
    places = np.searchsorted(outcomes.values, _shots(outcomes))
    rows = [places[_left(outcomes, one)] for one in parts]
    counts = np.array([np.bincount(row, minlength=len(outcomes.values)) for row in rows])
    found = _apportioned(AGGREGATIONS[method](counts.astype(np.float64)), len(places))
    kept = found > 0
    probabilities = found[kept] / len(places)
    return replace(outcomes, values=outcomes.values[kept], probabilities=probabilities, registers=None)


def average(counts: Tables) -> Floats:
    """All histograms added up.

    >>> average(np.array([[3.0, 1.0], [2.0, 2.0]])).tolist()
    [5.0, 3.0]
    """
    total: Floats = counts.sum(axis=0)
    return total


def voting(counts: Tables) -> Floats:
    """The most frequent state of each variant, with all its shots; a variant where two tie has no vote.

    >>> voting(np.array([[3.0, 1.0, 0.0], [2.0, 2.0, 0.0], [0.0, 1.0, 5.0]])).tolist()
    [4.0, 0.0, 6.0]
    """
    best = counts == counts.max(axis=1, keepdims=True)
    decided = best.sum(axis=1) == 1
    if not decided.any():
        return average(counts)
    return average(best[decided] * counts[decided].sum(axis=1, keepdims=True))


def dnl(counts: Tables) -> Floats:
    """States that at least half of the variants have seen.

    >>> dnl(np.array([[3.0, 1.0, 0.0], [2.0, 0.0, 2.0], [5.0, 1.0, 0.0]])).tolist()
    [10.0, 2.0, 0.0]
    """
    filtered = average(counts) * (2 * (counts > 0).sum(axis=0) >= len(counts))
    return filtered if filtered.any() else average(counts)


AGGREGATIONS: dict[str, Callable[[Tables], Floats]] = {"average": average, "voting": voting, "dnl": dnl}
"""Name of an aggregation -> counts, shape (variants, states), to weights of the states."""


def _left(outcomes: Outcomes, variant: Variant) -> slice:
    """Which of the shots that are left are the variant's."""
    bounds = np.array([variant.start, variant.start + variant.shots])
    if outcomes.discarded is not None:
        bounds -= np.searchsorted(outcomes.discarded, bounds.astype(np.uint64))
    return slice(*bounds.tolist())


def _shots(outcomes: Outcomes) -> NDArray[np.uint64]:
    return np.empty(0, dtype=np.uint64) if outcomes.shots is None else outcomes.shots


def _apportioned(weights: Floats, shots: int) -> NDArray[np.int64]:
    """Whole shots by largest remainder, so that they add up."""
    exact = weights / weights.sum() * shots
    counts: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    missing = shots - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return counts
