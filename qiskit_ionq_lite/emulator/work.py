"""Running jobs: claim, check, simulate, store. Whatever goes wrong ends as a failed job, none is stuck."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from qiskit_ionq_lite.emulator import engine
from qiskit_ionq_lite.emulator.devices import SIMULATOR, model_of
from qiskit_ionq_lite.emulator.documents import is_exact
from qiskit_ionq_lite.emulator.inputs import MULTI, parse_circuits
from qiskit_ionq_lite.emulator.jobs import Ending, Job
from qiskit_ionq_lite.emulator.preflight import Program, check_model, preflight
from qiskit_ionq_lite.emulator.refusals import PreflightError
from qiskit_ionq_lite.emulator.store import StoreClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit_ionq_lite.circuits import wire
    from qiskit_ionq_lite.emulator.devices import Model
    from qiskit_ionq_lite.emulator.outcomes import Outcomes
    from qiskit_ionq_lite.emulator.store import Store

_log = logging.getLogger(__name__)


def work_on_next(store: Store, clock: Callable[[], float]) -> None:
    """Run the oldest waiting job to its end; nothing if none waits, or if the cloud is closed meanwhile."""
    try:
        job = store.claim(_now(clock))
        if job is None:
            return
        endings, results = _run(store, job)
        store.finish(job, _now(clock), endings, results)
    except StoreClosedError:
        _log.info("closed while a job ran; it will run again at the next start")


def _now(clock: Callable[[], float]) -> int:
    return round(clock() * 1000)


def _run(store: Store, job: Job) -> tuple[list[Ending], dict[str, Outcomes]]:
    """How the job and its children end, and the results of those that have some."""
    members = store.children(job.id) if job.type == MULTI else [job]
    try:
        failures, results = _simulate(job, members, parse_circuits(job.type, store.body(job.id)))
    except StoreClosedError:
        raise
    except Exception as error:  # noqa: BLE001  # a job must end, whatever happens; the log has the cause
        _log.exception("job %s failed", job.id)
        failures, results = dict.fromkeys(range(len(members)), _failure_of(error)), {}
    endings = [_ending(member.id, failures.get(place)) for place, member in enumerate(members)]
    if job.type == MULTI:
        endings.append(_parent_ending(job, failures))
    return endings, results


def _simulate(
    job: Job, members: list[Job], circuits: list[wire.Circuit]
) -> tuple[dict[int, PreflightError], dict[str, Outcomes]]:
    model = model_of(job.backend, job.noise_model)
    failures: dict[int, PreflightError] = {}
    programs: dict[int, Program] = {}
    for place, circuit in enumerate(circuits):
        try:
            programs[place] = _checked(circuit, model)
        except PreflightError as failure:
            failures[place] = failure
    if not programs or (job.dry_run and job.backend != SIMULATOR):  # no effect on the simulator (F 4.11)
        return failures, {}
    found = _outcomes(job, list(programs.values()), model)
    return failures, {members[place].id: outcomes for place, outcomes in zip(programs, found, strict=True)}


def _checked(circuit: wire.Circuit, model: Model) -> Program:
    check_model(model)
    return preflight(circuit, model)


def _outcomes(job: Job, programs: list[Program], model: Model) -> list[Outcomes]:
    if is_exact(job):
        return engine.run_ideal(programs)
    return engine.run_noisy(programs, model, job.shots, job.seed or 1)


def _failure_of(error: Exception) -> PreflightError:
    if isinstance(error, PreflightError):
        return error
    return PreflightError("SimulationError", f"could not execute simulation: {type(error).__name__}: {error}")


def _ending(job_id: str, failure: PreflightError | None) -> Ending:
    return Ending(job_id, failure.code, failure.text) if failure else Ending(job_id)


def _parent_ending(job: Job, failures: dict[int, PreflightError]) -> Ending:
    """A parent fails with its first failed circuit."""
    if not failures:
        return Ending(job.id)
    place = min(failures)
    return Ending(job.id, failures[place].code, f"circuit {place}: {failures[place].text}")
