"""IonQ's answers as frozen, typed values.

Extra keys are ignored; missing or mistyped ones that we use are not.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from qiskit_ionq_lite.errors import IonQResponseError

Document = TypeVar("Document")


class Backend(msgspec.Struct, frozen=True):
    """One backend, as ``GET /backends`` lists it.

    Attributes:
        backend: its name, such as ``qpu.forte-1``.
        qubits: how many it has.
        status: ``available``, ``unavailable`` or ``retired``; an open list.
        average_queue_time: in milliseconds (F 5.8).
        degraded: whether it works less well than usual.
        supported_native_gates: wire names.
        characterization_id: of the latest characterization.
        last_updated: when this was true, ISO 8601.
    """

    backend: str
    qubits: int
    status: str = "available"
    average_queue_time: float | None = None
    degraded: bool | None = None
    supported_native_gates: list[str] | None = None
    characterization_id: str | None = None
    last_updated: str | None = None


class Median(msgspec.Struct, frozen=True):
    """A median and its standard error, fractions of 1; the platform may leave either out (F 5.9)."""

    median: float | None = None
    stderr: float | None = None


class Fidelity(msgspec.Struct, frozen=True, rename={"one_qubit": "1q", "two_qubit": "2q"}):
    """Fidelities of gates, and of state preparation and measurement."""

    one_qubit: Median | None = None
    two_qubit: Median | None = None
    spam: Median | None = None


class Timing(msgspec.Struct, frozen=True, rename={"one_qubit": "1q", "two_qubit": "2q"}):
    """Durations and coherence times, in seconds."""

    one_qubit: float | None = None
    two_qubit: float | None = None
    readout: float | None = None
    reset: float | None = None
    t1: float | None = None
    t2: float | None = None


class Characterization(msgspec.Struct, frozen=True):
    """What IonQ last measured of a QPU."""

    id: str
    backend: str | None = None
    date: str | None = None
    qubits: int | None = None
    connectivity: list[tuple[int, int]] | None = None
    fidelity: Fidelity | None = None
    timing: Timing | None = None


class Characterizations(msgspec.Struct, frozen=True):
    """A page of characterizations, newest first."""

    characterizations: list[Characterization] | None = None


class Created(msgspec.Struct, frozen=True):
    """The answer to a submission."""

    id: str
    status: str


class Failure(msgspec.Struct, frozen=True):
    """Why a job failed; ``message`` in v0.4, ``error`` in v0.3 (F 6.8)."""

    code: str = ""
    message: str | None = None
    error: str | None = None

    @property
    def text(self) -> str:
        """The platform's words."""
        return self.message or self.error or ""


class Noise(msgspec.Struct, frozen=True):
    """The noise model that a simulator job ran with."""

    model: str = "ideal"
    seed: int | None = None


class Stats(msgspec.Struct, frozen=True):
    """Sizes of a job."""

    qubits: int | None = None
    circuits: int | None = None


class Compilation(msgspec.Struct, frozen=True):
    """Where the circuits are that IonQ's compiler made: format -> what names an artifact."""

    compiled_circuits: dict[str, Any] | None = None


class Output(msgspec.Struct, frozen=True):
    """What a job gave beside its results."""

    compilation: Compilation | None = None
    error_mitigation: Any = None  # the live API says ``false`` where the specification has an object (F 3.6)

    @property
    def aggregations(self) -> dict[str, Any]:
        """Name of an aggregation of a debiased job's variants -> where to fetch its histogram (F 3.6)."""
        mitigation = self.error_mitigation if isinstance(self.error_mitigation, dict) else {}
        found = mitigation.get("aggregations")
        return {
            name: entry
            for name, entry in (found if isinstance(found, dict) else {}).items()
            if isinstance(entry, dict)
        }


class Job(msgspec.Struct, frozen=True):
    """One job, as far as we read it.

    Attributes:
        results: format or older name -> where to fetch it (F 3.3); ``None`` until the job completes.
        submitted_at: when, ISO 8601, as ``started_at`` and ``completed_at``.
        execution_duration_ms: in milliseconds.
        predicted_wait_time_ms: in milliseconds.
        settings: as the platform repeats them.
        meas_mapped: for each circuit the qubits that its classical bits read, as far as the job says so
            outside its metadata, which only API v0.3 does.
    """

    id: str
    status: str
    backend: str = ""
    type: str = ""
    name: str | None = None
    shots: int | None = None
    dry_run: bool | None = None
    noise: Noise | None = None
    metadata: dict[str, Any] | None = None
    failure: Failure | None = None
    stats: Stats | None = None
    results: dict[str, Any] | None = None
    output: Output | None = None
    settings: Any = None
    child_job_ids: list[str] | None = None
    parent_job_id: str | None = None
    session_id: str | None = None
    submitted_at: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    execution_duration_ms: float | None = None
    predicted_wait_time_ms: float | None = None
    meas_mapped: list[list[int | None] | None] = []

    @property
    def is_exact(self) -> bool:
        """Whether it ran on the ideal simulator, which gives probabilities and no shots."""
        return self.backend == "simulator" and (self.noise is None or self.noise.model == "ideal")

    @property
    def may_lack_shots(self) -> bool:
        """Whether it asked for symmetry verification, which discards shots (F 7.4)."""
        settings = self.settings if isinstance(self.settings, dict) else {}
        asked = settings.get("error_mitigation")
        return isinstance(asked, dict) and bool(asked.get("symmetry_verification"))

    @property
    def compiled_circuits(self) -> dict[str, Any]:
        """Format -> where to fetch the compiled circuit; empty where there is none."""
        compilation = self.output.compilation if self.output else None
        return (compilation.compiled_circuits if compilation else None) or {}


class Jobs(msgspec.Struct, frozen=True):
    """A page of jobs, newest first, and the token of the next page."""

    jobs: list[Job]
    next: str | None = None


class Money(msgspec.Struct, frozen=True):
    """An amount; ``unit`` is ``usd`` or ``credit`` (F 7.6)."""

    value: float
    unit: str = "usd"


class Cost(msgspec.Struct, frozen=True):
    """What a job costs; neither is there for what is free."""

    dry_run: bool = False
    estimated_cost: Money | None = None
    cost: Money | None = None


class Estimate(msgspec.Struct, frozen=True):
    """What a job would cost; times in milliseconds."""

    estimated_total_cost: float
    estimated_unit: str
    estimated_execution_time: float | None = None
    current_predicted_queue_time: float | None = None


class SessionSettings(msgspec.Struct, frozen=True):
    """Limits of a session: jobs, minutes, money; and when its time is over, ISO 8601."""

    job_count_limit: int | None = None
    duration_limit_min: int | None = None
    cost_limit: Money | None = None
    expires_at: str | None = None


class Session(msgspec.Struct, frozen=True):
    """A session; times in ISO 8601.

    Attributes:
        status: ``created``, ``started`` or ``ended``.
        active: whether it takes jobs.
    """

    id: str
    status: str
    active: bool
    backend: str | None = None
    created_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    settings: SessionSettings | None = None


def parse(answer: bytes, kind: type[Document], request: str) -> Document:
    """``answer`` as a ``kind``.

    Raises:
        IonQResponseError: if it is not one; it says where.
    """
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        text = answer[:2000].decode(errors="replace")
        raise IonQResponseError(
            f"the answer to {request} is not what IonQ's API promises: {error}", body=text, request=request
        ) from error
