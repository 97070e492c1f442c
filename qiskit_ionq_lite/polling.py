"""When to ask for jobs again, and for many of them at once."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from qiskit_ionq_lite.cloud import documents
    from qiskit_ionq_lite.cloud.client import Client


class Polled(Protocol):
    """What is asked of a job here."""

    @property
    def is_final(self) -> bool:
        """Whether it has ended."""

    @property
    def predicted_wait_ms(self) -> float | None:
        """Milliseconds in the queue that the platform predicts."""

    def job_id(self) -> str:
        """Its id."""

    def status(self) -> object:
        """Ask for this job alone."""

    def learn(self, document: documents.Job) -> None:
        """Take a fresh document."""


PolledJob = TypeVar("PolledJob", bound=Polled)

BATCH = 25
"""Jobs in one request: the platform's largest page (F 6.13)."""

_SHORTEST_WAIT, _LONGEST_WAIT, _QUEUE_WAIT = 0.01, 5.0, 30.0  # seconds between two polls


def pause(elapsed: float, predicted_ms: float | None = None) -> float:
    """Seconds to the next poll: a quarter of the time that has passed, so that few polls are wasted.

    A job that the platform predicts to wait long is asked for rarely: every tenth of its wait, 30 s at most.

    >>> pause(0.0), pause(4.0), pause(100.0), pause(1.0, 60_000), pause(1.0, 3_600_000)
    (0.01, 1.0, 5.0, 6.0, 30.0)
    """
    usual = min(max(_SHORTEST_WAIT, elapsed / 4), _LONGEST_WAIT)
    return max(usual, min((predicted_ms or 0.0) / 10_000, _QUEUE_WAIT))


class Together:
    """The unfinished jobs of one provider: whoever asks for one is told of the others too."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._jobs: weakref.WeakValueDictionary[str, Polled] = weakref.WeakValueDictionary()

    def add(self, job: Polled) -> None:
        """Ask for this job too from now on, until it has ended."""
        self._jobs[job.job_id()] = job

    def refresh(self, job: Polled, timeout: float | None) -> documents.Job:
        """The job's document, fresh; others that have not ended learn theirs from the same answer."""
        others = [other for other in list(self._jobs.values()) if other is not job and not other.is_final]
        for ended in [other for other in list(self._jobs.values()) if other.is_final]:
            self._jobs.pop(ended.job_id(), None)
        if others:
            found = self.ask([job, *others[: BATCH - 1]], timeout)
            if job.job_id() in found and not needs_itself(found[job.job_id()]):
                return found[job.job_id()]
        return self._client.job(job.job_id(), timeout)

    def ask(self, jobs: Sequence[Polled], timeout: float | None) -> dict[str, documents.Job]:
        """One request for at most :data:`BATCH` jobs, which are told; job id -> document."""
        found = self._client.jobs_of([job.job_id() for job in jobs], timeout)
        for job in jobs:
            document = found.get(job.job_id())
            if document is not None and not needs_itself(document):
                job.learn(document)
        return found


def needs_itself(document: documents.Job) -> bool:
    """Whether a list says too little of a job: the children of a batch are in its own document alone."""
    return document.status == "completed" and document.type.startswith("ionq.multi-circuit")


def wait_for(
    jobs: Iterable[PolledJob],
    together: Together,
    timeout: float | None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[PolledJob]:
    """Poll until all jobs have ended or time runs out; those that have not ended."""
    start = clock()
    waiting = [job for job in jobs if not job.is_final]
    while True:
        for first in range(0, len(waiting), BATCH):
            left = None if timeout is None else timeout - (clock() - start)
            batch = waiting[first : first + BATCH]
            found = together.ask(batch, left)
            for job in batch:  # which the list does not tell of, or not enough
                if job.job_id() not in found or needs_itself(found[job.job_id()]):
                    job.status()
        waiting = [job for job in waiting if not job.is_final]
        elapsed = clock() - start
        if not waiting or (timeout is not None and elapsed >= timeout):
            return waiting
        predicted = [job.predicted_wait_ms for job in waiting]
        rest = pause(elapsed, min(wait or 0.0 for wait in predicted))
        sleep(rest if timeout is None else min(rest, max(0.0, timeout - elapsed)))
