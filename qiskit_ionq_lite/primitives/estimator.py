"""Qiskit's estimator on IonQ."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit.primitives import BaseEstimatorV2, PrimitiveResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub

from qiskit_ionq_lite.primitives import description as descriptions
from qiskit_ionq_lite.primitives.description import EstimatedPub, Estimation
from qiskit_ionq_lite.primitives.energies import energies, read_energies
from qiskit_ionq_lite.primitives.job import IonQPrimitiveJob
from qiskit_ionq_lite.primitives.options import EstimatorOptions, as_options, checked_precision, shots_for
from qiskit_ionq_lite.primitives.planning import estimated, plans
from qiskit_ionq_lite.primitives.running import Machine, fetch_all, submit_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives import PubResult
    from qiskit.primitives.containers import EstimatorPubLike

    from qiskit_ionq_lite.backend import IonQBackend
    from qiskit_ionq_lite.job import IonQJob
    from qiskit_ionq_lite.primitives.planning import Plan
    from qiskit_ionq_lite.primitives.running import SessionLike, Submission

_SHOTS_OF_NOTHING = 1024  # where distributions are exact, shots say nothing


class IonQEstimator(BaseEstimatorV2):
    """Expectation values of observables.

    Terms that go together are measured by one circuit, and circuits are shared between observables, PUBs and
    parameter values that need the same. All circuits of a run are one job, for each precision that PUBs ask
    for. On the ideal simulator values are exact, and their standard errors 0.

    Args:
        backend: where to run.
        session: instead of a backend: anything with ``backend`` and ``session_id``.
        options: :class:`EstimatorOptions`, or a dictionary of its names.

    >>> from qiskit import QuantumCircuit
    >>> from qiskit_ionq_lite import IonQEstimator, IonQProvider
    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1)
    >>> with IonQProvider.local() as provider:
    ...     estimator = IonQEstimator(provider.get_backend("simulator"))
    ...     data = estimator.run([(bell, ["XX", "YY", "ZI"])]).result()[0].data
    >>> data.evs.round(9).tolist(), data.stds.tolist()
    ([1.0, -1.0, 0.0], [0.0, 0.0, 0.0])
    """

    def __init__(
        self,
        backend: IonQBackend | None = None,
        *,
        session: SessionLike | None = None,
        options: EstimatorOptions | Mapping[str, Any] | None = None,
    ) -> None:
        self._options = as_options(options, EstimatorOptions)
        self._machine = Machine(backend, session, self._options.run_options)
        self._backend = self._machine.backend  # Qiskit's own have it, and qiskit-experiments asks for it

    @property
    def backend(self) -> IonQBackend:
        """Where it runs."""
        return self._backend

    @property
    def options(self) -> EstimatorOptions:
        """As they were given."""
        return self._options

    def run(self, pubs: Iterable[EstimatorPubLike], *, precision: float | None = None) -> IonQPrimitiveJob:
        """Submit PUBs: tuples of a circuit, observables, parameter values and a precision.

        Args:
            pubs: what to estimate; observables and parameter values of any shapes that broadcast.
            precision: of PUBs that bring none of their own; else ``default_precision``.

        Returns:
            a job whose result has one entry for each PUB, with arrays ``data.evs`` and ``data.stds`` of the
            PUB's shape.

        Raises:
            IonQOptionError: if a precision needs more shots than the platform takes.
            IonQCircuitError: if a circuit cannot run on this backend.
        """
        default = self._options.default_precision if precision is None else checked_precision(precision)
        coerced = [EstimatorPub.coerce(pub, default) for pub in pubs]
        states = _States()
        exact = self._machine.is_exact
        description = descriptions.estimation(
            [_described(pub, states, exact) for pub in coerced],
            exact,
            self._options.grouping,
            self._options.quantum_function,
        )
        submissions = self._submissions(description, states)
        return IonQPrimitiveJob(submit_all(submissions, description), partial(_read, description))

    def _submissions(self, description: Estimation, states: _States) -> list[Submission]:
        if description.function:
            return [
                self._machine.energy(*states.prepared(state), dict(terms), shots)
                for state, terms, shots in energies(description)
            ]
        return [
            self._machine.circuits(states.measured(plan), plan.shots, memory=False)
            for plan in plans(description)
        ]

    def job(self, job_id: str) -> IonQPrimitiveJob:
        """A job of an estimator by its id, whoever ran it, and from whichever machine.

        Raises:
            IonQInputError: if it is a job of something else.
            IonQNotFoundError: if the platform knows no such job.
        """
        last = self._machine.backend.retrieve_job(job_id)
        description = descriptions.unpack(last.metadata, Estimation, job_id)
        jobs = fetch_all(self._machine.backend, last, description.earlier)
        return IonQPrimitiveJob(jobs, partial(_read, description))


class _States:
    """The states that circuits prepare, each once: equal parameter values of one circuit are one state."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, bytes], int] = {}
        self._prepared: list[tuple[EstimatorPub, tuple[int, ...]]] = []

    def numbers(self, pub: EstimatorPub) -> list[int]:
        """Of the PUB's parameter values, flat."""
        values = pub.parameter_values.as_array(pub.circuit.parameters)
        return [self._number(pub, index, values[index]) for index in np.ndindex(pub.parameter_values.shape)]

    def _number(self, pub: EstimatorPub, index: tuple[int, ...], values: Any) -> int:
        key = (id(pub.circuit), np.asarray(values, dtype=np.float64).tobytes())
        if key not in self._numbers:
            self._numbers[key] = len(self._prepared)
            self._prepared.append((pub, index))
        return self._numbers[key]

    def prepared(self, state: int) -> tuple[QuantumCircuit, Sequence[float]]:
        """The circuit that prepares a state, and the values of its parameters."""
        pub, index = self._prepared[state]
        return pub.circuit, pub.parameter_values.as_array(pub.circuit.parameters)[index].tolist()

    def measured(self, plan: Plan) -> list[QuantumCircuit]:
        """The plan's circuits, bound; each measurement is put behind each circuit once."""
        whole: dict[tuple[int, int], QuantumCircuit] = {}
        found = []
        for state, measurement in plan.circuits:
            pub, index = self._prepared[state]
            key = (id(pub.circuit), id(measurement))
            if key not in whole:
                whole[key] = measurement.after(pub.circuit)
            found.append(pub.parameter_values.bind(whole[key], index))
        return found


def _described(pub: EstimatorPub, states: _States, exact: bool) -> EstimatedPub:
    observables = pub.observables
    return EstimatedPub(
        list(pub.parameter_values.shape),
        states.numbers(pub),
        list(observables.shape),
        [_weights(observables[index]) for index in np.ndindex(observables.shape)],
        pub.circuit.num_clbits,
        pub.precision,
        _SHOTS_OF_NOTHING if exact else shots_for(pub.precision),
        pub.circuit.metadata or {},
    )


def _weights(observable: Mapping[str, Any]) -> dict[str, float]:
    return {label: float(np.real(weight)) for label, weight in observable.items()}


def _read(description: Estimation, jobs: Sequence[IonQJob]) -> PrimitiveResult[PubResult]:
    if description.function:
        return read_energies(description, jobs)
    every: dict[int, PubResult] = {}
    for plan, job in zip(plans(description), jobs, strict=True):
        result = job.result()
        for number in plan.numbers:
            every[number] = estimated(description.pubs[number], plan, result, description.exact)
    return PrimitiveResult(
        [
            every.get(number) or estimated(pub, None, None, description.exact)
            for number, pub in enumerate(description.pubs)
        ],
        metadata={"version": 2},
    )
