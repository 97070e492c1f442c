"""The operations of version 0.3 (F 11): each asks the service, and translates its answer."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

from qiskit_ionq_lite.emulator.devices import DEVICES, history
from qiskit_ionq_lite.emulator.documents import SUBMITTER_ID
from qiskit_ionq_lite.emulator.formats import AGGREGATE
from qiskit_ionq_lite.emulator.inputs import MULTI, QASM3, SINGLE
from qiskit_ionq_lite.emulator.operations import Operation
from qiskit_ionq_lite.emulator.queries import aggregation, page_number, page_size, page_token, several
from qiskit_ionq_lite.emulator.refusals import RefusalError, bad_request, not_found
from qiskit_ionq_lite.emulator.service import CHARACTERIZATIONS_PER_PAGE
from qiskit_ionq_lite.emulator.store import Selection
from qiskit_ionq_lite.emulator.v03.bodies import kept, translated
from qiskit_ionq_lite.emulator.v03.documents import (
    STATUSES,
    backend_document,
    characterization,
    job_document,
    seconds,
)
from qiskit_ionq_lite.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from qiskit_ionq_lite.emulator.devices import Document
    from qiskit_ionq_lite.emulator.operations import Call
    from qiskit_ionq_lite.emulator.service import Service
    from qiskit_ionq_lite.emulator.v03.bodies import Kept

PREFIX = "/v0.3"
JOBS_PER_PAGE = 25
_WITH_RESULTS = (SINGLE, MULTI, QASM3)  # functions of version 0.4 answer in the job itself


def _submit(service: Service, call: Call) -> Document:
    made = service.submit(translated(call.body))["id"]
    return {"id": made, "status": "ready", "request": seconds(service.job(made)["submitted_at"])}


def _job(service: Service, call: Call) -> Document:
    return _shown(call, _translated(service, call.path["id"], _reader(service)))


def _jobs(service: Service, call: Call) -> Document:
    """A page, in which jobs have all their fields: version 0.3 has a job's children there, too."""
    page = service.jobs(_selection(call), page_size(call.query, JOBS_PER_PAGE), page_token(call.query))
    reader = _reader(service)
    shown = [one for job in page["jobs"] for one in _listed(service, job["id"], reader)]
    return page | {"jobs": [_shown(call, job) for job in shown]}


def _reader(service: Service) -> Callable[[str], Kept]:
    """Reads the ``input`` of each job once for one request: the circuits of a batch share one."""
    return cache(lambda job_id: kept(service.input(job_id)))


def _listed(service: Service, job_id: str, reader: Callable[[str], Kept]) -> list[Document]:
    try:
        return [_translated(service, job_id, reader)]
    except RefusalError:  # deleted, while the list was written
        return []


def _translated(service: Service, job_id: str, reader: Callable[[str], Kept]) -> Document:
    job = service.job(job_id)
    holder, position = service.place(job_id)
    url = f"{PREFIX}/jobs/{job_id}/results" if job["results"] and job["type"] in _WITH_RESULTS else None
    return job_document(job, reader(holder).at(position), service.cost(job_id), url)


def _shown(call: Call, job: Document) -> Document:
    """The fields that ``include`` and ``exclude`` leave."""
    only, without = several(call.query, "include"), several(call.query, "exclude") or ()
    return {
        name: value for name, value in job.items() if (only is None or name in only) and name not in without
    }


def _selection(call: Call) -> Selection:
    status = call.query.get("status")
    if status is not None and status not in STATUSES:
        raise bad_request(
            f"Unknown status {status!r}; {nearest(status, STATUSES)}.", "status", source="query"
        )
    strange = call.query.get("submitter_id", SUBMITTER_ID) != SUBMITTER_ID
    return Selection(
        ids=() if strange else several(call.query, "id"), status=None if status is None else STATUSES[status]
    )


def _results(service: Service, call: Call) -> Any:
    """Probabilities by state; of a batch, by child and state (F 3.5)."""
    job_id = call.path["id"]
    job = service.job(job_id)
    if job["results"] is None or job["type"] not in _WITH_RESULTS:
        raise not_found(f"Job {job_id} has no results; its status is {job['status']}.")
    if job["type"] == MULTI:
        return service.artifact(job_id, AGGREGATE)
    return service.aggregated(job_id, "probabilities", aggregation(call.query))


def _backends(service: Service, call: Call) -> list[Document]:
    wanted = several(call.query, "status")
    every = map(backend_document, service.backends())
    return [backend for backend in every if wanted is None or backend["status"] in wanted]


def _characterizations(service: Service, call: Call) -> Document:
    page = service.characterizations(
        call.path["backend"],
        _day(call, "start"),
        _day(call, "end"),
        page_size(call.query, CHARACTERIZATIONS_PER_PAGE),
        page_number(call.query),
    )
    return page | {"characterizations": list(map(characterization, page["characterizations"]))}


def _current(service: Service, call: Call) -> Document:
    name = call.path["backend"]
    for latest in service.characterizations(name, None, None, 1, 1)["characterizations"]:
        return characterization(latest)
    raise not_found(f"Backend {name} has no characterization.")


def _characterization(service: Service, call: Call) -> Document:
    identifier = call.path["id"]
    for backend in DEVICES:
        if any(device.characterization_id == identifier for device in history(backend)):
            return characterization(service.characterization(backend, identifier))
    raise not_found(f"There is no characterization {identifier!r}.")


def _day(call: Call, name: str) -> date | None:
    """The day of a time in milliseconds since 1970; ``None`` if not given."""
    text = call.query.get(name, "")
    try:
        return datetime.fromtimestamp(int(text) / 1000, timezone.utc).date() if text else None
    except (ValueError, OverflowError, OSError) as error:
        raise bad_request(
            f"{name} must be a time in milliseconds since 1970, not {text!r}.", name, source="query"
        ) from error


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/backends", _backends, public=True),
    Operation("GET", "/characterizations/backends/{backend}", _characterizations, public=True),
    Operation("GET", "/characterizations/backends/{backend}/current", _current, public=True),
    Operation("GET", "/characterizations/{id}", _characterization),
    Operation("POST", "/jobs", _submit, slow=True),
    Operation("GET", "/jobs", _jobs, slow=True),
    Operation("DELETE", "/jobs", lambda s, c: s.delete_many(c.body), slow=True),
    Operation("PUT", "/jobs/status/cancel", lambda s, c: s.cancel_many(c.body), slow=True),
    Operation("GET", "/jobs/{id}", _job, slow=True),
    Operation("DELETE", "/jobs/{id}", lambda s, c: s.delete(c.path["id"])),
    Operation("PUT", "/jobs/{id}/status/cancel", lambda s, c: s.cancel(c.path["id"])),
    Operation("GET", "/jobs/{id}/results", _results, slow=True),
)
"""Its paths, below :data:`PREFIX`."""
