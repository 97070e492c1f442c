"""A job on IonQ's cloud: poll, cancel, result."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qiskit.providers import JobStatus, JobV1

from qiskit_ionq_lite.circuits.energy import TYPE as ENERGY_TYPE
from qiskit_ionq_lite.compilation import compiled_circuits, positions_of
from qiskit_ionq_lite.errors import (
    IonQAPIError,
    IonQJobError,
    IonQJobFailureError,
    IonQJobTimeoutError,
    IonQNotFoundError,
    IonQResponseError,
)
from qiskit_ionq_lite.money import Cost
from qiskit_ionq_lite.notices import notify
from qiskit_ionq_lite.polling import Together, pause
from qiskit_ionq_lite.results.assemble import experiment, probabilities
from qiskit_ionq_lite.results.result import IonQResult
from qiskit_ionq_lite.retrieval import header_of, outcomes_of, previous_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qiskit import QuantumCircuit
    from qiskit.providers import BackendV2
    from qiskit.result import Counts

    from qiskit_ionq_lite.circuits.header import JobHeader
    from qiskit_ionq_lite.cloud import documents
    from qiskit_ionq_lite.cloud.client import Client

    Callback = Callable[[str, JobStatus, "IonQJob"], None]

STATUSES: dict[str, JobStatus] = {
    "submitted": JobStatus.INITIALIZING,
    "ready": JobStatus.QUEUED,
    "started": JobStatus.RUNNING,
    "running": JobStatus.RUNNING,
    "completed": JobStatus.DONE,
    "failed": JobStatus.ERROR,
    "canceled": JobStatus.CANCELLED,
}
"""The platform's status -> Qiskit's (F 6.1); one that is not listed counts as running."""

_PRECEDENCE = (
    JobStatus.ERROR,
    JobStatus.CANCELLED,
    JobStatus.RUNNING,
    JobStatus.QUEUED,
    JobStatus.INITIALIZING,
    JobStatus.DONE,
)
"""Of several platform jobs, the status that counts."""

_DOWN_SECONDS = 2.0  # between two polls while the API does not answer
_FINAL = frozenset({"completed", "failed", "canceled"})
FINAL_STATUSES = frozenset(STATUSES[word] for word in _FINAL)
"""Qiskit's statuses of a job that has ended."""


def status_of_all(found: set[JobStatus]) -> JobStatus:
    """Of several platform jobs, the status that counts.

    >>> status_of_all({JobStatus.DONE, JobStatus.QUEUED})
    <JobStatus.RUNNING: 'job is actively running'>
    """
    if JobStatus.DONE in found and len(found) > 1:
        found = found | {JobStatus.RUNNING}
    return next(status for status in _PRECEDENCE if status in found)


