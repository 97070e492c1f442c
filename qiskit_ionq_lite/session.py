"""A stretch of a QPU's time: jobs that run together, within limits of time, money and number (F 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from qiskit_ionq_lite.errors import IonQInputError
from qiskit_ionq_lite.notices import notify
from qiskit_ionq_lite.options import dollars, integer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from qiskit import QuantumCircuit
    from typing_extensions import Self

    from qiskit_ionq_lite.cloud import documents
    from qiskit_ionq_lite.cloud.client import Client
    from qiskit_ionq_lite.job import IonQJob

    class Provider(Protocol):
        """What a session asks of its provider."""

        def jobs(self, limit: int | None, *, session: str) -> list[IonQJob]:
            """Jobs of a session."""

        def wait(self, jobs: Sequence[IonQJob]) -> None:
            """Wait until they have ended."""

        def session(self, session_id: str, *, gateset: str) -> Session:
            """A session by its id."""

    class Backend(Protocol):
        """What a session asks of its backend, which opens sessions, and so stands above."""

        gateset: str

        @property
        def provider(self) -> Provider:
            """Where it comes from."""

        @property
        def name(self) -> str:
            """Its name."""

        def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> IonQJob:
            """Submit."""


_MOST = 2**31 - 1  # the API's numbers have 32 bits


class Session:
    """A session on one backend. Made by ``backend.open_session()`` and ``provider.session(id)``.

    As a context manager it waits at the end for the jobs that were run through it, and then ends, because the
    end of a session cancels its jobs that wait. After an exception it ends at once.

    Attributes:
        session_id: the platform's id.
        backend: the backend, all of whose jobs are in this session: for primitives and other libraries.
    """

    def __init__(self, backend: Backend, client: Client, session_id: str) -> None:
        self.session_id = session_id
        self.backend = backend
        self._client = client
        self._ended = False
        self._jobs: list[IonQJob] = []

    def __repr__(self) -> str:
        return f"<Session {self.session_id} on {self.backend.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without connections, and so without the key."""
        return _rebuilt, (self.backend, self.session_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.end()

    def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> IonQJob:
        """``backend.run()``, in this session.

        Raises:
            IonQInputError: if this object has ended the session.
            IonQRequestError: if the platform has, or a limit leaves no room for the job.
        """
        if self._ended:
            raise IonQInputError(f"session {self.session_id} has ended: open another one")
        job = self.backend.run(run_input, **{**options, "session_id": self.session_id})
        self._jobs.append(job)
        return job

    def status(self) -> documents.Session:
        """What the platform says of the session now: ``status``, ``active``, its limits and times."""
        return self._client.session(self.session_id)

    def jobs(self, limit: int | None = None) -> list[IonQJob]:
        """Its jobs, newest first, whoever submitted them; all by default."""
        return self.backend.provider.jobs(limit, session=self.session_id)

    def end(self) -> None:
        """End the session now. Its jobs that wait are canceled, and those that run go on."""
        self._ended = True
        self._client.end_session(self.session_id)

    def close(self) -> None:
        """End the session once the jobs that were run through this object have ended."""
        if self._ended:
            return
        try:
            self.backend.provider.wait(self._jobs)
        except BaseException:
            notify(f"session {self.session_id} stays open; end() ends it, and cancels its jobs that wait")
            raise
        self.end()


def limits(max_time: int | None, max_cost: float | None, max_jobs: int | None) -> dict[str, Any]:
    """Limits as the API takes them.

    >>> limits(30, 100, None)
    {'duration_limit_min': 30, 'cost_limit': {'value': 100.0, 'unit': 'usd'}}

    Raises:
        IonQOptionError: for what is no limit.
    """
    cost = None if max_cost is None else dollars("max_cost", max_cost)
    given = {
        "duration_limit_min": None if max_time is None else integer(1, _MOST)("max_time", max_time),
        "job_count_limit": None if max_jobs is None else integer(1, _MOST)("max_jobs", max_jobs),
        "cost_limit": None if cost is None else {"value": cost, "unit": "usd"},
    }
    return {name: limit for name, limit in given.items() if limit is not None}


def _rebuilt(backend: Backend, session_id: str) -> Session:
    return backend.provider.session(session_id, gateset=backend.gateset)
