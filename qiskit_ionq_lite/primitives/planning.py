"""A description -> which states are measured how; of a result -> expectation values and standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from qiskit.primitives import DataBin, PubResult

from qiskit_ionq_lite.primitives.measuring import measurements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from qiskit_ionq_lite.primitives.description import EstimatedPub, Estimation
    from qiskit_ionq_lite.primitives.measuring import Measurement
    from qiskit_ionq_lite.results.result import IonQResult


@dataclass(frozen=True)
class Plan:
    """What one platform job measures.

    Attributes:
        numbers: of the PUBs that it is for.
        shots: of each circuit.
        circuits: (state, measurement) for each.
    """

    numbers: list[int]
    shots: int
    circuits: list[tuple[int, Measurement]]

    @cached_property
    def places(self) -> dict[tuple[int, str], int]:
        """(state, label of a term) -> number of the circuit that measures it."""
        return {
            (state, label): number
            for number, (state, measurement) in enumerate(self.circuits)
            for label in measurement.readouts
        }


def pairs(pub: EstimatedPub) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Index in the PUB's shape, state, number of the observable: shapes are broadcast as numpy does."""
    states = np.array(pub.points, dtype=np.intp).reshape(pub.points_shape)
    observables = np.arange(len(pub.observables), dtype=np.intp).reshape(pub.observables_shape)
    each_state, each_observable = np.broadcast_arrays(states, observables)
    for index in np.ndindex(each_state.shape):
        yield index, int(each_state[index]), int(each_observable[index])


def shape(pub: EstimatedPub) -> tuple[int, ...]:
    """Of the PUB's expectation values."""
    return np.broadcast_shapes(tuple(pub.points_shape), tuple(pub.observables_shape))


def plans(description: Estimation) -> list[Plan]:
    """One for each number of shots, where there is something to measure; the ideal simulator needs none."""
    by_shots: dict[int, list[int]] = {}
    for number, pub in enumerate(description.pubs):
        by_shots.setdefault(0 if description.exact else pub.shots, []).append(number)
    found = [_plan(description, numbers) for numbers in by_shots.values()]
    return [plan for plan in found if plan.circuits]


def _plan(description: Estimation, numbers: list[int]) -> Plan:
    labels: dict[int, set[str]] = {}
    for number in numbers:
        pub = description.pubs[number]
        for _, state, observable in pairs(pub):
            labels.setdefault(state, set()).update(measured_terms(pub.observables[observable]))
    circuits = [
        (state, measurement)
        for state, wanted in labels.items()
        for measurement in measurements(list(wanted), description.grouping, description.exact)
    ]
    return Plan(numbers, description.pubs[numbers[0]].shots, circuits)


def measured_terms(observable: Mapping[str, float]) -> dict[str, float]:
    """Its terms, without the identity, whose value nobody needs to measure."""
    return {label: weight for label, weight in observable.items() if set(label) != {"I"} and weight}


def constant(observable: Mapping[str, float]) -> float:
    """The weight of the identity."""
    return sum(weight for label, weight in observable.items() if set(label) == {"I"})


def estimated(pub: EstimatedPub, plan: Plan | None, result: IonQResult | None, exact: bool) -> PubResult:
    """Expectation values of one PUB, with standard errors.

    Terms of one circuit are read from the same shots, so that their covariance counts; circuits are
    independent.
    """
    values = np.zeros(shape(pub))
    variances = np.zeros(shape(pub))
    for index, state, number in pairs(pub):
        observable = pub.observables[number]
        values[index] = constant(observable)
        if plan is None or result is None:
            continue
        for circuit, weights in _by_circuit(plan, state, measured_terms(observable)).items():
            mean, variance = _moments(plan.circuits[circuit][1], result, circuit, weights, pub.clbits)
            values[index] += mean
            if not exact:
                variances[index] += variance / result.results[circuit].shots
    return of_pub(pub, values, np.asarray(np.sqrt(variances)), exact)


def of_pub(
    pub: EstimatedPub, values: NDArray[np.float64], errors: NDArray[np.float64], exact: bool
) -> PubResult:
    """One entry of a primitive's result."""
    metadata = {"target_precision": pub.precision, "circuit_metadata": pub.metadata}
    if not exact:
        metadata["shots"] = pub.shots
    return PubResult(DataBin(evs=values, stds=errors, shape=values.shape), metadata=metadata)


def _by_circuit(plan: Plan, state: int, weights: Mapping[str, float]) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for label, weight in weights.items():
        found.setdefault(plan.places[state, label], {})[label] = weight
    return found


def _moments(
    measurement: Measurement, result: IonQResult, circuit: int, weights: Mapping[str, float], clbits: int
) -> tuple[float, float]:
    """Mean and variance of what one shot says of some terms together."""
    distribution = result.distribution(circuit)
    outcomes = distribution.outcomes
    if clbits:
        outcomes = outcomes >> (clbits if outcomes.dtype == np.object_ else np.uint64(clbits))
    worth = np.zeros(len(outcomes))
    for label, weight in weights.items():
        worth += weight * measurement.readouts[label].worth(outcomes)
    mean = float(distribution.weights @ worth)
    return mean, float(distribution.weights @ (worth - mean) ** 2)
