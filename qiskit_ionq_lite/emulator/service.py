"""What the API does, in terms of jobs: no HTTP here, and time, ids and chance come from outside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from qiskit_ionq_lite.emulator import compiled
from qiskit_ionq_lite.emulator.bodies import MAX_SEED, ErrorMitigation, parse_ids, parse_submission
from qiskit_ionq_lite.emulator.cloning import body_of_clone, input_of
from qiskit_ionq_lite.emulator.devices import (
    BACKENDS,
    DEVICES,
    Document,
    backend_document,
    characterization,
    history,
)
from qiskit_ionq_lite.emulator.documents import (
    ORGANIZATION_ID,
    PARENTS,
    PROJECT_ID,
    artifacts,
    cost_document,
    is_exact,
    iso,
    job_document,
    listed_document,
    mitigated,
)
from qiskit_ionq_lite.emulator.formats import AGGREGATE, FORMATS
from qiskit_ionq_lite.emulator.functions import FUNCTIONS, QAOA
from qiskit_ionq_lite.emulator.inputs import MULTI, SINGLE, is_native
from qiskit_ionq_lite.emulator.jobs import Job
from qiskit_ionq_lite.emulator.mitigation import debiases, is_mitigated, variants
from qiskit_ionq_lite.emulator.prices import UNIT, Size, execution_ms, price, rate_card, share
from qiskit_ionq_lite.emulator.refusals import not_found
from qiskit_ionq_lite.emulator.schemas import SCHEMAS
from qiskit_ionq_lite.emulator.session_api import SessionApi
from qiskit_ionq_lite.emulator.usage import usage
from qiskit_ionq_lite.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from random import Random

    from qiskit_ionq_lite.emulator.bodies import Submission
    from qiskit_ionq_lite.emulator.inputs import CircuitSize, Source
    from qiskit_ionq_lite.emulator.queries import EstimateQuery
    from qiskit_ionq_lite.emulator.queue import Queue
    from qiskit_ionq_lite.emulator.store import Selection, Store
    from qiskit_ionq_lite.emulator.usage import UsageQuery

CHARACTERIZATIONS_PER_PAGE = 10


class Service:
    """The local cloud's API, version 0.4.

    Args:
        store: where jobs live.
        queue: has room for a job or not, and knows how long it waits.
        enqueue: called after a job was stored and made ready, to have it worked on.
        abort: called with jobs that are no longer wanted, to end their simulations.
        clock: seconds since 1970.
        new_id: a fresh UUID as text.
        random: draws the seeds that clients leave open.

    Attributes:
        sessions: the operations below ``/sessions``.
    """

    def __init__(
        self,
        store: Store,
        *,
        queue: Queue,
        enqueue: Callable[[], None],
        abort: Callable[[Sequence[str]], None],
        clock: Callable[[], float],
        new_id: Callable[[], str],
        random: Random,
    ) -> None:
        self._store = store
        self._queue = queue
        self._enqueue = enqueue
        self._abort = abort
        self._clock = clock
        self._new_id = new_id
        self._random = random
        self.sessions = SessionApi(store, clock, new_id)

    def submit(self, body: bytes) -> Document:
        """``POST /jobs``."""
        return self._accept(parse_submission(body))

    def clone(self, job_id: str, changes: bytes) -> Document:
        """``POST /jobs/{id}/clone``: the same job once more, with changes."""
        return self._accept(self._again(job_id, changes))

    def move(self, job_id: str, changes: bytes) -> Document:
        """``POST /jobs/{id}/move``: a clone that takes the place of a job, which is canceled (F 7.7)."""
        moved = self._accept(self._again(job_id, changes), instead_of=job_id)
        self._abort([job_id])
        return moved

    def cost(self, job_id: str) -> Document:
        """``GET /jobs/{id}/cost``."""
        return cost_document(self._known(job_id))

    def estimate(self, query: EstimateQuery) -> Document:
        """``GET /jobs/estimate``: a price in US dollars, times in milliseconds."""
        size = query.size
        return {
            "estimate_context": {
                "backend": query.backend,
                "type": query.type,
                "qubits": query.qubits,
                "shots": size.shots,
                "1q_gates": size.one_qubit_gates,
                "2q_gates": size.two_qubit_gates,
                "error_mitigation": size.mitigated,
                "organization": ORGANIZATION_ID,
                "project": PROJECT_ID,
            },
            "estimated_at": iso(self._now()),
            "estimated_unit": UNIT,
            "rate_card": rate_card(query.backend, mitigated=size.mitigated),
            "estimated_total_cost": price(query.backend, size) or 0.0,
            "estimated_execution_time": execution_ms(query.backend, size),
            "current_predicted_queue_time": self._queue.expected_wait_ms(),
        }

    def job(self, job_id: str) -> Document:
        """``GET /jobs/{id}``."""
        self._store.expire_sessions(self._now())
        job = self._known(job_id)
        children = self._store.child_ids(job_id) if job.type in PARENTS else None
        return job_document(job, children) | self._prediction(job)

    def input(self, job_id: str) -> bytes:
        """The ``input`` that a job came with; empty for the circuits of a batch."""
        return self._store.body(job_id)

    def place(self, job_id: str) -> tuple[str, int]:
        """Which job's ``input`` holds a job's circuit, its own or its parent's, and at which place there."""
        job = self._known(job_id)
        return job.parent_id or job.id, job.position

    def jobs(self, selection: Selection, limit: int, after: str | None) -> Document:
        """``GET /jobs``."""
        self._store.expire_sessions(self._now())
        found, token = self._store.page(selection, limit, after)
        return {"jobs": [listed_document(job) | self._prediction(job) for job in found], "next": token}

    def session_jobs(self, session_id: str, selection: Selection, limit: int, after: str | None) -> Document:
        """``GET /sessions/{id}/jobs``."""
        self.sessions.get(session_id)
        return self.jobs(replace(selection, session_id=session_id), limit, after)

    def cancel(self, job_id: str) -> Document:
        """``PUT /jobs/{id}/status/cancel``; a job that has ended stays as it is (F 6.5)."""
        self._known(job_id)
        self._cancel([job_id])
        return {"id": job_id, "status": "canceled"}

    def cancel_many(self, body: bytes) -> Document:
        """``PUT /jobs/status/cancel``: all of them, or, if one is unknown, none."""
        ids = self._known_ids(body)
        self._cancel(ids)
        return {"ids": ids, "status": "canceled"}

    def delete(self, job_id: str) -> Document:
        """``DELETE /jobs/{id}``."""
        self._known(job_id)
        self._delete([job_id])
        return {"id": job_id, "status": "deleted"}

    def delete_many(self, body: bytes) -> Document:
        """``DELETE /jobs``: all of them, or, if one is unknown, none."""
        ids = self._known_ids(body)
        self._delete(ids)
        return {"ids": ids, "status": "deleted"}

    def artifact(self, job_id: str, artifact_id: str) -> Any:
        """``GET /jobs/{id}/artifacts/{artifactId}``, and the older result URLs."""
        job = self._known(job_id)
        if artifact_id == compiled.ARTIFACT and job.compiled:
            return msgspec.Raw(self._store.compiled(job_id))
        if job.status != "completed" or job.dry_run or artifact_id not in artifacts(job):
            raise not_found(f"Job {job_id} has no artifact {artifact_id!r}; its status is {job.status}.")
        if artifact_id == AGGREGATE:
            return self._aggregate(job)
        outcomes = self._store.results([job_id])[job_id]
        form, choose = mitigated(job).get(artifact_id, (artifact_id, None))
        return FORMATS[form].render(choose(outcomes) if choose else outcomes, job.qubits)

    def aggregated(self, job_id: str, name: str, method: str | None) -> Any:
        """An older result URL with ``aggregation`` or ``sharpen``, for debiased jobs (F 3.6).

        A batch answers for all its circuits: Cirq, once it has forgotten that a job is one, asks here.
        """
        job = self._known(job_id)
        if job.type == MULTI and name == "probabilities":
            return self.artifact(job_id, AGGREGATE)
        parts = variants(job)
        if method is None or not parts or name == "shots":
            return self.artifact(job_id, name)
        return self.artifact(job_id, f"{method}-{name}")

    def backends(self) -> list[Document]:
        """``GET /backends``."""
        return [backend_document(name) for name in BACKENDS]

    def backend(self, name: str) -> Document:
        """``GET /backends/{backend}``."""
        return backend_document(_known_backend(name))

    def characterizations(
        self, backend: str, start: date | None, end: date | None, limit: int, page: int
    ) -> Document:
        """A page, newest first, and how many follow; ``start`` and ``end`` are included."""
        first, last = (day.isoformat() if day else "" for day in (start, end))
        chosen = [
            device
            for device in history(_known_backend(backend))
            if first <= device.updated[:10] <= (last or device.updated)
        ]
        shown = [characterization(device) for device in chosen[(page - 1) * limit : page * limit]]
        return {"characterizations": shown, "pages": max(0, -(-len(chosen) // limit) - page)}

    def characterization(self, backend: str, identifier: str) -> Document:
        """One characterization."""
        for device in history(_known_backend(backend)):
            if device.characterization_id == identifier:
                return characterization(device)
        raise not_found(f"Backend {backend} has no characterization {identifier!r}.")

    def schema(self, form: str) -> Document:
        """``GET /schemas/formats/{format}``."""
        if form not in SCHEMAS:
            raise not_found(f"Unknown format {form!r}; {nearest(form, SCHEMAS)}.")
        return SCHEMAS[form]

    def usage(self, organization_id: str, query: UsageQuery) -> Document:
        """``GET /organizations/{id}/usage``."""
        if organization_id != ORGANIZATION_ID:
            raise not_found(f"Organization {organization_id!r} not found; here there is {ORGANIZATION_ID}.")
        with self._store.reading() as connection:
            return usage(connection, query)

    def _prediction(self, job: Job) -> Document:
        return {"predicted_wait_time_ms": self._queue.predicted_wait_ms(job)}

    def _accept(self, submission: Submission, instead_of: str | None = None) -> Document:
        self._queue.check_room()
        jobs = self._jobs(submission)
        self._store.create(jobs, submission.input, instead_of)
        self._store.mark_ready(jobs[0].id)
        self._enqueue()
        return {"id": jobs[0].id, "status": jobs[0].status, "session_id": jobs[0].session_id}

    def _again(self, job_id: str, changes: bytes) -> Submission:
        job = self._known(job_id)
        return parse_submission(body_of_clone(job, input_of(job, self._store), changes))

    def _now(self) -> int:
        return round(self._clock() * 1000)

    def _cancel(self, job_ids: Sequence[str]) -> None:
        self._store.cancel(job_ids, self._now())
        self._abort(job_ids)

    def _delete(self, job_ids: Sequence[str]) -> None:
        self._store.delete(job_ids)
        self._abort(job_ids)

    def _known(self, job_id: str) -> Job:
        job = self._store.get(job_id)
        if job is None:
            raise not_found(f"Job {job_id!r} not found.")
        return job

    def _known_ids(self, body: bytes) -> list[str]:
        ids = parse_ids(body)
        for job_id in ids:
            self._known(job_id)
        return ids

    def _aggregate(self, job: Job) -> Document:
        """Probabilities by child id, in the order of submission, which released clients rely on (F 3.5)."""
        render = FORMATS["probabilities"].render
        results = self._store.results(self._store.child_ids(job.id))
        return {child: render(outcomes, 0) for child, outcomes in results.items()}

    def _jobs(self, submission: Submission) -> list[Job]:
        parent = self._job(submission)
        if submission.type != MULTI:
            return [parent]
        return [parent, *self._children(submission, parent)]

    def _job(self, submission: Submission) -> Job:
        settings = settings_of(submission)
        sizes = submission.sizes
        job = Job(
            id=self._new_id(),
            type=submission.type,
            backend=submission.backend,
            status="submitted",
            submitted_at=self._now(),
            shots=submission.shots,
            qubits=max(size.qubits for size in sizes),
            circuits=len(submission.circuits),
            one_qubit_gates=sum(size.one_qubit_gates for size in sizes),
            more_qubit_gates=sum(size.more_qubit_gates for size in sizes),
            settings=settings,
            price=price(submission.backend, _paid(submission, sizes, mitigated=is_mitigated(settings))),
            name=submission.name,
            metadata=submission.metadata,
            session_id=submission.session_id,
            dry_run=submission.dry_run,
            noise_model=submission.noise_model,
            seed=submission.noise_seed,
        )
        if is_exact(job) or job.seed is not None:
            return job
        return replace(job, seed=self._random.randint(1, MAX_SEED - 1))

    def _children(self, submission: Submission, parent: Job) -> Sequence[Job]:
        return [
            replace(
                parent,
                id=self._new_id(),
                type=SINGLE,
                parent_id=parent.id,
                position=position,
                name=circuit.name,
                metadata=None,
                qubits=size.qubits,
                circuits=1,
                one_qubit_gates=size.one_qubit_gates,
                more_qubit_gates=size.more_qubit_gates,
                settings=settings_of(submission, circuit),
                price=share(submission.backend, _paid(submission, [size])),
            )
            for position, (circuit, size) in enumerate(
                zip(submission.circuits, submission.sizes, strict=True)
            )
        ]


def settings_of(submission: Submission, circuit: Source | None = None) -> str:
    """A job's settings as JSON; on a QPU they tell whether it is debiased, whatever was asked for."""
    settings = submission.settings
    if submission.backend not in DEVICES or submission.type in (*FUNCTIONS, QAOA):
        return msgspec.json.encode(settings).decode()
    asked = settings.error_mitigation or ErrorMitigation()
    native = any(is_native(one) for one in (submission.circuits if circuit is None else [circuit]))
    done = debiases(submission.backend, submission.shots, asked.debiasing, native=native)
    told = structs.replace(settings, error_mitigation=structs.replace(asked, debiasing=done))
    return msgspec.json.encode(told).decode()


def _paid(submission: Submission, sizes: Sequence[CircuitSize], *, mitigated: bool = False) -> Size:
    """What the price of circuits depends on. A function is paid as its circuit, run once."""
    return Size(
        submission.shots,
        sum(size.one_qubit_gates for size in sizes),
        sum(size.two_qubit_operations for size in sizes),
        mitigated,
    )


def _known_backend(name: str) -> str:
    if name not in BACKENDS:
        raise not_found(f"Backend {name!r} not found; known: {', '.join(BACKENDS)}.")
    return name