class IonQJob(JobV1):
    """One job, by its id on IonQ's cloud. Made by ``backend.run()`` and ``provider.job(id)``.

    Attributes:
        metadata: what ``run(metadata=...)`` was given, as the platform keeps it: texts, and JSON of others.
    """

    def __init__(
        self,
        backend: BackendV2,
        job_id: str,
        client: Client,
        *,
        metadata: Mapping[str, str] | None = None,
        header: JobHeader | None = None,
        document: documents.Job | None = None,
        together: Together | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(backend, job_id, **dict(metadata or {}))
        self._client = client
        self._header = header
        self._document = document
        self._clock = clock
        self._sleep = sleep
        self._results: dict[str | None, IonQResult] = {}
        self._earlier: list[IonQJob] = []
        self._together = together or Together(client)
        self._together.add(self)

    def __repr__(self) -> str:
        known = self._document.status if self._document else "submitted"
        return f"<IonQJob {self.job_id()} on {self.backend().name}, last seen {known}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without connections, and so without the key."""
        facts = {"metadata": self.metadata, "header": self._header, "document": self._document}
        return _rebuilt, (self.backend(), self.job_id(), facts, self._results)

    def submit(self) -> None:
        """Jobs are submitted by ``backend.run()``; a second submission would be paid for twice."""
        raise IonQJobError("a job is submitted once, by backend.run()", job_id=self.job_id())

    def status(self) -> JobStatus:
        """Where the job stands; a failed job is ``ERROR``, and raises nothing here."""
        return status_of_all({part.own_status() for part in self.parts})

    def own_status(self) -> JobStatus:
        """Where this platform job stands, without the others of the same ``run()``."""
        return STATUSES.get(self._refreshed().status, JobStatus.RUNNING)

    @property
    def parts(self) -> list[IonQJob]:
        """The platform jobs of the same ``run()``, this one last: where a list exceeded the limits of one."""
        if not self._earlier:
            chain: list[IonQJob] = [self]
            while before := chain[0]._previous():
                if before in [part.job_id() for part in chain]:
                    raise IonQResponseError(f"job {before} names itself as the one before it")
                chain.insert(0, self._sibling(before))
            self._earlier = chain[:-1]
        return [*self._earlier, self]

    def _previous(self) -> str:
        """Id of the job before this one, if there is one and the header can be read."""
        if self._header is not None:
            return self._header.previous
        try:
            return previous_of(self._document or self._refreshed())
        except IonQResponseError:
            return ""  # result() says so

    def _sibling(self, job_id: str) -> IonQJob:
        return IonQJob(self.backend(), job_id, self._client, together=self._together)

    def result(
        self,
        timeout: float | None = None,
        wait: float | None = None,
        callback: Callback | None = None,
        aggregation: str | None = None,
    ) -> IonQResult:
        """Wait for the job, and return its result; the same one each time.

        Args:
            timeout: seconds to wait at most; without end by default.
            wait: seconds between two polls; by default short at first, then longer, up to 5.
            callback: called with (job id, status, job) after each poll.
            aggregation: how the variants of a debiased job become one result, ``"average"``, ``"voting"`` or
                ``"dnl"`` (F 3.6); the platform's own way by default. Such counts have no memory.

        Raises:
            IonQJobTimeoutError: if time runs out; the job goes on.
            IonQJobFailureError: if the job failed or was canceled, each time it is asked.
            IonQInputError: if the job has no such aggregation.
            IonQJobError: if the job was a dry run, which has no result.
        """
        if aggregation not in self._results:
            self.wait_for_final_state(timeout, wait, callback)
            every = [part.own_result(aggregation) for part in self.parts]
            self._results[aggregation] = self._joined(every)
        return self._results[aggregation]

    def own_result(self, aggregation: str | None = None) -> IonQResult:
        """The result of this platform job alone, which has ended; see :meth:`result`."""
        return self._fetch(self._with_result(), aggregation)

    def _joined(self, results: list[IonQResult]) -> IonQResult:
        """One result for all parts, in the order of the circuits."""
        if len(results) == 1:
            return results[0]
        last = results[-1]
        order = [(part, place) for _, part, place in self._places()]
        numbers = {id(part): number for number, part in enumerate(self.parts)}
        return IonQResult(
            backend_name=last.backend_name,
            backend_version=last.backend_version,
            job_id=self.job_id(),
            success=True,
            status="COMPLETED",
            date=last.date,
            results=[results[numbers[id(part)]].results[place] for part, place in order],
            distributions=[partial(results[numbers[id(part)]].distribution, place) for part, place in order],
        )

    def _places(self) -> list[tuple[int, IonQJob, int]]:
        """For each circuit in order: its position, the part that ran it, and its place there."""
        every = [
            (part.header.position(place), part, place)
            for part in self.parts
            for place in range(len(part.header.circuits))
        ]
        every.sort(key=lambda entry: entry[0])
        if [position for position, _, _ in every] != list(range(len(every))) and len(self.parts) > 1:
            raise IonQResponseError(f"the jobs up to {self.job_id()} do not hold each circuit once")
        return every

    def wait_for_final_state(
        self, timeout: float | None = None, wait: float | None = None, callback: Callback | None = None
    ) -> None:
        """Poll until the job has completed, failed or been canceled; see :meth:`result`."""
        start = self._clock()
        try:
            for part in self.parts:
                left = None if timeout is None else max(0.0, timeout - (self._clock() - start))
                part._wait(left, wait, callback)
        except KeyboardInterrupt:
            notify(f"job {self.job_id()} goes on; provider.job({self.job_id()!r}) fetches it later")
            raise

    def _wait(self, timeout: float | None, wait: float | None, callback: Callback | None) -> None:
        start = self._clock()
        while True:
            left = None if timeout is None else timeout - (self._clock() - start)
            try:
                document = self._refreshed(left)
            except IonQAPIError as error:
                if timeout is None or not error.may_pass:
                    raise
                if self._clock() - start >= timeout:
                    raise IonQJobTimeoutError(
                        f"job {self.job_id()} could not be asked for within {timeout:g} s ({error}); it goes "
                        f"on, and provider.job({self.job_id()!r}) fetches it later",
                        job_id=self.job_id(),
                    ) from error
                self._sleep(max(0.0, min(_DOWN_SECONDS, timeout - (self._clock() - start))))
                continue
            if callback is not None:
                callback(self.job_id(), STATUSES.get(document.status, JobStatus.RUNNING), self)
            if document.status in _FINAL:
                return
            elapsed = self._clock() - start
            if timeout is not None and elapsed >= timeout:
                raise IonQJobTimeoutError(
                    f"job {self.job_id()} is {document.status} after {timeout:g} s; it goes on, and "
                    f"provider.job({self.job_id()!r}) fetches it later",
                    job_id=self.job_id(),
                )
            rest = pause(elapsed, document.predicted_wait_time_ms) if wait is None else wait
            self._sleep(rest if timeout is None else max(0.0, min(rest, timeout - elapsed)))

    def cancel(self) -> bool:
        """Ask the platform to cancel the job; whether it is canceled now."""
        for part in self.parts:
            if part is self or not part.is_final:
                self._client.cancel_job(part.job_id())
        return self.status() is JobStatus.CANCELLED

    def delete(self) -> None:
        """Have the platform forget the job, its circuits and its results; a job that is gone stays so."""
        for part in self.parts:
            with suppress(IonQNotFoundError):  # an earlier try whose answer was lost has deleted it
                self._client.delete_job(part.job_id())

    def get_counts(self, circuit: str | int | QuantumCircuit | None = None) -> Counts | list[Counts]:
        """``result().get_counts(circuit)``."""
        counts: Counts | list[Counts] = self.result().get_counts(circuit)
        return counts

    def get_probabilities(
        self, circuit: str | int | QuantumCircuit | None = None
    ) -> dict[str, float] | list[dict[str, float]]:
        """``result().get_probabilities(circuit)``."""
        return self.result().get_probabilities(circuit)

    def get_memory(self, circuit: str | int | QuantumCircuit | None = None) -> list[str]:
        """``result().get_memory(circuit)``: every shot in order, for a job that ran with ``memory=True``."""
        memory: list[str] = self.result().get_memory(circuit)
        return memory

    def compiled_circuit(
        self, circuit: str | int | QuantumCircuit | None = None, *, timeout: float | None = None
    ) -> QuantumCircuit | list[QuantumCircuit]:
        """What the platform made of a circuit: the native gates that ran, without measurements.

        A circuit that was sent in native gates comes back as it was sent. Its qubits are those of yours that
        are in use, in order. Since all are measured at the end, the platform may leave out rotations about z
        that would stand there. A dry run has a compiled circuit too.

        Args:
            circuit: one circuit, by position, name or itself; all by default, as a list if they are several.
            timeout: seconds to wait for the end of the job; without end by default.

        Raises:
            IonQJobTimeoutError: if time runs out; the job goes on.
            IonQJobFailureError: if the job failed or was canceled.
            IonQJobError: if the platform keeps no native circuit, as for ideal simulations of abstract gates.
            IonQInputError: if the job has no such circuit.
        """
        self.wait_for_final_state(timeout)
        places = self._places()
        circuits = [part.header.circuits[place] for _, part, place in places]
        positions = positions_of(circuit, circuits)
        found: dict[int, QuantumCircuit] = {}
        for part in self.parts:
            mine = [position for position in positions if places[position][1] is part]
            wanted = [places[position][2] for position in mine]
            compiled = compiled_circuits(self._client, part._completed(), part.header, wanted) if mine else []
            found |= dict(zip(mine, compiled, strict=True))
        every = [found[position] for position in positions]
        return every[0] if len(every) == 1 else every

    def cost(self) -> Cost:
        """What the job cost, or is estimated to cost while it has not ended; of all its parts."""
        return Cost.total([Cost.of(self._client.cost(part.job_id())) for part in self.parts])

    def energy(self, timeout: float | None = None) -> tuple[float, float]:
        """What ``backend.run_energy()`` asked for, without the identity's share, which the platform ignores.

        Returns:
            the energy, and the variance of what one shot says of it.

        Raises:
            IonQJobTimeoutError: if time runs out; the job goes on.
            IonQJobFailureError: if the job failed or was canceled.
            IonQJobError: if it is another kind of job.
        """
        self.wait_for_final_state(timeout)
        document = self._completed()
        found = document.results or {}
        value, variance = found.get("value"), found.get("variance")
        if not isinstance(value, (int, float)) or not isinstance(variance, (int, float)):
            raise IonQJobError(
                f"job {document.id} of type {document.type!r} has no energy; it may have a result()",
                job_id=document.id,
            )
        return float(value), float(variance)

    def error_message(self) -> str | None:
        """The platform's reason for a failure, ``None`` while there is none."""
        failures = [failure for part in self.parts if (failure := part._refreshed().failure)]
        return f"{failures[0].code}: {failures[0].text}" if failures else None

    @property
    def name(self) -> str | None:
        """The job's name on the platform."""
        return self._refreshed().name

    @property
    def timestamps(self) -> dict[str, str | None]:
        """When the job was submitted, started and completed, ISO 8601."""
        document = self._refreshed()
        return {
            "submitted": document.submitted_at,
            "started": document.started_at,
            "completed": document.completed_at,
        }

    @property
    def header(self) -> JobHeader:
        """Shots, seed and classical registers, as they were at submission."""
        if self._header is None:
            self._header = header_of(self._refreshed())
        return self._header

    def _refreshed(self, timeout: float | None = None) -> documents.Job:
        """The job's document: what is final is not asked for again."""
        if self._document is None or self._document.status not in _FINAL:
            self._document = self._together.refresh(self, timeout)
        return self._document

    @property
    def is_final(self) -> bool:
        """Whether the job is known to have ended."""
        return self._document is not None and self._document.status in _FINAL

    @property
    def predicted_wait_ms(self) -> float | None:
        """Milliseconds in the queue that the platform predicted when it was last asked."""
        return self._document.predicted_wait_time_ms if self._document else None

    def learn(self, document: documents.Job) -> None:
        """Take a fresh document of this job, which came with another one's."""
        if not self.is_final:
            self._document = document

    def _completed(self) -> documents.Job:
        document = self._refreshed()
        failure = document.failure
        if document.status == "canceled":
            raise IonQJobFailureError(f"job {document.id} was canceled", job_id=document.id, code="canceled")
        if document.status == "failed":
            code, text = (failure.code, failure.text) if failure else ("", "no reason was given")
            raise IonQJobFailureError(
                f"job {document.id} failed: {code}: {text}", job_id=document.id, code=code
            )
        return document

    def _with_result(self) -> documents.Job:
        document = self._completed()
        if document.type.startswith(ENERGY_TYPE):
            raise IonQJobError(
                f"job {document.id} computed an energy, and has no counts: ask job.energy()",
                job_id=document.id,
            )
        if document.dry_run:
            raise IonQJobError(
                f"job {document.id} was a dry run, which has no result but a compiled_circuit()",
                job_id=document.id,
            )
        return document

    def _fetch(self, document: documents.Job, aggregation: str | None) -> IonQResult:
        header = self.header if aggregation is None else replace(self.header, memory=False)
        outcomes = outcomes_of(self._client, document, header, aggregation)
        return IonQResult(
            backend_name=document.backend,
            backend_version=self.backend().backend_version,
            job_id=document.id,
            success=True,
            status="COMPLETED",
            date=document.completed_at,
            results=[experiment(outcome, header, place) for place, outcome in enumerate(outcomes)],
            distributions=[
                partial(probabilities, outcome.probabilities, circuit.layout)
                for outcome, circuit in zip(outcomes, header.circuits, strict=True)
            ],
        )


def _rebuilt(
    backend: Any, job_id: str, facts: dict[str, Any], results: dict[str | None, IonQResult]
) -> IonQJob:
    job: IonQJob = backend.job(job_id, **facts)
    job._results = results
    return job
