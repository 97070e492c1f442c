"""A long multi-circuit job as several tasks, so that many machines can share it.

How a job is divided depends on the job alone, and each part has a seed of its own: the same seed gives the
same shots on any number of workers, and without any.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from qiskit_ionq_lite.emulator.inputs import MULTI

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit_ionq_lite.emulator.simulate import Found, Task

SECONDS_PER_PART = 1.0
"""By the forecast: long beside the way to another machine, short beside the whole."""


class _Batch(msgspec.Struct, omit_defaults=True):
    """The ``input`` of a multi-circuit job, its circuits not looked into."""

    circuits: list[msgspec.Raw]
    gateset: str = "qis"
    qubits: int | None = None


def divided(task: Task, forecast: float) -> dict[int, Task]:
    """Place of a part's first circuit -> the part, in order.

    Args:
        task: a job's.
        forecast: seconds that the whole would take.
    """
    parts = math.ceil(forecast / SECONDS_PER_PART)
    if task.type != MULTI or parts <= 1:
        return {0: task}
    batch = msgspec.json.decode(task.input, type=_Batch)
    size = math.ceil(len(batch.circuits) / parts)
    return {
        start: replace(
            task,
            input=msgspec.json.encode(
                msgspec.structs.replace(batch, circuits=batch.circuits[start : start + size])
            ),
            seed=_seed(task.seed, start),
        )
        for start in range(0, len(batch.circuits), size)
    }


def single(batch_json: bytes, place: int) -> bytes:
    """One circuit of a multi-circuit job as the ``input`` of a job of its own.

    >>> single(b'{"gateset": "native", "circuits": [{"circuit": []}]}', 0)
    b'{"gateset":"native","qubits":null,"circuit":[]}'
    """
    batch = msgspec.json.decode(batch_json, type=_Batch)
    own = msgspec.json.decode(batch.circuits[place], type=dict[str, msgspec.Raw])
    given = {name: value for name, value in own.items() if bytes(value) != b"null"}
    return msgspec.json.encode({"gateset": batch.gateset, "qubits": batch.qubits} | given)


def joined(starts: Iterable[int], found: Iterable[Found]) -> Found:
    """What the parts found, each circuit at its place in the job."""
    return {
        start + place: ending
        for start, part in zip(starts, found, strict=True)
        for place, ending in part.items()
    }


def _seed(seed: int, start: int) -> int:
    """1 to 2^31 - 1; the first part keeps the job's."""
    if start == 0:
        return seed
    return int(np.random.SeedSequence([seed, start]).generate_state(1)[0]) % (2**31 - 1) + 1
