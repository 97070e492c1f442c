"""Rows -> the job documents of API v0.4."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import msgspec

from qiskit_ionq_lite.emulator import compiled
from qiskit_ionq_lite.emulator.devices import IDEAL, SIMULATOR, Document
from qiskit_ionq_lite.emulator.formats import AGGREGATE, AGGREGATE_FORMAT, FORMATS, LEGACY
from qiskit_ionq_lite.emulator.functions import FUNCTIONS, QAOA
from qiskit_ionq_lite.emulator.inputs import MULTI, QASM3, SINGLE
from qiskit_ionq_lite.emulator.mitigation import (
    AGGREGATIONS,
    aggregated,
    asks_for_symmetries,
    part,
    variants,
)
from qiskit_ionq_lite.emulator.prices import COST_MODEL, UNIT, Size, execution_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit_ionq_lite.emulator.jobs import Job
    from qiskit_ionq_lite.emulator.mitigation import Variant
    from qiskit_ionq_lite.emulator.outcomes import Outcomes

PARENTS = (MULTI, QAOA)
"""Types of the jobs that have children."""

SUBMITTER_ID = str(uuid5(NAMESPACE_URL, "https://api.ionq.co/local/user"))
PROJECT_ID = str(uuid5(NAMESPACE_URL, "https://api.ionq.co/local/project"))
KEY_ID = str(uuid5(NAMESPACE_URL, "https://api.ionq.co/local/key"))
ORGANIZATION_ID = str(uuid5(NAMESPACE_URL, "https://api.ionq.co/local/organization"))
WHOAMI: Document = {"key_id": KEY_ID, "key_name": "local", "project_id": PROJECT_ID}
"""A local cloud has one organization, one user, one project and one key."""


def job_document(job: Job, child_ids: list[str] | None) -> Document:
    """The answer of ``GET /jobs/{id}``; a single circuit has no children."""
    return listed_document(job) | {"child_job_ids": child_ids if job.type in PARENTS else None}


def listed_document(job: Job) -> Document:
    """A job in a list: the specification leaves its children out there."""
    document: Document = {
        "id": job.id,
        "status": job.status,
        "type": job.type,
        "backend": job.backend,
        "dry_run": job.dry_run,
        "submitter_id": SUBMITTER_ID,
        "project_id": PROJECT_ID,
        "parent_job_id": job.parent_id,
        "session_id": job.session_id,
        "metadata": msgspec.Raw(job.metadata.encode()) if job.metadata else None,
        "name": job.name,
        "submitted_at": iso(job.submitted_at),
        "started_at": iso(job.started_at),
        "completed_at": iso(job.completed_at),
        "predicted_wait_time_ms": None,
        "predicted_execution_duration_ms": execution_ms(job.backend, size_of(job)) or None,
        "execution_duration_ms": _duration(job),
        "failure": _failure(job),
        "output": _compilation(job) | _mitigation(job),
        "settings": msgspec.Raw(job.settings.encode()),
        "stats": {
            "qubits": job.qubits,
            "circuits": job.circuits,
            "gate_counts": {"1q": job.one_qubit_gates, "2q": job.more_qubit_gates},
        },
        "results": _results(job) if job.status == "completed" and not job.dry_run else None,
    }
    return document | _simulator_fields(job) | ({} if job.price is None else {"cost_model": COST_MODEL})


def cost_document(job: Job) -> Document:
    """The answer of ``GET /jobs/{id}/cost``: what is free has no price, what did not run costs nothing."""
    document: Document = {"dry_run": job.dry_run}
    if job.price is None:
        return document
    document["estimated_cost"] = {"value": job.price, "unit": UNIT}
    if job.status in ("completed", "failed", "canceled") and not job.dry_run:
        document["cost"] = {"value": job.price if job.status == "completed" else 0.0, "unit": UNIT}
    return document


def size_of(job: Job) -> Size:
    """What the job's duration depends on."""
    return Size(job.shots, job.one_qubit_gates, job.more_qubit_gates, circuits=job.circuits)


def is_exact(job: Job) -> bool:
    """Whether a job's results are exact probabilities, without shots."""
    return job.backend == SIMULATOR and job.noise_model == IDEAL


def _results(job: Job) -> Document | msgspec.Raw:
    return msgspec.Raw(job.answer.encode()) if job.answer else results_map(job)


def artifacts(job: Job) -> list[str]:
    """Ids of the artifacts that a completed job has."""
    if job.type in (*FUNCTIONS, QAOA):
        return []
    if job.type == MULTI:
        return [AGGREGATE]
    return [
        *(name for name, form in FORMATS.items() if not (form.sampled and is_exact(job))),
        *mitigated(job),
    ]


