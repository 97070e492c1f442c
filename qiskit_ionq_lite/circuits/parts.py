"""A list of circuits -> as few platform jobs as the limits allow (F 6.9, 7.1, 9.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from qiskit_ionq_lite.circuits.body import MAX_BYTES, MAX_CIRCUITS, MAX_GATES
from qiskit_ionq_lite.circuits.program import EncodedProgram

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qiskit_ionq_lite.circuits.body import Encoded

_ROOM = 1_000_000  # bytes of a body that are kept for everything but circuits: metadata above all
_AROUND = 200  # bytes of a circuit beside its gates


class Part(NamedTuple):
    """One platform job.

    Attributes:
        positions: places of its circuits in the list.
        circuits: the circuits.
    """

    positions: list[int]
    circuits: list[Encoded]


def parts(circuits: Sequence[Encoded]) -> list[Part]:
    """Jobs within the platform's limits: gate lists together, each program alone.

    >>> parts([])
    []
    """
    if len(circuits) == 1:
        return [Part([0], list(circuits))]
    return [*_batches(circuits), *_programs(circuits)]


def _batches(circuits: Sequence[Encoded]) -> Iterator[Part]:
    part, gates, size = Part([], []), 0, 0
    for position, circuit in enumerate(circuits):
        if isinstance(circuit, EncodedProgram):
            continue
        more = len(msgspec.json.encode(circuit.gates)) + _AROUND
        full = (
            len(part.circuits) == MAX_CIRCUITS
            or gates + circuit.size > MAX_GATES
            or size + more > MAX_BYTES - _ROOM
        )
        if full and part.circuits:
            yield part
            part, gates, size = Part([], []), 0, 0
        part.positions.append(position)
        part.circuits.append(circuit)
        gates, size = gates + circuit.size, size + more
    if part.circuits:
        yield part


def _programs(circuits: Sequence[Encoded]) -> Iterator[Part]:
    for position, circuit in enumerate(circuits):
        if isinstance(circuit, EncodedProgram):
            yield Part([position], [circuit])
