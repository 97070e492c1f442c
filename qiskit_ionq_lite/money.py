"""What a job would cost, and what it did cost, as the platform says it (F 7.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qiskit_ionq_lite.circuits.body import job_type
from qiskit_ionq_lite.circuits.parts import parts
from qiskit_ionq_lite.errors import IonQCostError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit_ionq_lite.circuits.body import Encoded
    from qiskit_ionq_lite.cloud import documents
    from qiskit_ionq_lite.cloud.client import Client
    from qiskit_ionq_lite.options import RunOptions

USD = "usd"
_MIN_DEBIASING_SHOTS = 500  # F 5.6


@dataclass(frozen=True)
class Estimate:
    """What a job would cost; nothing was submitted.

    Attributes:
        cost: of the whole job, in ``unit``.
        unit: ``"usd"``, or ``"credit"`` for organizations that pay in credits.
        execution_ms: milliseconds on the machine.
        queue_ms: milliseconds in the queue before.
        shots: of each circuit.
        one_qubit_gates: in one shot of all circuits, as they would be sent.
        two_qubit_gates: likewise; a gate on N > 2 qubits counts for 6 (N - 2).
        error_mitigation: whether the platform would debias, for which it has a higher minimum.
        jobs: platform jobs that a list would become, each with its own minimum.
    """

    cost: float
    unit: str
    execution_ms: float | None
    queue_ms: float | None
    shots: int
    one_qubit_gates: int
    two_qubit_gates: int
    error_mitigation: bool
    jobs: int = 1


@dataclass(frozen=True)
class Cost:
    """What a job costs.

    Attributes:
        value: what was charged, in ``unit``; ``None`` until the job has ended, and 0 where it is free.
        estimated: what it was estimated to cost when it was submitted.
        unit: ``"usd"`` or ``"credit"``; ``None`` where it is free.
        dry_run: whether it was only to be priced.
    """

    value: float | None
    estimated: float | None
    unit: str | None
    dry_run: bool

    @classmethod
    def of(cls, document: documents.Cost) -> Cost:
        """The platform's answer for one job; what it gives no price for is free."""
        charged, estimated = document.cost, document.estimated_cost
        known = charged or estimated
        if known is None:
            return cls(0.0, 0.0, None, document.dry_run)
        value = charged.value if charged else 0.0 if document.dry_run else None
        return cls(value, estimated.value if estimated else None, known.unit, document.dry_run)

    @classmethod
    def total(cls, costs: Sequence[Cost]) -> Cost:
        """Of several platform jobs; unknown where one of them is."""
        value, estimated = _sum([one.value for one in costs]), _sum([one.estimated for one in costs])
        return cls(value, estimated, costs[0].unit, costs[0].dry_run)


def estimate(
    client: Client, backend: str, gateset: str, circuits: Sequence[Encoded], options: RunOptions
) -> Estimate:
    """Ask the platform for the price of circuits as they would be sent, each platform job for itself."""
    mitigated = is_debiased(backend, gateset, options)
    jobs = [part.circuits for part in parts(circuits)]
    found = [client.estimate(_asked(backend, job, options.shots, mitigated)) for job in jobs]
    one, two = _operations(circuits)
    return Estimate(
        cost=sum(answer.estimated_total_cost for answer in found),
        unit=found[0].estimated_unit.lower(),
        execution_ms=_sum([answer.estimated_execution_time for answer in found]),
        queue_ms=found[0].current_predicted_queue_time,
        shots=options.shots,
        one_qubit_gates=one,
        two_qubit_gates=two,
        error_mitigation=mitigated,
        jobs=len(jobs),
    )


def _asked(backend: str, circuits: Sequence[Encoded], shots: int, mitigated: bool) -> dict[str, Any]:
    one, two = _operations(circuits)
    return {
        "backend": backend,
        "type": job_type(circuits),
        "qubits": max(circuit.num_qubits for circuit in circuits),
        "shots": shots,
        "1q_gates": one,
        "2q_gates": two,
        "error_mitigation": "true" if mitigated else "false",
    }


def _operations(circuits: Sequence[Encoded]) -> tuple[int, int]:
    counts = [circuit.operations for circuit in circuits]
    return sum(one for one, _ in counts), sum(two for _, two in counts)


def _sum(values: Sequence[float | None]) -> float | None:
    """``None`` where one is unknown."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def is_debiased(backend: str, gateset: str, options: RunOptions) -> bool:
    """Whether the platform debiases a job: on QPUs from 500 shots on, by default unless native (F 7.4)."""
    if backend == "simulator" or options.shots < _MIN_DEBIASING_SHOTS:
        return False
    asked = options.debiasing
    if asked is None:
        asked = (options.job_settings.get("error_mitigation") or {}).get("debiasing")
    return gateset == "qis" if asked is None else bool(asked)


def check_cost(found: Estimate, max_cost_usd: float) -> None:
    """Refuse what is too expensive.

    Raises:
        IonQCostError: it would cost more, or its price is not in US dollars.
    """
    if found.unit != USD:
        raise IonQCostError(
            f"this account pays in {found.unit!r}, which max_cost_usd={max_cost_usd:g} cannot be compared "
            "with; nothing was submitted",
            cost=found.cost,
            limit=max_cost_usd,
        )
    if found.cost > max_cost_usd:
        raise IonQCostError(
            f"the job would cost {found.cost:,.2f} usd, and max_cost_usd is {max_cost_usd:,.2f}; nothing was "
            f"submitted. It has {found.shots:,} shots, {found.one_qubit_gates:,} one-qubit and "
            f"{found.two_qubit_gates:,} two-qubit gates"
            + (", and debiasing, which has a higher minimum." if found.error_mitigation else "."),
            cost=found.cost,
            limit=max_cost_usd,
        )
