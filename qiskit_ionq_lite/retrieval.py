"""A completed job -> what the platform says of each of its circuits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from qiskit_ionq_lite.circuits import foreign
from qiskit_ionq_lite.circuits import header as headers
from qiskit_ionq_lite.circuits.header import CircuitHeader, JobHeader
from qiskit_ionq_lite.circuits.layout import ClassicalLayout
from qiskit_ionq_lite.errors import IonQInputError, IonQResponseError
from qiskit_ionq_lite.results.assemble import CircuitOutcome
from qiskit_ionq_lite.results.distribution import Distribution, histogram
from qiskit_ionq_lite.results.formats import (
    checked,
    read_aggregate,
    read_registers,
    read_shots,
    read_weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit_ionq_lite.cloud import documents
    from qiskit_ionq_lite.cloud.client import Client

    Fetch = Callable[[str], bytes]

_DEFAULT_SHOTS = 100  # the API's own default (F 4.8)
_SIDE_BY_SIDE = 8  # requests under way at once for the children of one job

# Names in a job's `results`, best first: version 1 is the smallest, the bare names are older URLs (F 3.3).
_PROBABILITIES = ("ionq.result.probabilities.json.v1", "probabilities", "ionq.result.probabilities.json.v2")
_HISTOGRAM = ("ionq.result.histogram.json.v1", "histogram", "ionq.result.histogram.json.v2")
_SHOTS = ("ionq.result.shots.json.v1", "shots", "ionq.result.shots.json.v2")
_SHOTS_BY_REGISTER = "ionq.result.shots.json.v2"
_AGGREGATED = "ionq.result.histogram.json.v2"
_AGGREGATE = ("ionq.result.probabilities-aggregate.json.v1", "probabilities")
_FORMAT_OF = {name: f"ionq.result.{name}.json.v1" for name in ("probabilities", "histogram", "shots")}


def header_of(job: documents.Job) -> JobHeader:
    """What was said of the circuits at submission; a job of another client is labelled by its qubits."""
    texts = _texts(job)
    known = headers.unpack(texts)
    if known is not None:
        return known
    if foreign.KEY in texts:
        circuits = foreign.read(texts[foreign.KEY], job.meas_mapped)
        return JobHeader(_shots(job, texts), False, _seed_from(job.id), circuits)
    width = job.stats.qubits if job.stats and job.stats.qubits else 1
    count = len(job.child_job_ids or ()) or 1
    circuit = CircuitHeader(job.name or "", ClassicalLayout.of_qubits(width), {})
    return JobHeader(_shots(job, texts), False, _seed_from(job.id), (circuit,) * count)


def previous_of(job: documents.Job) -> str:
    """Id of the job before this one, of the same ``run()``; a job that has not ended tells that too."""
    known = headers.unpack(_texts(job))
    return known.previous if known else ""


def _texts(job: documents.Job) -> dict[str, str]:
    return {key: value for key, value in (job.metadata or {}).items() if isinstance(value, str)}


def _shots(job: documents.Job, metadata: dict[str, str]) -> int:
    if job.shots:
        return job.shots
    said = metadata.get("shots", "")  # other clients write it there, because ideal jobs omit it (F 4.7)
    return int(said) if said.isdecimal() and int(said) > 0 else _DEFAULT_SHOTS


def _seed_from(job_id: str) -> int:
    """A seed that every machine derives alike."""
    try:
        return UUID(job_id).int % 2**63
    except ValueError:
        return int.from_bytes(job_id.encode()[:8], "big") % 2**63


def outcomes_of(
    client: Client, job: documents.Job, header: JobHeader, aggregation: str | None = None
) -> list[CircuitOutcome]:
    """What the platform says of each circuit, in the order of submission.

    Args:
        client: of the API.
        job: that has completed.
        header: of the job.
        aggregation: how the variants of a debiased job become one result; as the platform does by default.

    Raises:
        IonQResponseError: if a result is missing or cannot be read.
        IonQInputError: if the job has no such aggregation.
    """
    if aggregation is not None:
        return _aggregated(client, job, header, aggregation)
    if job.child_job_ids:
        return _of_batch(client, job, header)
    if header.circuits[0].wire:
        return [_of_program(client, job, header)]
    return [_of_single(client, job, header, header.circuits[0].layout.num_qubits)]


def _aggregated(client: Client, job: documents.Job, header: JobHeader, name: str) -> list[CircuitOutcome]:
    """The variants' shots, joined in one of the ways that the platform offers (F 3.6)."""

    def one(position: int) -> CircuitOutcome:
        holder = client.job(children[position]) if children else job
        offered = holder.output.aggregations if holder.output else {}
        if name not in offered:
            known = f"it has {', '.join(sorted(offered))}" if offered else "it was not debiased"
            raise IonQInputError(f"job {holder.id} has no aggregation {name!r}: {known}")
        document = client.artifact(holder.id, offered[name])
        width = header.circuits[position].layout.num_qubits
        form = offered[name].get("format") or _AGGREGATED
        found = read_weights(document, form, width)
        shares = Distribution(found.outcomes, found.weights / found.weights.sum())
        return CircuitOutcome(shares, histogram=found if "histogram" in form else None)

    children = job.child_job_ids or []
    _check_children(job, header)
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return list(pool.map(one, range(len(header.circuits))))


