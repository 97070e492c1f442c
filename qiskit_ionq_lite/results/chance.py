"""From probabilities to counts: by sampling, or by apportionment.

Both are the same on every machine. Sampling uses the raw stream of PCG64, which numpy promises never to
change, not ``Generator``, whose methods may (NEP 19).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sample(probabilities: NDArray[np.float64], shots: int, seed: int, stream: int) -> NDArray[np.intp]:
    """Draw ``shots`` indices into ``probabilities``, which are normalised first.

    Args:
        probabilities: shape (n,), not negative, with a positive sum.
        shots: how many to draw.
        seed: of the job.
        stream: position of the circuit in the job, so that equal circuits give different shots.

    Returns:
        shape (shots,), in the order drawn.

    >>> sample(np.array([0.0, 1.0]), 3, seed=7, stream=0)
    array([1, 1, 1])
    """
    return _located(probabilities, _uniform(shots, seed, stream))


def tally(probabilities: NDArray[np.float64], shots: int, seed: int, stream: int) -> NDArray[np.int64]:
    """How often :func:`sample` draws each index: the same draws without their order, found faster.

    >>> tally(np.array([0.0, 1.0]), 3, seed=7, stream=0)
    array([0, 3])
    """
    uniform = _uniform(shots, seed, stream)
    place = (uniform * 2.0**16).astype(np.uint16)  # sorted by these alone, neighbours share the cache as well
    drawn = _located(probabilities, uniform[np.argsort(place, kind="stable")])
    counts: NDArray[np.int64] = np.bincount(drawn, minlength=len(probabilities))
    return counts


def _uniform(shots: int, seed: int, stream: int) -> NDArray[np.float64]:
    """The 53 bits of a double in [0, 1), ``shots`` times."""
    raw = np.random.PCG64(np.random.SeedSequence([seed, stream])).random_raw(shots)
    uniform: NDArray[np.float64] = (raw >> np.uint64(11)) * 2.0**-53
    return uniform


def _located(probabilities: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.intp]:
    cumulative = np.cumsum(probabilities)
    indices = np.searchsorted(cumulative, uniform * cumulative[-1], side="right")
    drawn: NDArray[np.intp] = np.minimum(indices, _last_possible(probabilities))
    return drawn


def _last_possible(probabilities: NDArray[np.float64]) -> Any:
    """Rounding may put a draw past the end; it then belongs to the last outcome that can occur."""
    return np.flatnonzero(probabilities)[-1]


def apportion(probabilities: NDArray[np.float64], shots: int) -> NDArray[np.int64]:
    """Whole numbers that sum to ``shots``, in proportion to ``probabilities``: largest remainders round up.

    >>> apportion(np.array([0.5, 0.25, 0.25]), 101).tolist()
    [51, 25, 25]
    """
    exact = probabilities * (shots / probabilities.sum())
    counts: NDArray[np.int64] = np.floor(exact + 1e-9).astype(np.int64)  # a quota of 499.9999999999 is 500
    missing = shots - int(counts.sum())
    if missing > 0:
        counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return counts
