"""The job of a primitive: platform jobs, and what makes one result of theirs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from qiskit.primitives import BasePrimitiveJob, PrimitiveResult
from qiskit.providers import JobStatus

from qiskit_ionq_lite.job import FINAL_STATUSES, status_of_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qiskit_ionq_lite.job import IonQJob


class IonQPrimitiveJob(BasePrimitiveJob[PrimitiveResult[Any], JobStatus]):
    """A run of a primitive, by the platform's id.

    Attributes:
        jobs: the jobs on IonQ: one, unless PUBs ask for different shots; none where there was nothing to
            send, and then the id is empty.
    """

    def __init__(
        self, jobs: Sequence[IonQJob], read: Callable[[Sequence[IonQJob]], PrimitiveResult[Any]]
    ) -> None:
        super().__init__(jobs[-1].job_id() if jobs else "")
        self.jobs = list(jobs)
        self._read = read
        self._result: PrimitiveResult[Any] | None = None

    def __repr__(self) -> str:
        return f"<IonQPrimitiveJob {self.job_id()}, {len(self.jobs)} jobs on IonQ>"

    def result(self, timeout: float | None = None) -> PrimitiveResult[Any]:
        """Wait for the run, and return its result; the same one each time.

        Args:
            timeout: seconds to wait at most; without end by default.

        Raises:
            IonQJobTimeoutError: if time runs out; the jobs go on.
            IonQJobFailureError: if a job failed or was canceled.
        """
        if self._result is None:
            start = time.monotonic()
            for job in self.jobs:
                left = None if timeout is None else max(0.0, timeout - (time.monotonic() - start))
                job.wait_for_final_state(left)
            self._result = self._read(self.jobs)
        return self._result

    def status(self) -> JobStatus:
        """Where the run stands; a failed one is ``ERROR``, and raises nothing here."""
        return status_of_all({job.status() for job in self.jobs} or {JobStatus.DONE})

    def done(self) -> bool:
        """Whether it has ended well."""
        return self.status() is JobStatus.DONE

    def running(self) -> bool:
        """Whether it is under way."""
        return self.status() is JobStatus.RUNNING

    def cancelled(self) -> bool:
        """Whether it was canceled."""
        return self.status() is JobStatus.CANCELLED

    def in_final_state(self) -> bool:
        """Whether it has ended."""
        return self.status() in FINAL_STATUSES

    def cancel(self) -> bool:
        """Ask the platform to cancel what has not ended; whether the run is canceled now."""
        for job in self.jobs:
            job.cancel()
        return self.cancelled()
