"""Documents of version 0.4 -> those of version 0.3: other names, times in seconds since 1970."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from qiskit_ionq_lite.emulator.devices import Document
    from qiskit_ionq_lite.emulator.v03.bodies import Said

STATUSES: dict[str, str] = {
    "submitted": "submitted",
    "ready": "ready",
    "running": "started",
    "canceled": "canceled",
    "completed": "completed",
    "failed": "failed",
}
"""Status in version 0.3 -> in version 0.4 (F 6.1)."""

_OLDER = {newer: older for older, newer in STATUSES.items()}


def job_document(job: Document, said: Said, cost: Document, results_url: str | None) -> Document:
    """A job; only what it has is there, because most fields of version 0.3 are optional.

    Args:
        job: of version 0.4.
        said: what its client said beyond version 0.4.
        cost: of version 0.4.
        results_url: where its results are; ``None`` while there are none.
    """
    stats = job["stats"]
    fields: Document = {
        "id": job["id"],
        "status": _OLDER[job["status"]],
        "request": seconds(job["submitted_at"]),
        "name": said.name or job["name"],
        "target": job["backend"],
        "noise": job.get("noise"),
        "metadata": said.metadata or job["metadata"],
        "shots": job.get("shots"),
        "error_mitigation": _error_mitigation(job),
        "gate_counts": stats.get("gate_counts"),
        "qubits": stats.get("qubits"),
        "cost_usd": (cost.get("cost") or {}).get("value"),
        "estimated_cost_usd": (cost.get("estimated_cost") or {}).get("value"),
        "start": seconds(job["started_at"]),
        "response": seconds(job["completed_at"]),
        "execution_time": job["execution_duration_ms"],  # milliseconds (F 11.1)
        "predicted_execution_time": job["predicted_execution_duration_ms"],
        "children": job.get("child_job_ids"),
        "results_url": results_url,
        "failure": _failure(job),
        "circuits": stats.get("circuits"),
        "registers": said.registers,
        "dry_run": job["dry_run"],
    }
    return {name: value for name, value in fields.items() if value is not None}


def backend_document(backend: Document) -> Document:
    """A backend."""
    document = {
        name: backend[name] for name in ("backend", "status", "qubits", "average_queue_time", "degraded")
    }
    document |= {name: backend[name] for name in ("noise_models",) if name in backend}
    if "characterization_id" in backend:
        document["characterization_url"] = f"/characterizations/{backend['characterization_id']}"
    return document | {"last_updated": seconds(backend["last_updated"]), "has_access": True}


def characterization(found: Document) -> Document:
    """A characterization: means instead of medians (F 5.9)."""
    fidelity = {name: {"mean": figure["median"]} for name, figure in found["fidelity"].items()}
    return found | {"date": seconds(found["date"]), "fidelity": fidelity}


def seconds(moment: str | None) -> int | None:
    """A time of version 0.4 as whole seconds since 1970.

    >>> seconds("2023-11-14T22:13:20.123Z")
    1700000000
    """
    if moment is None:
        return None
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())


def _error_mitigation(job: Document) -> Document | None:
    asked = msgspec.json.decode(bytes(job["settings"])).get("error_mitigation") or {}
    return {"debias": asked["debiasing"]} if "debiasing" in asked else None


def _failure(job: Document) -> Document | None:
    failure = job["failure"]
    return failure and {"error": failure["message"], "code": failure["code"]}
