"""The queue of one cloud: who is next, how long it will take, and when it is full.

Jobs start in the order of their submission. The platform's queue is long and this one short, so a cloud can
be told to keep each job waiting for some seconds; who polls, times out or cancels then meets what is to come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qiskit_ionq_lite.emulator.refusals import too_many_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit_ionq_lite.emulator.jobs import Job
    from qiskit_ionq_lite.emulator.store import Store

_LONGEST_MS = 2**31 - 1  # the API's durations have 32 bits
_MOST_COUNTED = 10_000  # jobs
_MEMORY = 0.9  # share of the past in the mean duration, per job


@dataclass(frozen=True)
class QueueRules:
    """How a queue behaves.

    Attributes:
        seconds: each job waits at least so long.
        capacity: jobs that may wait at a time; more are refused. ``None`` has no bound.
        workers: jobs that run side by side.
    """

    seconds: float
    capacity: int | None
    workers: int


class Queue:
    """What waits in a store.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, store: Store, rules: QueueRules, clock: Callable[[], float]) -> None:
        self.rules = rules
        self._store = store
        self._clock = clock
        self._mean_ms = 1.0

    def check_room(self) -> None:
        """Refuse a job that would have no place.

        Raises:
            RefusalError: 429, with the seconds until there may be room.
        """
        capacity = self.rules.capacity
        if capacity is not None and self._store.waiting(capacity) >= capacity:
            seconds = max(self.seconds_until_due(), self._mean_ms / 1000)
            raise too_many_requests(f"The queue is full: {capacity:,} jobs wait.", seconds)

    def claim(self) -> Job | None:
        """Start the job that has waited longest, if it has waited long enough."""
        now = self._now()
        return self._store.claim(now, now - round(self.rules.seconds * 1000))

    def seconds_until_due(self) -> float:
        """Until the next job has waited long enough; infinite if none waits."""
        submitted_at = self._store.oldest_waiting()
        if submitted_at is None:
            return math.inf
        return max(0.001, (submitted_at - self._now()) / 1000 + self.rules.seconds)

    def ended(self, job: Job) -> None:
        """Learn from a job that has run how long jobs take."""
        took = self._now() - (job.started_at or 0)
        self._mean_ms = _MEMORY * self._mean_ms + (1 - _MEMORY) * took

    def predicted_wait_ms(self, job: Job) -> int | None:
        """Milliseconds until a waiting job starts: those it must wait, or those that others need first."""
        if job.status not in ("submitted", "ready"):
            return None
        must = job.submitted_at - self._now() + self.rules.seconds * 1000
        others = self._store.ahead(job.parent_id or job.id) * self._mean_ms / self.rules.workers
        return min(_LONGEST_MS, max(0, round(must), round(others)))

    def expected_wait_ms(self) -> int:
        """Milliseconds that a job would wait that is submitted now."""
        others = self._store.waiting(_MOST_COUNTED) * self._mean_ms / self.rules.workers
        return min(_LONGEST_MS, round(max(self.rules.seconds * 1000, others)))

    def _now(self) -> int:
        return round(self._clock() * 1000)
