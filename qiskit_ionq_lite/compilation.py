"""A job -> the native circuits that IonQ's own compiler made of it (F 2.10, 7.2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.decode import IonQGateError, to_circuit
from qiskit_ionq_lite.cloud.documents import parse
from qiskit_ionq_lite.errors import IonQInputError, IonQJobError, IonQResponseError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit

    from qiskit_ionq_lite.circuits.header import CircuitHeader, JobHeader
    from qiskit_ionq_lite.cloud import documents
    from qiskit_ionq_lite.cloud.client import Client

_FORMAT = "ionq.native.v1"
_SIDE_BY_SIDE = 8  # requests under way at once for the children of one job


def compiled_circuits(
    client: Client, job: documents.Job, header: JobHeader, positions: Sequence[int]
) -> list[QuantumCircuit]:
    """The compiled circuits at some positions of a job that has ended.

    Raises:
        IonQJobError: if the platform keeps none.
        IonQResponseError: if one cannot be read.
    """
    if job.child_job_ids and len(job.child_job_ids) != len(header.circuits):
        raise IonQResponseError(
            f"job {job.id} has {len(job.child_job_ids)} children for {len(header.circuits)} circuits"
        )
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return list(pool.map(partial(_compiled, client, job, header), positions))


def positions_of(circuit: str | int | QuantumCircuit | None, circuits: Sequence[CircuitHeader]) -> list[int]:
    """Places of the circuits that are meant: one by position, name or itself, or all.

    Raises:
        IonQInputError: if the job has no such circuit.
    """
    every = list(range(len(circuits)))
    if circuit is None:
        return every
    if isinstance(circuit, int):
        found = every[circuit : circuit + 1 or None]
    else:
        name = circuit if isinstance(circuit, str) else circuit.name
        found = [place for place in every if circuits[place].name == name][:1]
    if not found:
        known = nearest(circuit, [entry.name for entry in circuits])
        raise IonQInputError(f"the job has {len(circuits)} circuits, and no circuit {circuit!r}: {known}")
    return found


def _compiled(client: Client, job: documents.Job, header: JobHeader, position: int) -> QuantumCircuit:
    holder = client.job(job.child_job_ids[position]) if job.child_job_ids else job
    kept = holder.compiled_circuits
    if _FORMAT not in kept:
        raise _no_circuit(holder)
    document = client.artifact(holder.id, kept[_FORMAT])
    try:
        circuit = to_circuit(parse(document, wire.Circuit, f"{_FORMAT} of job {holder.id}"), "native")
    except IonQGateError as error:
        raise IonQResponseError(f"the compiled circuit of job {holder.id} cannot be read: {error}") from error
    circuit.name = header.circuits[position].name
    circuit.metadata = dict(header.circuits[position].metadata)
    return circuit


def _no_circuit(job: documents.Job) -> IonQJobError:
    if job.compiled_circuits:
        why = f"it is kept as {', '.join(sorted(job.compiled_circuits))} only"
    elif job.is_exact:
        why = "the ideal simulator compiles nothing; run on a QPU, or with a noise model"
    else:
        why = f"the platform keeps none for this job of type {job.type!r}"
    return IonQJobError(f"job {job.id} has no compiled circuit in native gates: {why}", job_id=job.id)
