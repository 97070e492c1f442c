"""What the result of a primitive's job needs beside the platform's answer, as the job's metadata keeps it."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from qiskit_ionq_lite.circuits.header import in_pieces, inflated, joined
from qiskit_ionq_lite.errors import IonQInputError, IonQResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "primitive"
_MAX_PIECES = 4  # of the platform's 10 keys: the header of the circuits and the user need some
_VERSION = 1


class SampledPub(msgspec.Struct):
    """A PUB of the sampler.

    Attributes:
        shape: of its parameter values.
        shots: of each circuit.
        registers: names, and for each bit its place among the circuit's classical bits.
        metadata: the circuit's own.
    """

    shape: list[int]
    shots: int
    registers: list[tuple[str, list[int]]]
    metadata: dict[str, Any] = {}


class EstimatedPub(msgspec.Struct):
    """A PUB of the estimator.

    Attributes:
        points_shape: shape of its parameter values.
        points: for each of them the number of the state that it prepares; shared where states are the same.
        observables_shape: shape of its observables.
        observables: for each of them, coefficients of strings of the letters IXYZ01+-rl, qubit 0
            rightmost.
        clbits: classical bits of the circuit, before those that measure observables.
        precision: that was asked for.
        shots: of each circuit.
        metadata: the circuit's own.
    """

    points_shape: list[int]
    points: list[int]
    observables_shape: list[int]
    observables: list[dict[str, float]]
    clbits: int
    precision: float
    shots: int
    metadata: dict[str, Any] = {}


class Sampling(msgspec.Struct, tag="sampler", tag_field="kind"):
    """A job of the sampler; ``earlier`` are ids of jobs with other shots, before the last."""

    version: int
    pubs: list[SampledPub]
    earlier: list[str] = []


class Estimation(msgspec.Struct, tag="estimator", tag_field="kind"):
    """A job of the estimator.

    Attributes:
        exact: whether it ran on the ideal simulator.
        grouping: "auto", "qubit-wise" or "commuting".
        function: whether each energy is a job of its own, in which the platform computes it.
        earlier: ids of jobs before the last, with other shots or other energies.
    """

    version: int
    pubs: list[EstimatedPub]
    exact: bool
    grouping: str
    function: bool = False
    earlier: list[str] = []


_Description = TypeVar("_Description", Sampling, Estimation)


def pack(description: Sampling | Estimation) -> dict[str, str] | None:
    """As metadata values; ``None`` if it is longer than a job's metadata can be."""
    plain = msgspec.structs.asdict(description) | {
        "kind": "sampler" if isinstance(description, Sampling) else "estimator",
        "pubs": [msgspec.structs.asdict(pub) for pub in description.pubs],
    }
    return in_pieces(KEY, plain, _MAX_PIECES)


def unpack(metadata: Mapping[str, str], kind: type[_Description], job_id: str) -> _Description:
    """The description that a job's metadata holds.

    Raises:
        IonQInputError: if it is no job of this primitive.
        IonQResponseError: if the description cannot be read.
    """
    if KEY not in metadata:
        raise IonQInputError(
            f"job {job_id} was not run by a primitive, or is not the last of its platform jobs: "
            f"provider.job({job_id!r}) fetches it as it is"
        )
    try:
        either: Sampling | Estimation = msgspec.convert(
            json.loads(inflated(joined(metadata, KEY))), Sampling | Estimation
        )
    except (zlib.error, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise IonQResponseError(f"metadata {KEY!r} of job {job_id} cannot be read: {error}") from error
    if either.version > _VERSION:
        raise IonQResponseError(f"job {job_id} was run by a newer version of this package: update it")
    if not isinstance(either, kind):
        raise IonQInputError(
            f"job {job_id} is one of the other primitive, and not of {kind.__name__.lower()}"
        )
    return either


def sampling(pubs: list[SampledPub]) -> Sampling:
    """A description of today's version."""
    return Sampling(_VERSION, pubs)


def estimation(pubs: list[EstimatedPub], exact: bool, grouping: str, function: bool) -> Estimation:
    """A description of today's version."""
    return Estimation(_VERSION, pubs, exact, grouping, function)
