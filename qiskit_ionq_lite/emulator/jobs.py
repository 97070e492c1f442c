"""One job as the store keeps it."""

from __future__ import annotations

from dataclasses import dataclass, fields

OPEN_STATUSES = ("submitted", "ready", "started")
"""Statuses of a job that can still be canceled."""

STATUSES = (*OPEN_STATUSES, "canceled", "failed", "completed")


@dataclass(frozen=True)
class Job:
    """A row of table ``jobs``; times in milliseconds since 1970.

    Attributes:
        parent_id: of a circuit in a multi-circuit job; such a child has no body of its own.
        position: place among the parent's circuits.
        metadata: JSON as the client sent it, kept byte for byte.
        shots: for a child as for its parent.
        noise_model: on the simulator, else ``None``.
        seed: of every random draw; ``None`` for exact results.
        answer: JSON of ``results``, where they stand in the job itself (F 8.6, 8.8).
        compiled: whether the native circuit that ran is kept.
        allowed_states: that symmetry verification found; ``None`` where it did not look.
        verified: whether it was applied, so that the results hold these states only.
        price: in US dollars, fixed at submission; ``None`` for what is free.
    """

    id: str
    type: str
    backend: str
    status: str
    submitted_at: int
    shots: int
    qubits: int
    circuits: int
    one_qubit_gates: int
    more_qubit_gates: int
    settings: str
    parent_id: str | None = None
    position: int = 0
    name: str | None = None
    metadata: str | None = None
    session_id: str | None = None
    dry_run: bool = False
    noise_model: str | None = None
    seed: int | None = None
    started_at: int | None = None
    completed_at: int | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    answer: str | None = None
    compiled: bool = False
    price: float | None = None
    allowed_states: int | None = None
    verified: bool = False


COLUMNS = tuple(field.name for field in fields(Job))


@dataclass(frozen=True)
class Verification:
    """What symmetry verification found, and did (F 7.4).

    Attributes:
        allowed_states: how many outcomes obey the circuit's symmetries.
        applied: whether shots with any other outcome were discarded.
    """

    allowed_states: int
    applied: bool


@dataclass(frozen=True)
class Ending:
    """How one job ended: with results if ``failure_code`` is ``None``.

    Attributes:
        compiled: the native circuit that ran, or would, as ``ionq.native.v1``.
        verification: where symmetries were looked for.
    """

    job_id: str
    failure_code: str | None = None
    failure_message: str | None = None
    answer: str | None = None
    compiled: bytes | None = None
    verification: Verification | None = None
