"""Circuits and a description -> platform jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from qiskit_ionq_lite.backend import IonQBackend
from qiskit_ionq_lite.errors import IonQError, IonQInputError
from qiskit_ionq_lite.notices import notify
from qiskit_ionq_lite.primitives import description as descriptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from qiskit import QuantumCircuit

    from qiskit_ionq_lite.job import IonQJob
    from qiskit_ionq_lite.primitives.description import Estimation, Sampling

    class SessionLike(Protocol):
        """What a primitive asks of a session."""

        @property
        def backend(self) -> Any:
            """The machine, an :class:`IonQBackend`."""

        @property
        def session_id(self) -> str:
            """The session's id."""

    Submission = Callable[[Mapping[str, Any]], IonQJob]


class Machine:
    """Where a primitive runs: a backend, in a session or not.

    Args:
        backend: of this package.
        session: instead of a backend.
        options: of ``backend.run()``.
    """

    def __init__(
        self, backend: IonQBackend | None, session: SessionLike | None, options: Mapping[str, Any]
    ) -> None:
        if (backend is None) == (session is None):
            raise IonQInputError("give either backend= or session=, and not both")
        found = session.backend if session is not None else backend
        if not isinstance(found, IonQBackend):
            raise IonQInputError(
                f"a primitive runs on a backend of this package, such as provider.get_backend('simulator'), "
                f"not on {found!r}; Qiskit's BackendSamplerV2 and BackendEstimatorV2 run on any"
            )
        self.backend = found
        self.options = dict(options)
        self.in_session = {} if session is None else {"session_id": session.session_id}

    @property
    def is_exact(self) -> bool:
        """Whether it gives whole distributions, without noise and without chance."""
        model = self.options.get("noise_model", self.backend.options.noise_model)
        return self.backend.is_simulator and model in (None, "ideal")

    def circuits(self, circuits: Sequence[QuantumCircuit], shots: int, memory: bool) -> Submission:
        """A submission of circuits, which takes further metadata."""

        def submit(metadata: Mapping[str, Any]) -> IonQJob:
            return self.backend.run(circuits, shots=shots, memory=memory, **self._options_with(metadata))

        return submit

    def _options_with(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        own = self.options.get("metadata") or {}
        return self.options | self.in_session | {"metadata": {**own, **metadata}}

    def energy(
        self, ansatz: QuantumCircuit, values: Sequence[float], hamiltonian: Mapping[str, float], shots: int
    ) -> Submission:
        """A submission of one energy, which takes further metadata."""

        def submit(metadata: Mapping[str, Any]) -> IonQJob:
            options = self._options_with(metadata)
            return self.backend.run_energy(ansatz, hamiltonian, values, shots=shots, **options)

        return submit


def submit_all(submissions: Sequence[Submission], description: Sampling | Estimation) -> list[IonQJob]:
    """Submit one after the other; the last one's metadata holds the description and the other ids."""
    jobs: list[IonQJob] = []
    for number, submit in enumerate(submissions):
        metadata: dict[str, str] = {}
        if number == len(submissions) - 1:
            description.earlier = [job.job_id() for job in jobs]
            metadata = _packed(description)
        try:
            jobs.append(submit(metadata))
        except BaseException:
            _call_off(jobs)
            raise
    return jobs


def _packed(description: Sampling | Estimation) -> dict[str, str]:
    packed = descriptions.pack(description)
    if packed is None:
        notify(
            "the shapes and observables are too long for the job's metadata: its result can be had from this "
            "job object, and not later by its id alone; run fewer PUBs at a time for that"
        )
    return packed or {}


def _call_off(jobs: Iterable[IonQJob]) -> None:
    """The rest cannot be submitted: half a result is worth no money."""
    for job in jobs:
        try:
            job.cancel()
            notify(
                f"job {job.job_id()}, a part of the run, was canceled, for the rest could not be submitted"
            )
        except IonQError as error:
            notify(f"job {job.job_id()}, a part of the run, goes on, for it could not be canceled: {error}")


def fetch_all(backend: IonQBackend, job: IonQJob, earlier: Iterable[str]) -> list[IonQJob]:
    """The jobs of a run, of which the last is at hand."""
    return [*(backend.retrieve_job(job_id) for job_id in earlier), job]
