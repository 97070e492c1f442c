"""A limit to the rate of requests, as the platform has one (F 6.10): above it, 429 and ``Retry-After``."""

from __future__ import annotations

import math
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class RateLimit:
    """A bucket of tokens, one per request, which fills at a steady rate and holds those of one second.

    >>> now = [0.0]
    >>> limit = RateLimit(2, lambda: now[0])
    >>> [limit.seconds_to_wait() for _ in range(3)]
    [0.0, 0.0, 0.5]
    >>> now[0] = 0.5
    >>> limit.seconds_to_wait()
    0.0

    Args:
        rate: requests per second; ``None`` has no limit. A local cloud has one user, so all share it.
        clock: seconds, never backwards.
    """

    def __init__(self, rate: float | None, clock: Callable[[], float]) -> None:
        self._rate = rate or math.inf
        self._clock = clock
        self._most = max(1.0, self._rate)
        self._tokens = self._most
        self._seen = clock()
        self._lock = Lock()

    def seconds_to_wait(self) -> float:
        """0 if a request may pass now, and then it counts; else the seconds until one may."""
        if self._rate == math.inf:
            return 0.0
        with self._lock:
            now = self._clock()
            self._tokens = min(self._most, self._tokens + (now - self._seen) * self._rate)
            self._seen = now
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return (1 - self._tokens) / self._rate
