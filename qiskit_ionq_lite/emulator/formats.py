"""Result documents, rendered from outcomes on request.

Two orders of bits (F 3.1). Version 1 writes an outcome as a decimal number in which qubit 0 is the least
significant bit; version 2 writes register ``output_all`` with qubit 0 leftmost. One qubit flipped:

>>> import numpy as np
>>> outcomes = Outcomes(np.array([1], dtype=np.uint64), np.array([1.0]))
>>> FORMATS["probabilities"].render(outcomes, 3)
{'1': 1.0}
>>> FORMATS["probabilities-v2"].render(outcomes, 3)
{'probabilities': {'registers': {'output_all': {'100': 1.0}}}}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qiskit_ionq_lite.emulator.outcomes import Outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

REGISTER = "output_all"
AGGREGATE = "probabilities-aggregate"
AGGREGATE_FORMAT = "ionq.result.probabilities-aggregate.json.v1"


@dataclass(frozen=True)
class Format:
    """One way to write a result.

    Attributes:
        id: the platform's name of the format.
        render: outcomes and number of qubits -> JSON value.
        sampled: whether it needs shots, which exact results do not have.
    """

    id: str
    render: Callable[[Outcomes, int], Any]
    sampled: bool = False


def _decimal(values: Any) -> list[str]:
    return [str(value) for value in values.tolist()]


def _bits(values: Any, qubits: int) -> list[str]:
    return [format(value, f"0{qubits}b")[::-1] for value in values.tolist()]


def _histogram(outcomes: Outcomes) -> list[int]:
    shots = 0 if outcomes.shots is None else len(outcomes.shots)
    counts: list[int] = np.rint(outcomes.probabilities * shots).astype(np.int64).tolist()
    return counts


def _shots(outcomes: Outcomes) -> Any:
    return np.empty(0, dtype=np.uint64) if outcomes.shots is None else outcomes.shots


def _probabilities_v1(outcomes: Outcomes, qubits: int) -> Any:
    del qubits
    return dict(zip(_decimal(outcomes.values), outcomes.probabilities.tolist(), strict=True))


def _histogram_v1(outcomes: Outcomes, qubits: int) -> Any:
    del qubits
    return dict(zip(_decimal(outcomes.values), _histogram(outcomes), strict=True))


def _shots_v1(outcomes: Outcomes, qubits: int) -> Any:
    del qubits
    return _decimal(_shots(outcomes))


def _probabilities_v2(outcomes: Outcomes, qubits: int) -> Any:
    values = dict(zip(_bits(outcomes.values, qubits), outcomes.probabilities.tolist(), strict=True))
    shots = len(_shots(outcomes))
    registers = {
        name: {key: count / shots for key, count in counts.items()}
        for name, counts in _register_counts(outcomes).items()
    }
    return {"probabilities": {"registers": {**registers, REGISTER: values}}}


def _histogram_v2(outcomes: Outcomes, qubits: int) -> Any:
    values = dict(zip(_bits(outcomes.values, qubits), _histogram(outcomes), strict=True))
    return {"histogram": {"registers": {**_register_counts(outcomes), REGISTER: values}}}


def _shots_v2(outcomes: Outcomes, qubits: int) -> Any:
    """Element ``k`` of a register is its bit ``k``, here qubit ``k``."""
    places = np.arange(qubits, dtype=np.uint64)
    bits = (_shots(outcomes)[:, None] >> places) & np.uint64(1)
    names, columns = [REGISTER], [bits.tolist()]
    for name, register in outcomes.registers.each() if outcomes.registers else ():
        names.append(name)
        columns.append(register.astype(np.uint8).tolist())
    return {
        "shots": [{"registers": dict(zip(names, shot, strict=True))} for shot in zip(*columns, strict=True)]
    }


def _register_counts(outcomes: Outcomes) -> dict[str, dict[str, int]]:
    """Counts of each named register; bit 0 is the leftmost character, as qubit 0 is in ``output_all``."""
    found: dict[str, dict[str, int]] = {}
    for name, bits in outcomes.registers.each() if outcomes.registers else ():
        rows, counts = np.unique(bits.astype(np.uint8), axis=0, return_counts=True)
        keys = ["".join(map(str, row)) for row in rows.tolist()]
        found[name] = dict(zip(keys, counts.tolist(), strict=True))
    return found


FORMATS: dict[str, Format] = {
    "probabilities": Format("ionq.result.probabilities.json.v1", _probabilities_v1),
    "probabilities-v2": Format("ionq.result.probabilities.json.v2", _probabilities_v2),
    "histogram": Format("ionq.result.histogram.json.v1", _histogram_v1, sampled=True),
    "histogram-v2": Format("ionq.result.histogram.json.v2", _histogram_v2, sampled=True),
    "shots": Format("ionq.result.shots.json.v1", _shots_v1, sampled=True),
    "shots-v2": Format("ionq.result.shots.json.v2", _shots_v2, sampled=True),
}
"""Artifact id -> format. Version 1 ids are also the last part of the older result URLs (F 3.3)."""

LEGACY = ("probabilities", "histogram", "shots")
"""Artifacts that released clients fetch by ``results.<name>.url``."""
