"""A stored job -> the body that would submit it again, with changes (F 7.7).

A clone has the circuits, shots, settings, noise and seed of its original, but is in no session unless it is
told so. ``parent`` is accepted and without effect: a clone stands for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from qiskit_ionq_lite.emulator.devices import SIMULATOR
from qiskit_ionq_lite.emulator.functions import QAOA
from qiskit_ionq_lite.emulator.inputs import MULTI
from qiskit_ionq_lite.emulator.mitigation import MIN_SHOTS
from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.parts import single
from qiskit_ionq_lite.emulator.refusals import bad_request

if TYPE_CHECKING:
    from qiskit_ionq_lite.emulator.jobs import Job
    from qiskit_ionq_lite.emulator.store import Store

CHANGEABLE = ("name", "metadata", "shots", "backend", "session_id", "settings", "dry_run", "noise")


def input_of(job: Job, store: Store) -> bytes:
    """The ``input`` of a job; of a circuit in a multi-circuit job, its own part.

    Raises:
        RefusalError: a circuit that a QAOA job made on its way.
    """
    if job.parent_id is None:
        return store.body(job.id)
    parent = store.get(job.parent_id)
    if parent is None or parent.type != MULTI:
        raise bad_request(f"Job {job.id} is a step of job {job.parent_id}; clone that one.", source="params")
    return single(store.body(parent.id), job.position)


def body_of_clone(job: Job, input_json: bytes, changes: bytes) -> bytes:
    """The body of ``POST /jobs`` for a clone.

    Args:
        job: the original.
        input_json: its circuits.
        changes: JSON of those of :data:`CHANGEABLE` that are new; may be empty.

    Raises:
        RefusalError: 400, if the changes are not an object.
    """
    given = decode(changes, dict[str, msgspec.Raw], "") if changes.strip() else {}
    new = {name: value for name, value in given.items() if name in CHANGEABLE}
    return msgspec.json.encode(_request(job, input_json) | new)


def _request(job: Job, input_json: bytes) -> dict[str, Any]:
    request = {
        "type": job.type,
        "backend": job.backend,
        "input": msgspec.Raw(input_json),
        "shots": job.shots,
        "name": job.name,
        "metadata": msgspec.Raw(job.metadata.encode()) if job.metadata else None,
        "settings": _settings(job),
        "dry_run": job.dry_run,
    }
    if job.backend == SIMULATOR:
        request["noise"] = {"model": job.noise_model, "seed": job.seed}
    if job.type == QAOA:
        request["external_settings"] = {"api_credentials": ""}  # asked for, never kept
    return request


def _settings(job: Job) -> dict[str, Any]:
    """What was asked for; that too few shots were not debiased, nobody asked."""
    settings: dict[str, Any] = msgspec.json.decode(job.settings)
    if job.shots < MIN_SHOTS:
        settings.get("error_mitigation", {}).pop("debiasing", None)
    return settings
