"""Version 0.3 of IonQ's API (F 11), behind the methods and the documents of version 0.4."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from qiskit_ionq_lite.circuits import foreign
from qiskit_ionq_lite.cloud import documents
from qiskit_ionq_lite.cloud.client import Client
from qiskit_ionq_lite.errors import IonQNotFoundError, IonQOptionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION = "/v0.3"
"""How the address of an API of this version ends."""

_PAGE = 25  # jobs that one list holds
_FORMAT = "ionq.circuit.v0"
_PROBABILITIES = "ionq.result.probabilities.json.v1"
_TYPES = {False: "ionq.circuit.v1", True: "ionq.multi-circuit.v1"}
_STATUSES = {"running": "started"}  # the others have the same name (F 6.1)
_OLDER = {newer: older for older, newer in _STATUSES.items()}
_AVAILABLE = ("available", "running")  # a machine that runs jobs (F 5.1)


def newest(url: str) -> str:
    """The address of the newest version of an API: what a submission is filed under, whichever made it.

    >>> newest("https://api.ionq.co/v0.3")
    'https://api.ionq.co/v0.4'
    """
    return url.removesuffix(VERSION) + "/v0.4" if url.endswith(VERSION) else url


class OlderClient(Client):
    """IonQ's REST API, v0.3."""

    def encoded(self, body: bytes) -> bytes:
        """A job of version 0.4 as version 0.3 takes it.

        Raises:
            IonQOptionError: for what version 0.3 does not have.
        """
        job: dict[str, Any] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        if "session_id" in job:
            raise _unknown("sessions")
        if b"qasm3" in bytes(job["type"]):
            raise _unknown("OpenQASM 3, as which circuits go that measure or reset on the way")
        del job["type"]
        circuits = msgspec.json.decode(job["input"], type=dict[str, msgspec.Raw])
        settings = msgspec.json.decode(job.pop("settings", b"{}"))
        job |= {"target": job.pop("backend"), "input": {"format": _FORMAT} | circuits}
        return msgspec.json.encode(job | _mitigation(settings))

    def backends(self) -> list[documents.Backend]:
        """Every backend."""
        return [found.newer() for found in self._get("/backends", list[_Backend])]

    def characterization(self, backend: str) -> documents.Characterization | None:
        """The latest characterization, if there is one."""
        try:
            found = self._get(f"/characterizations/backends/{quote(backend)}/current", _Characterization)
        except IonQNotFoundError:
            return None
        return found.newer()

    def job(self, job_id: str, timeout: float | None = None) -> documents.Job:
        """One job."""
        found = self._get(f"/jobs/{quote(job_id, safe='')}", _Job, timeout=timeout)
        children = found.children or []
        if found.status != "completed" or not children or foreign.KEY not in (found.metadata or {}):
            return found.newer()
        said: dict[str, documents.Job] = {}  # of the children: where qiskit-ionq keeps what their bits read
        for first in range(0, len(children), _PAGE):
            said |= self.jobs_of(children[first : first + _PAGE], timeout)
        return found.newer([said[child].meas_mapped[0] if child in said else None for child in children])

    def jobs(self, filters: Mapping[str, Any]) -> Iterator[documents.Job]:
        """Jobs, newest first; a backend is no filter of version 0.3, so that others are left out here."""
        if "session_id" in filters:
            raise _unknown("sessions")
        wanted = dict(filters)
        target = wanted.pop("target", None)
        for job in super().jobs(wanted):
            if target is None or job.backend == target:
                yield job

    def cost(self, job_id: str) -> documents.Cost:
        """What a job costs, which it says itself."""
        found = self._get(f"/jobs/{quote(job_id, safe='')}", _Job)
        return documents.Cost(
            bool(found.dry_run), _dollars(found.estimated_cost_usd), _dollars(found.cost_usd)
        )

    def estimate(self, job: Mapping[str, Any]) -> documents.Estimate:
        """Nothing that version 0.3 has."""
        del job
        raise _unknown("estimates")

    def open_session(self, backend: str, limits: Mapping[str, Any]) -> documents.Session:
        """Nothing that version 0.3 has."""
        del backend, limits
        raise _unknown("sessions")

    def session(self, session_id: str) -> documents.Session:
        """Nothing that version 0.3 has."""
        del session_id
        raise _unknown("sessions")

    def end_session(self, session_id: str) -> None:
        """Nothing that version 0.3 has."""
        del session_id
        raise _unknown("sessions")

    def _page(self, query: Mapping[str, Any], timeout: float | None = None) -> documents.Jobs:
        asked = {"id" if name == "ids" else name: value for name, value in query.items()}
        if "status" in asked:
            asked["status"] = _OLDER.get(asked["status"], asked["status"])
        page = self._get("/jobs", _Jobs, asked, timeout)
        return documents.Jobs([job.newer() for job in page.jobs], page.next)


class _Backend(msgspec.Struct, frozen=True):
    backend: str
    qubits: int
    status: str = "available"
    average_queue_time: float | None = None
    degraded: bool | None = None
    last_updated: float | str | None = None
    characterization_url: str | None = None

    def newer(self) -> documents.Backend:
        return documents.Backend(
            backend=self.backend,
            qubits=self.qubits,
            status="available" if self.status in _AVAILABLE else self.status,
            average_queue_time=self.average_queue_time,
            degraded=self.degraded,
            characterization_id=(self.characterization_url or "").rpartition("/")[2] or None,
            last_updated=_moment(self.last_updated),
        )


