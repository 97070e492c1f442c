"""One short method for each endpoint that we use; documents in, documents out, no Qiskit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec

from qiskit_ionq_lite.cloud import documents
from qiskit_ionq_lite.cloud.documents import parse
from qiskit_ionq_lite.errors import IonQAPIError, IonQResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qiskit_ionq_lite.cloud.transport import Transport


class Client:
    """IonQ's REST API, v0.4."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def clock_offset(self) -> float | None:
        """Seconds by which the cloud's clock is ahead of ours, once it has answered."""
        return self._transport.clock_offset

    def backends(self) -> list[documents.Backend]:
        """Every backend."""
        return self._get("/backends", list[documents.Backend])

    def characterization(self, backend: str) -> documents.Characterization | None:
        """The latest characterization, if there is one."""
        page = self._get(
            f"/backends/{quote(backend)}/characterizations", documents.Characterizations, {"limit": 1}
        )
        return next(iter(page.characterizations or ()), None)

    def encoded(self, body: bytes) -> bytes:
        """The body of a job as this version of the API takes it."""
        return body

    def create_job(self, body: bytes) -> documents.Created:
        """Submit a job, given as :meth:`encoded` writes it.

        Raises:
            IonQAPIError: if its ``maybe_done`` is true, the job may have been made all the same.
        """
        try:
            return parse(self._transport.request("POST", "/jobs", body=body), documents.Created, "POST /jobs")
        except IonQResponseError as error:
            error.maybe_done |= error.status_code is None  # what cannot be read says nothing of the job
            raise

    def job(self, job_id: str, timeout: float | None = None) -> documents.Job:
        """One job."""
        return self._get(f"/jobs/{quote(job_id, safe='')}", documents.Job, timeout=timeout)

    def jobs_of(self, job_ids: Sequence[str], timeout: float | None = None) -> dict[str, documents.Job]:
        """Several jobs in one request, as the list has them; at most one page of them."""
        page = self._page({"ids": list(job_ids), "limit": len(job_ids)}, timeout)
        return {job.id: job for job in page.jobs}

    def jobs(self, filters: Mapping[str, Any]) -> Iterator[documents.Job]:
        """Jobs, newest first, page after page until the platform says that there are no more."""
        token: str | None = None
        while True:
            page = self._page({**filters, **({"next": token} if token else {})})
            yield from page.jobs
            if not page.next or page.next == token or not page.jobs:
                return
            token = page.next

    def cancel_job(self, job_id: str) -> None:
        """Cancel a job."""
        self._transport.request("PUT", f"/jobs/{quote(job_id, safe='')}/status/cancel")

    def delete_job(self, job_id: str) -> None:
        """Delete a job."""
        self._transport.request("DELETE", f"/jobs/{quote(job_id, safe='')}")

    def estimate(self, job: Mapping[str, Any]) -> documents.Estimate:
        """What a job of that backend and size would cost."""
        return self._get("/jobs/estimate", documents.Estimate, job)

    def cost(self, job_id: str) -> documents.Cost:
        """What a job costs."""
        return self._get(f"/jobs/{quote(job_id, safe='')}/cost", documents.Cost)

    def open_session(self, backend: str, limits: Mapping[str, Any]) -> documents.Session:
        """Open a session.

        Raises:
            IonQAPIError: if its ``maybe_done`` is true, there may be a session all the same.
        """
        body = msgspec.json.encode({"backend": backend, **({"settings": limits} if limits else {})})
        answer = self._transport.request("POST", "/sessions", body=body)
        return parse(answer, documents.Session, "POST /sessions")

    def session(self, session_id: str) -> documents.Session:
        """One session."""
        return self._get(f"/sessions/{quote(session_id, safe='')}", documents.Session)

    def end_session(self, session_id: str) -> None:
        """End a session; one that has ended stays as it is."""
        try:
            self._transport.request("POST", f"/sessions/{quote(session_id, safe='')}/end")
        except IonQAPIError as error:
            if not error.maybe_done or self.session(session_id).active:
                raise

    def artifact(self, job_id: str, descriptor: Any, timeout: float | None = None) -> bytes:
        """What an entry of a job's ``results`` or ``output`` points to: an artifact, or an older URL (F 3.3).

        Raises:
            IonQResponseError: if the entry is neither, or points to another host.
        """
        return self._transport.request("GET", _artifact_path(job_id, descriptor), timeout=timeout)

    def _page(self, query: Mapping[str, Any], timeout: float | None = None) -> documents.Jobs:
        return self._get("/jobs", documents.Jobs, query, timeout)

    def _get(
        self,
        path: str,
        kind: type[documents.Document],
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> documents.Document:
        answer = self._transport.request("GET", path, params=params, timeout=timeout)
        return parse(answer, kind, f"GET {path}")


def _artifact_path(job_id: str, descriptor: Any) -> str:
    entry = descriptor if isinstance(descriptor, dict) else {}
    if isinstance(entry.get("id"), str):
        return f"/jobs/{quote(job_id, safe='')}/artifacts/{quote(entry['id'], safe='')}"
    url = entry.get("url")
    parts = urlsplit(url) if isinstance(url, str) else None
    # the API's version stands in the URL and in our address: "/v0.4/jobs/..." -> "/jobs/..."
    if parts is None or parts.netloc or not parts.path.startswith("/v") or "/.." in parts.path:
        raise IonQResponseError(f"job {job_id} names a result that cannot be fetched: {descriptor!r}")
    return parts.path[parts.path.index("/", 1) :] + (f"?{parts.query}" if parts.query else "")
