"""Running jobs: claim, check, simulate, store. Whatever goes wrong ends as a failed job, none is stuck."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import msgspec

from qiskit_ionq_lite.emulator.answers import Answer
from qiskit_ionq_lite.emulator.devices import SIMULATOR
from qiskit_ionq_lite.emulator.functions import QAOA_CIRCUIT
from qiskit_ionq_lite.emulator.inputs import MULTI, SINGLE
from qiskit_ionq_lite.emulator.jobs import Ending, Job
from qiskit_ionq_lite.emulator.mitigation import asks_for_symmetries
from qiskit_ionq_lite.emulator.parts import divided, joined
from qiskit_ionq_lite.emulator.processes import SimulationAbortedError
from qiskit_ionq_lite.emulator.simulate import Failure, Found, Ran, Task, seconds, simulate
from qiskit_ionq_lite.emulator.store import StoreClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit_ionq_lite.emulator.noise import Models
    from qiskit_ionq_lite.emulator.outcomes import Outcomes
    from qiskit_ionq_lite.emulator.processes import Processes
    from qiskit_ionq_lite.emulator.queue import Queue
    from qiskit_ionq_lite.emulator.spread import Spread
    from qiskit_ionq_lite.emulator.store import Store

SECONDS_HERE = 0.05
"""Longer simulations go to another process or an executor: Aer lets no thread of ours run meanwhile."""

_log = logging.getLogger(__name__)


def work_on_next(
    queue: Queue,
    store: Store,
    elsewhere: Processes | Spread,
    clock: Callable[[], float],
    models: Models,
) -> float:
    """Run the oldest waiting job to its end, unless the cloud is closed meanwhile.

    Args:
        queue: gives the job.
        store: has its body, and takes its results.
        elsewhere: for long simulations.
        clock: seconds since 1970.
        models: of noise, that replace the published ones.

    Returns:
        Seconds until there may be another: 0 after a job, infinite when none waits.
    """
    try:
        job = queue.claim()
        if job is None:
            return queue.seconds_until_due()
        job_ids = store.child_ids(job.id) if job.type == MULTI else [job.id]
        found = _found(job, len(job_ids), store, elsewhere, models)
        results = _results(job_ids, found)
        endings = _endings(job, job_ids, found)
        runs = _runs(job, found)
        store.finish(
            job,
            _now(clock),
            [*endings, *(Ending(child.id) for child in runs)],
            results | {child.id: outcomes for child, outcomes in runs.items()},
            tuple(runs),
        )
        queue.ended(job)
        said = {"job_id": job.id, "backend": job.backend, "failure": endings[-1].failure_code}
        _log.info("job ended", extra={"fields": said})
    except StoreClosedError:
        _log.info("closed while a job ran; it will run again at the next start")
    except SimulationAbortedError as error:
        _log.info("%s", error)
    return 0


def _now(clock: Callable[[], float]) -> int:
    return round(clock() * 1000)


def _found(job: Job, circuits: int, store: Store, elsewhere: Processes | Spread, models: Models) -> Found:
    try:
        task = replace(_task(job, store.body(job.id)), models=models)
        forecast = seconds(task)
        if forecast <= SECONDS_HERE:
            return simulate(task)
        parts = divided(task, forecast)
        found = elsewhere.run_all(job.id, list(parts.values()), lambda: store.is_started(job.id))
        return joined(parts, found)
    except (StoreClosedError, SimulationAbortedError):
        raise
    except Exception as error:  # noqa: BLE001  # a job must end, whatever happens; the log has the cause
        _log.warning("job %s failed", job.id, exc_info=True)
        failure = Failure("SimulationError", f"could not execute simulation: {error}")
        return dict.fromkeys(range(circuits), failure)


def _task(job: Job, body: bytes) -> Task:
    return Task(
        type=job.type,
        input=body,
        backend=job.backend,
        noise_model=job.noise_model,
        shots=job.shots,
        seed=job.seed or 1,
        check_only=job.dry_run and job.backend != SIMULATOR,  # no effect on the simulator (F 4.11)
        symmetries=job.type in (SINGLE, MULTI) and asks_for_symmetries(job),
    )


def _results(job_ids: list[str], found: Found) -> dict[str, Outcomes]:
    ran = {job_ids[place]: one.outcomes for place, one in found.items() if isinstance(one, Ran)}
    return {job_id: outcomes for job_id, outcomes in ran.items() if outcomes is not None}


def _runs(job: Job, found: Found) -> dict[Job, Outcomes]:
    """The circuits that a function ran, as children of its job; the same again if it runs again."""
    runs = [run for ending in found.values() if isinstance(ending, Answer) for run in ending.runs]
    return {
        replace(
            job,
            id=str(uuid5(UUID(job.id), str(place))),
            type=QAOA_CIRCUIT,
            parent_id=job.id,
            position=place,
            name=None,
            metadata=None,
            price=None,  # it is paid for with the whole
        ): outcomes
        for place, outcomes in enumerate(runs)
    }


def _endings(job: Job, job_ids: list[str], found: Found) -> list[Ending]:
    """How a job ends, and each of its children; a parent fails with its first failed circuit."""
    failures = {place: ending for place, ending in sorted(found.items()) if isinstance(ending, Failure)}
    endings = [_ending(job_id, found.get(place)) for place, job_id in enumerate(job_ids)]
    if job.type != MULTI:
        return endings
    if not failures:
        return [*endings, Ending(job.id)]
    place, first = next(iter(failures.items()))
    return [*endings, Ending(job.id, first.code, f"circuit {place}: {first.message}")]


def _ending(job_id: str, found: Ran | Answer | Failure | None) -> Ending:
    if isinstance(found, Failure):
        return Ending(job_id, found.code, found.message)
    if isinstance(found, Answer):
        return Ending(job_id, answer=msgspec.json.encode(found.results).decode())
    if found is None:
        return Ending(job_id)
    return Ending(job_id, compiled=found.compiled, verification=found.verification)
