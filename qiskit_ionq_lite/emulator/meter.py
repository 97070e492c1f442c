"""What the server says of itself: a log line for each request, and figures as Prometheus reads them.

Neither holds a key: of a request's headers, none is looked at.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the histogram's buckets, in seconds."""

CUT = 0
"""Status of a request whose connection ended without an answer."""

_log = logging.getLogger(__name__)


class Meter:
    """Counts and times requests.

    Args:
        clock: seconds, never backwards.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._requests: dict[tuple[str, int], int] = {}
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application, measured."""

        async def measured(scope: Scope, receive: Receive, send: Send) -> None:
            began, status = self._clock(), CUT

            async def noting(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, noting)
            finally:
                self._count(scope, status, self._clock() - began)

        return measured

    def figures(self, jobs: Mapping[str, int], hits: Iterable[tuple[str, int]]) -> str:
        """Prometheus' text format, version 0.0.4.

        Args:
            jobs: how many there are, by status.
            hits: kind of each fault on demand, and how often it struck.
        """
        with self._lock:
            requests, buckets, seconds = dict(self._requests), list(self._buckets), self._seconds
        lines = ["# HELP ionq_lite_jobs Jobs in the database.", "# TYPE ionq_lite_jobs gauge"]
        lines += [f'ionq_lite_jobs{{status="{status}"}} {count}' for status, count in jobs.items()]
        lines += [
            "# HELP ionq_lite_requests_total Requests answered; status 0 had its connection cut.",
            "# TYPE ionq_lite_requests_total counter",
            *(
                f'ionq_lite_requests_total{{method="{method}",status="{status}"}} {count}'
                for (method, status), count in sorted(requests.items())
            ),
            "# HELP ionq_lite_request_seconds Time from a request to the end of its answer.",
            "# TYPE ionq_lite_request_seconds histogram",
        ]
        total = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
            total += count
            lines.append(f'ionq_lite_request_seconds_bucket{{le="{bound}"}} {total}')
        lines += [f"ionq_lite_request_seconds_sum {seconds:.6f}", f"ionq_lite_request_seconds_count {total}"]
        lines += [
            "# HELP ionq_lite_fault_hits Strikes of each fault on demand, by its place.",
            "# TYPE ionq_lite_fault_hits gauge",
            *(
                f'ionq_lite_fault_hits{{place="{place}",kind="{kind}"}} {count}'
                for place, (kind, count) in enumerate(hits)
            ),
        ]
        return "\n".join(lines) + "\n"

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        with self._lock:
            self._requests[method, status] = self._requests.get((method, status), 0) + 1
            self._buckets[bisect_left(BOUNDS, seconds)] += 1
            self._seconds += seconds
        if _log.isEnabledFor(logging.INFO):
            said = {"method": scope["method"], "path": scope["path"], "status": status}
            said |= {"ms": round(seconds * 1000, 2), "request_id": scope["state"].get("request_id")}
            _log.info("request", extra={"fields": said})


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE"))  # a label must not grow without bound
