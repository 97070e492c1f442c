"""Qiskit's sampler on IonQ."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit.primitives import BaseSamplerV2, DataBin, PrimitiveResult, SamplerPubResult
from qiskit.primitives.containers.sampler_pub import SamplerPub

from qiskit_ionq_lite.notices import notify
from qiskit_ionq_lite.options import RunOptions
from qiskit_ionq_lite.primitives import description as descriptions
from qiskit_ionq_lite.primitives.bits import bit_array, shots_of
from qiskit_ionq_lite.primitives.description import SampledPub, Sampling
from qiskit_ionq_lite.primitives.job import IonQPrimitiveJob
from qiskit_ionq_lite.primitives.options import SamplerOptions, as_options
from qiskit_ionq_lite.primitives.running import Machine, fetch_all, submit_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives.containers import SamplerPubLike

    from qiskit_ionq_lite.backend import IonQBackend
    from qiskit_ionq_lite.job import IonQJob
    from qiskit_ionq_lite.primitives.running import SessionLike
    from qiskit_ionq_lite.results.result import IonQResult


class IonQSampler(BaseSamplerV2):
    """Samples circuits, and gives every shot in its registers.

    All circuits of a run are one job, for each number of shots that PUBs ask for.

    Args:
        backend: where to run.
        session: instead of a backend: anything with ``backend`` and ``session_id``.
        options: :class:`SamplerOptions`, or a dictionary of its names.

    >>> from qiskit import QuantumCircuit
    >>> from qiskit_ionq_lite import IonQProvider, IonQSampler
    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1), bell.measure_all()
    >>> with IonQProvider.local() as provider:
    ...     sampler = IonQSampler(provider.get_backend("simulator"))
    ...     data = sampler.run([bell], shots=100).result()[0].data
    >>> data.meas.num_shots, sorted(data.meas.get_counts())
    (100, ['00', '11'])
    """

    def __init__(
        self,
        backend: IonQBackend | None = None,
        *,
        session: SessionLike | None = None,
        options: SamplerOptions | Mapping[str, Any] | None = None,
    ) -> None:
        self._options = as_options(options, SamplerOptions)
        self._machine = Machine(backend, session, self._options.run_options)
        self._backend = self._machine.backend  # Qiskit's own have it, and qiskit-experiments asks for it

    @property
    def backend(self) -> IonQBackend:
        """Where it runs."""
        return self._backend

    @property
    def options(self) -> SamplerOptions:
        """As they were given."""
        return self._options

    def run(self, pubs: Iterable[SamplerPubLike], *, shots: int | None = None) -> IonQPrimitiveJob:
        """Submit PUBs: circuits, or tuples of a circuit, parameter values of any shape, and shots.

        Args:
            pubs: what to sample.
            shots: of PUBs that bring none of their own; else ``default_shots``.

        Returns:
            a job whose result has one entry for each PUB. Its ``data`` has a ``BitArray`` of the PUB's shape
            by the name of each classical register.

        Raises:
            IonQOptionError: if shots are out of range.
            IonQCircuitError: if a circuit cannot run on this backend.
        """
        default = self._options.default_shots if shots is None else shots
        coerced = [SamplerPub.coerce(pub, default) for pub in pubs]
        for pub in coerced:
            RunOptions().merged({"shots": pub.shots})
            if not pub.circuit.cregs:
                notify(
                    f"circuit {pub.circuit.name!r} has no classical registers, so its result will be empty: "
                    "add measurements, such as circuit.measure_all()"
                )
        description = descriptions.sampling([_described(pub) for pub in coerced])
        submissions = [
            self._machine.circuits([c for n in numbers for c in _bound(coerced[n])], shots, memory=True)
            for shots, numbers in _runs(description.pubs).items()
        ]
        return IonQPrimitiveJob(submit_all(submissions, description), partial(_read, description))

    def job(self, job_id: str) -> IonQPrimitiveJob:
        """A job of a sampler by its id, whoever ran it, and from whichever machine.

        Raises:
            IonQInputError: if it is a job of something else.
            IonQNotFoundError: if the platform knows no such job.
        """
        last = self._machine.backend.retrieve_job(job_id)
        description = descriptions.unpack(last.metadata, Sampling, job_id)
        jobs = fetch_all(self._machine.backend, last, description.earlier)
        return IonQPrimitiveJob(jobs, partial(_read, description))


def _described(pub: SamplerPub) -> SampledPub:
    place = {bit: number for number, bit in enumerate(pub.circuit.clbits)}
    registers = [(register.name, [place[bit] for bit in register]) for register in pub.circuit.cregs]
    return SampledPub(list(pub.shape), pub.shots, registers, pub.circuit.metadata or {})


def _bound(pub: SamplerPub) -> list[QuantumCircuit]:
    """Its circuits, flat."""
    return list(pub.parameter_values.bind_all(pub.circuit).ravel())


def _runs(pubs: Sequence[SampledPub]) -> dict[int, list[int]]:
    """Shots -> numbers of the PUBs that run together, of those that have something to run."""
    found: dict[int, list[int]] = {}
    for number, pub in enumerate(pubs):
        if pub.registers and np.prod(pub.shape):
            found.setdefault(pub.shots, []).append(number)
    return found


def _read(description: Sampling, jobs: Sequence[IonQJob]) -> PrimitiveResult[SamplerPubResult]:
    found: dict[int, SamplerPubResult] = {}
    for job, numbers in zip(jobs, _runs(description.pubs).values(), strict=True):
        result, start = job.result(), 0
        for number in numbers:
            pub = description.pubs[number]
            count = int(np.prod(pub.shape))
            found[number] = _sampled(pub, result, range(start, start + count))
            start += count
    every = [found.get(n) or _sampled(pub, None, range(0)) for n, pub in enumerate(description.pubs)]
    return PrimitiveResult(every, metadata={"version": 2})


def _sampled(pub: SampledPub, result: IonQResult | None, positions: range) -> SamplerPubResult:
    shape = tuple(pub.shape)
    shots = pub.shots if result is None else shots_of(result, positions, pub.shots)
    arrays = {name: bit_array(result, positions, bits, shape, shots) for name, bits in pub.registers}
    return SamplerPubResult(
        DataBin(**arrays, shape=shape), metadata={"shots": shots, "circuit_metadata": pub.metadata}
    )