def _check_children(job: documents.Job, header: JobHeader) -> None:
    if job.child_job_ids and len(job.child_job_ids) != len(header.circuits):
        raise IonQResponseError(
            f"job {job.id} has {len(job.child_job_ids)} children for {len(header.circuits)} circuits"
        )


def _of_program(client: Client, job: documents.Job, header: JobHeader) -> CircuitOutcome:
    """Shots by register: the only place where the platform tells of measurements on the way (F 9.7)."""
    if _SHOTS_BY_REGISTER not in (job.results or {}):
        raise IonQResponseError(f"job {job.id}, an OpenQASM 3 program, completed without shots by register")
    document = client.artifact(job.id, _entry(job, _SHOTS_BY_REGISTER))
    shots = read_registers(document, header.circuits[0].wire)
    if not len(shots):
        raise IonQResponseError(f"job {job.id} completed without a valid shot")
    counts = histogram(shots)
    return CircuitOutcome(
        Distribution(counts.outcomes, counts.weights / len(shots)),
        histogram=counts,
        shots=shots if header.memory else None,
    )


def _of_single(client: Client, job: documents.Job, header: JobHeader, width: int) -> CircuitOutcome:
    def weights(names: tuple[str, ...]) -> Distribution | None:
        name = _present(job, names)
        if name is None:
            return None
        return read_weights(client.artifact(job.id, _entry(job, name)), _format(name), width)

    probabilities = weights(_PROBABILITIES)
    if job.is_exact and probabilities is not None:
        return CircuitOutcome(probabilities, exact=True)
    shots = _present(job, _SHOTS) if header.memory else None
    if shots and probabilities is not None:
        document = client.artifact(job.id, _entry(job, shots))
        return CircuitOutcome(probabilities, shots=read_shots(document, _format(shots), width))
    counted = weights(_HISTOGRAM)
    whole = probabilities or counted
    if whole is None:
        raise IonQResponseError(f"job {job.id} completed without probabilities or a histogram")
    return CircuitOutcome(whole, histogram=counted)


def _of_batch(client: Client, job: documents.Job, header: JobHeader) -> list[CircuitOutcome]:
    """One request for all circuits where probabilities tell everything, else one or more for each child."""
    children = job.child_job_ids or []
    _check_children(job, header)
    name = None if job.may_lack_shots else _present(job, _AGGREGATE)  # it does not say how many are left
    by_child = read_aggregate(client.artifact(job.id, _entry(job, name))) if name else {}
    outcomes: list[CircuitOutcome | None] = []
    for child, circuit in zip(children, header.circuits, strict=True):
        weights = by_child.get(child)
        found = weights and CircuitOutcome(checked(weights, circuit.layout.num_qubits), exact=job.is_exact)
        outcomes.append(found if found and _tells_all(found, header) else None)
    return _completed(client, children, header, outcomes)


def _tells_all(outcome: CircuitOutcome, header: JobHeader) -> bool:
    """Whether a child's probabilities are enough: exact, or plain frequencies where no memory was asked for.

    Frequencies are multiples of 1/shots. Anything else is mitigated, or shots were discarded, and then the
    child's own histogram knows better.
    """
    if outcome.exact:
        return True
    quota = outcome.probabilities.weights * header.shots
    return not header.memory and bool(np.all(np.abs(quota - np.rint(quota)) < 1e-4))


def _completed(
    client: Client, children: list[str], header: JobHeader, outcomes: list[CircuitOutcome | None]
) -> list[CircuitOutcome]:
    def complete(position: int) -> CircuitOutcome:
        known = outcomes[position]
        if known is not None:
            return known
        child = client.job(children[position])
        return _of_single(client, child, header, header.circuits[position].layout.num_qubits)

    if None not in outcomes:
        return [outcome for outcome in outcomes if outcome is not None]
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return list(pool.map(complete, range(len(children))))


def _present(job: documents.Job, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in (job.results or {})), None)


def _entry(job: documents.Job, name: str) -> object:
    return (job.results or {})[name]


def _format(name: str) -> str:
    return _FORMAT_OF.get(name, name)