def mitigated(job: Job) -> dict[str, tuple[str, Callable[[Outcomes], Outcomes]]]:
    """Artifacts of a debiased job's aggregations and variants -> their format, and what it shows."""
    parts = variants(job) if job.type in (SINGLE, QASM3) else []
    found: dict[str, tuple[str, Callable[[Outcomes], Outcomes]]] = {}
    for method in AGGREGATIONS if parts else ():
        for form in ("probabilities", "probabilities-v2", "histogram", "histogram-v2"):
            found[f"{method}-{form}"] = (form, partial(aggregated, parts=parts, method=method))
    for place, variant in enumerate(parts):
        for form in FORMATS:
            found[f"variant-{place}-{form}"] = (form, partial(part, variant=variant))
    return found


def _mitigation(job: Job) -> Document:
    """What error mitigation did, once the job is done; nothing where there was none."""
    if job.status != "completed" or job.dry_run or job.type not in (SINGLE, QASM3):
        return {}
    mitigation: Document = {}
    parts = variants(job)
    if parts:
        mitigation["debiasing"] = {
            "variants": [_variant(place, variant) for place, variant in enumerate(parts)],
            "aggregation_method": "average",
        }
        form = FORMATS["histogram-v2"].id
        mitigation["aggregations"] = {
            name: _descriptor(f"{name}-histogram-v2", form) for name in AGGREGATIONS
        }
    if asks_for_symmetries(job):
        states = 2**job.qubits if job.allowed_states is None else job.allowed_states
        mitigation["symmetry_verification"] = {"num_allowed_states": states, "applied": job.verified}
    return {"error_mitigation": mitigation} if mitigation else {}


def _variant(place: int, variant: Variant) -> Document:
    return {
        "variant_id": str(place),
        "qubit_map": list(variant.qubit_map),
        "shots": variant.shots,
        "results": {
            form.id: _descriptor(f"variant-{place}-{name}", form.id) for name, form in FORMATS.items()
        },
    }


def results_map(job: Job) -> Document:
    """Both shapes (F 3.3): descriptors by format id, and for older clients ``url`` by name.

    The older entries are descriptors too, so that a client that parses every entry as one finds all it needs.
    """
    names = [name for name in artifacts(job) if name == AGGREGATE or name in FORMATS]
    descriptors = {form: _descriptor(name, form) for name in names for form in [_format_id(name)]}
    base = f"/v0.4/jobs/{job.id}/results"
    if job.type == MULTI:
        url = {"url": f"{base}/probabilities/aggregated"}
        return {"probabilities": url | _descriptor(AGGREGATE, AGGREGATE_FORMAT)} | descriptors
    older = {
        name: {"url": f"{base}/{name}"} | _descriptor(name, FORMATS[name].id)
        for name in LEGACY
        if name in names
    }
    return older | descriptors


def iso(milliseconds: int | None) -> str | None:
    """A time as the API writes it.

    >>> iso(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    """
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _format_id(artifact: str) -> str:
    return AGGREGATE_FORMAT if artifact == AGGREGATE else FORMATS[artifact].id


def _descriptor(artifact: str, form: str) -> Document:
    return {"id": artifact, "format": form, "media_type": "application/json"}


def _compilation(job: Job) -> Document:
    """Where the compiled circuit is, for dry runs too (F 7.2)."""
    if not job.compiled:
        return {}
    circuits = {compiled.FORMAT: _descriptor(compiled.ARTIFACT, compiled.FORMAT)}
    return {"compilation": {"compiled_circuits": circuits}}


def _duration(job: Job) -> int | None:
    if job.status not in ("completed", "failed") or job.started_at is None or job.completed_at is None:
        return None
    return job.completed_at - job.started_at


def _failure(job: Job) -> Document | None:
    """``error`` repeats the message, because released clients read it there (F 6.8)."""
    if job.failure_code is None:
        return None
    return {"code": job.failure_code, "message": job.failure_message, "error": job.failure_message}


def _simulator_fields(job: Job) -> Document:
    """``shots`` not for exact results, ``noise`` only for the simulator (F 4.7, 4.10)."""
    fields: Document = {} if is_exact(job) else {"shots": job.shots}
    if job.backend == SIMULATOR:
        seed = {} if job.seed is None else {"seed": job.seed}
        fields["noise"] = {"model": job.noise_model} | seed
    return fields
