"""Expectation values that the platform computes: one job for each state and observable (F 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from qiskit.primitives import PrimitiveResult

from qiskit_ionq_lite.primitives.planning import constant, measured_terms, of_pub, pairs, shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit.primitives import PubResult

    from qiskit_ionq_lite.job import IonQJob
    from qiskit_ionq_lite.primitives.description import EstimatedPub, Estimation


class Wanted(NamedTuple):
    """One energy: the same state, terms and shots are asked for once.

    Attributes:
        state: its number.
        terms: labels and weights, without the identity.
        shots: of each of the platform's circuits.
    """

    state: int
    terms: tuple[tuple[str, float], ...]
    shots: int


def energies(description: Estimation) -> list[Wanted]:
    """In the order in which they are submitted."""
    found = {
        wanted: None
        for pub in description.pubs
        for _, state, observable in pairs(pub)
        if (wanted := _wanted(pub, state, pub.observables[observable])).terms
    }
    return list(found)


def _wanted(pub: EstimatedPub, state: int, observable: Mapping[str, float]) -> Wanted:
    return Wanted(state, tuple(sorted(measured_terms(observable).items())), pub.shots)


def read_energies(description: Estimation, jobs: Sequence[IonQJob]) -> PrimitiveResult[PubResult]:
    """The result of a run, from the energies of its jobs."""
    found = {wanted: job.energy() for wanted, job in zip(energies(description), jobs, strict=True)}
    every = []
    for pub in description.pubs:
        values, variances = np.zeros(shape(pub)), np.zeros(shape(pub))
        for index, state, number in pairs(pub):
            observable = pub.observables[number]
            value, variance = found.get(_wanted(pub, state, observable), (0.0, 0.0))
            values[index] = constant(observable) + value
            variances[index] = 0.0 if description.exact else variance / pub.shots
        every.append(of_pub(pub, values, np.asarray(np.sqrt(variances)), description.exact))
    return PrimitiveResult(every, metadata={"version": 2})
