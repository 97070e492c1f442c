"""What the house itself offers beside the platform's API, at the host's root.

==========================  ====================================================================
``GET /``                   a page for the browser: jobs, queue, circuits, histograms
``GET /health``             ``{"status": "pass"}``
``GET /metrics``            figures as Prometheus reads them
``GET /admin/status``       how many jobs there are by status, and the queue's rules
``GET /admin/jobs/ID/circuit``  a drawing of the job's circuit, as text
``/admin/faults``           see :mod:`.faults`
==========================  ====================================================================

All below ``/admin`` wants the cloud's key; the page asks for it, and comes with all that it shows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from qiskit_ionq_lite.emulator.app import authenticate, json_response, whole_body
from qiskit_ionq_lite.emulator.drawing import draw
from qiskit_ionq_lite.emulator.faults import FaultError, read_faults
from qiskit_ionq_lite.emulator.inputs import MULTI
from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.refusals import bad_request, not_found

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from qiskit_ionq_lite.emulator.faults import Faults
    from qiskit_ionq_lite.emulator.meter import Meter
    from qiskit_ionq_lite.emulator.queue import Queue
    from qiskit_ionq_lite.emulator.store import Store

_PAGE = files(__package__).joinpath("page.html").read_bytes()
_PAGE_RULES = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src data:; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
"""The page may talk to this server, and to nobody else."""


@dataclass(frozen=True)
class House:
    """What the routes look at."""

    store: Store
    queue: Queue
    faults: Faults
    meter: Meter
    api_key: str | None

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/", self._page),
            Route("/health", self._health),
            Route("/metrics", self._metrics),
            Route("/admin/status", self._locked(self._status)),
            Route("/admin/jobs/{id}/circuit", self._locked(self._circuit)),
            Route("/admin/faults", self._locked(self._faults), methods=["GET", "PUT", "DELETE"]),
        ]

    def _locked(
        self, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def with_key(request: Request) -> Response:
            authenticate(request, self.api_key)
            return await endpoint(request)

        return with_key

    async def _page(self, _request: Request) -> Response:
        return Response(_PAGE, media_type="text/html; charset=utf-8", headers=_PAGE_RULES)

    async def _health(self, _request: Request) -> Response:
        return json_response({"status": "pass"})

    async def _metrics(self, _request: Request) -> Response:
        jobs = await run_in_threadpool(self.store.counts)
        kinds = (fault.kind for fault in self.faults.current())
        figures = self.meter.figures(jobs, zip(kinds, self.faults.hits(), strict=False))
        return Response(figures, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _status(self, _request: Request) -> Response:
        jobs = await run_in_threadpool(self.store.counts)
        rules = self.queue.rules
        queue = {"queue_seconds": rules.seconds, "queue_capacity": rules.capacity, "workers": rules.workers}
        return json_response({"jobs": jobs, **queue})

    async def _circuit(self, request: Request) -> Response:
        return json_response({"text": await run_in_threadpool(self._drawing, request.path_params["id"])})

    def _drawing(self, job_id: str) -> str:
        job = self.store.get(job_id)
        if job is None:
            raise not_found(f"Job {job_id!r} not found.")
        if job.parent_id is not None:
            return draw(MULTI, self.store.body(job.parent_id), job.position)
        return draw(job.type, self.store.body(job.id), -1)

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
        if request.method == "PUT":
            wanted = decode(await whole_body(request), _Wanted, "")
            try:
                self.faults.replace(read_faults(wanted.faults), seed=wanted.seed)
            except FaultError as error:
                raise bad_request(str(error.message), "faults") from error
        return json_response({"faults": _listing(self.faults)})


class _Wanted(msgspec.Struct):
    faults: list[dict[str, Any]]
    seed: int | None = None


def _listing(faults: Faults) -> list[dict[str, Any]]:
    return [
        asdict(fault) | {"hits": hits} for fault, hits in zip(faults.current(), faults.hits(), strict=True)
    ]