class _Mean(msgspec.Struct, frozen=True):
    mean: float | None = None
    stderr: float | None = None

    def newer(self) -> documents.Median:
        return documents.Median(self.mean, self.stderr)


class _Fidelity(msgspec.Struct, frozen=True, rename={"one_qubit": "1q", "two_qubit": "2q"}):
    one_qubit: _Mean | None = None
    two_qubit: _Mean | None = None
    spam: _Mean | None = None

    def newer(self) -> documents.Fidelity:
        one, two, spam = (
            None if mean is None else mean.newer() for mean in (self.one_qubit, self.two_qubit, self.spam)
        )
        return documents.Fidelity(one, two, spam)


class _Characterization(msgspec.Struct, frozen=True):
    id: str = ""
    backend: str | None = None
    date: float | str | None = None
    qubits: int | None = None
    connectivity: list[tuple[int, int]] | None = None
    fidelity: _Fidelity | None = None
    timing: documents.Timing | None = None

    def newer(self) -> documents.Characterization:
        return documents.Characterization(
            id=self.id,
            backend=self.backend,
            date=_moment(self.date),
            qubits=self.qubits,
            connectivity=self.connectivity,
            fidelity=None if self.fidelity is None else self.fidelity.newer(),
            timing=self.timing,
        )


class _Mitigation(msgspec.Struct, frozen=True):
    debias: bool | None = None


class _Registers(msgspec.Struct, frozen=True):
    """What a client keeps of its circuit: here, as qiskit-ionq wrote it (F 11.2)."""

    meas_mapped: list[int | None] | None = None


class _Job(msgspec.Struct, frozen=True):
    """Times in seconds since 1970, ``execution_time`` in milliseconds (F 11.1)."""

    id: str
    status: str
    target: str = "simulator"
    name: str | None = None
    shots: float | None = None
    dry_run: bool | None = None
    noise: documents.Noise | None = None
    metadata: dict[str, Any] | None = None
    failure: documents.Failure | None = None
    qubits: int | None = None
    circuits: int | None = None
    children: list[str] | None = None
    results_url: str | None = None
    request: float | None = None
    start: float | None = None
    response: float | None = None
    execution_time: float | None = None
    cost_usd: float | None = None
    estimated_cost_usd: float | None = None
    registers: _Registers | None = None
    error_mitigation: _Mitigation | None = None

    def newer(self, meas_mapped: list[list[int | None] | None] | None = None) -> documents.Job:
        own = self.registers.meas_mapped if self.registers else None
        several = bool(self.children) or (self.circuits or 1) > 1
        return documents.Job(
            id=self.id,
            status=_STATUSES.get(self.status, self.status),
            backend=self.target,
            type=_TYPES[several],
            name=self.name,
            shots=_whole(self.shots),
            dry_run=self.dry_run,
            noise=self.noise,
            metadata=self.metadata,
            failure=self.failure,
            stats=documents.Stats(self.qubits, self.circuits),
            results={"probabilities": {"url": self.results_url}} if self.results_url else None,
            output=documents.Output(error_mitigation={"aggregations": self._aggregations()}),
            child_job_ids=self.children or None,
            submitted_at=_moment(self.request),
            started_at=_moment(self.start),
            completed_at=_moment(self.response),
            execution_duration_ms=self.execution_time,
            meas_mapped=[own] if meas_mapped is None else meas_mapped,
        )

    def _aggregations(self) -> dict[str, Any]:
        """How a debiased job's variants can be joined: its results, sharpened or not (F 3.6)."""
        if not self.results_url or not (self.error_mitigation and self.error_mitigation.debias):
            return {}
        return {
            name: {"url": f"{self.results_url}?sharpen={sharpen}", "format": _PROBABILITIES}
            for name, sharpen in (("average", "false"), ("voting", "true"))
        }


class _Jobs(msgspec.Struct, frozen=True):
    jobs: list[_Job]
    next: str | None = None


def _mitigation(settings: dict[str, Any]) -> dict[str, Any]:
    """``settings`` as version 0.3 has them, which is debiasing alone."""
    asked = dict(settings)
    mitigation = dict(asked.pop("error_mitigation", {}))
    debias = mitigation.pop("debiasing", None)
    if asked or mitigation:
        raise _unknown(", ".join([*asked, *mitigation]))
    return {} if debias is None else {"error_mitigation": {"debias": debias}}


def _unknown(what: str) -> IonQOptionError:
    return IonQOptionError(f"version 0.3 of the API has no {what}: use an address that ends in /v0.4")


def _dollars(amount: float | None) -> documents.Money | None:
    return None if amount is None else documents.Money(amount)


def _whole(number: float | None) -> int | None:
    return int(number) if number is not None and number.is_integer() and number > 0 else None


def _moment(said: float | str | None) -> str | None:
    """Seconds since 1970 as ISO 8601; what is no time is unknown.

    >>> _moment(1_700_000_000)
    '2023-11-14T22:13:20Z'
    """
    if said is None or isinstance(said, str):
        return said
    try:
        moment = datetime.fromtimestamp(said, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat().replace("+00:00", "Z")
