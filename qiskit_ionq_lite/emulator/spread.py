"""Long simulations on other machines: any ``concurrent.futures.Executor`` takes the parts of a job."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from qiskit_ionq_lite.emulator.processes import SimulationAbortedError, SimulationLostError
from qiskit_ionq_lite.emulator.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Executor

    from qiskit_ionq_lite.emulator.simulate import Found, Task

    News: TypeAlias = "SimpleQueue[Future[Found] | None]"


class Spread:
    """Simulations through an executor, which stays its owner's: closing ends our work there, and not it.

    Args:
        executor: its workers need this package.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._lock = Lock()
        self._running: dict[str, News] = {}
        self._closed = False

    def run_all(self, job_id: str, tasks: Sequence[Task], wanted: Callable[[], bool]) -> list[Found]:
        """What :func:`simulate` finds for each task, in order.

        Args:
            job_id: by which :meth:`abort` finds them.
            tasks: parts of one job.
            wanted: whether the job still wants them; asked when :meth:`abort` can already end them.

        Raises:
            SimulationAbortedError: they were not wanted any more. Those that run are left to end unheard.
            SimulationLostError: a worker died, or met an error.
        """
        news: News = SimpleQueue()
        with self._lock:
            self._running[job_id] = news
        futures: list[Future[Found]] = []
        try:
            if self._closed or not wanted():
                raise _aborted(job_id)
            for task in tasks:
                futures.append(self._executor.submit(simulate, task))
                futures[-1].add_done_callback(news.put)
            for _ in futures:
                _check(news.get(), job_id)
            return [future.result() for future in futures]
        finally:
            with self._lock:
                del self._running[job_id]
            for future in futures:
                future.cancel()

    def abort(self, job_ids: Iterable[str]) -> None:
        """End the simulations of these jobs, if they run."""
        with self._lock:
            for job_id in job_ids:
                if job_id in self._running:
                    self._running[job_id].put(None)

    def close(self) -> None:
        """End all of ours."""
        self._closed = True
        self.abort(list(self._running))


def _check(future: Future[Found] | None, job_id: str) -> None:
    if future is None:
        raise _aborted(job_id)
    try:
        error = future.exception()
    except CancelledError as cancelled:
        raise SimulationLostError("the executor has canceled the simulation") from cancelled
    if error is not None:
        raise SimulationLostError(f"{type(error).__name__}: {error}") from error


def _aborted(job_id: str) -> SimulationAbortedError:
    return SimulationAbortedError(f"the simulation of job {job_id} is not wanted any more")
