"""Result documents of the platform, versions 1 and 2 -> arrays (F 3.1, 3.2).

Version 1 writes outcomes as decimal integers, qubit 0 least significant. Version 2 writes bitstrings for each
register, qubit 0 *leftmost*. Never mix them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from qiskit_ionq_lite.errors import IonQResponseError
from qiskit_ionq_lite.notices import notify
from qiskit_ionq_lite.results.distribution import Distribution, outcome_array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from qiskit_ionq_lite.results.distribution import Outcomes

ALL_QUBITS = "output_all"
"""The register of version 2 that holds every qubit of the payload."""

_ROUNDING = 0.01  # by which probabilities may miss 1
_Weights = dict[int, float]
_Document = TypeVar("_Document")


class _Probabilities(msgspec.Struct):
    registers: dict[str, dict[str, float]]


class _ProbabilitiesV2(msgspec.Struct):
    probabilities: _Probabilities


class _HistogramV2(msgspec.Struct):
    histogram: _Probabilities


class _Shot(msgspec.Struct):
    registers: dict[str, list[int]]
    leakage_bits: list[int] = []


class _ShotsV2(msgspec.Struct):
    shots: list[_Shot]


def read_weights(document: bytes, fmt: str, width: int) -> Distribution:
    """A probabilities or histogram document.

    Args:
        document: the JSON, as it came.
        fmt: its format, such as ``ionq.result.histogram.json.v1``.
        width: qubits of the payload.

    Raises:
        IonQResponseError: if it is not such a document, or names outcomes that ``width`` qubits do not have.
    """
    return checked(_WEIGHTS[fmt](document), width, sums_to_one="probabilities" in fmt)


def read_aggregate(document: bytes) -> dict[str, _Weights]:
    """Child job id -> outcome -> probability (``ionq.result.probabilities-aggregate.json.v1``)."""
    return _decoded(document, dict[str, _Weights])


def read_shots(document: bytes, fmt: str, width: int) -> Outcomes:
    """Every valid shot, in the platform's order; those with leakage are left out (F 3.2).

    Returns:
        shape (shots,).
    """
    listed = _SHOTS[fmt](document)
    try:
        outcomes = outcome_array(listed, width, len(listed))
    except OverflowError as error:
        raise _outside(width) from error
    if listed:
        _check_range(outcomes, width)
    return outcomes


def read_registers(document: bytes, registers: Sequence[tuple[str, int]]) -> Outcomes:
    """Every valid shot of a program, in the platform's order (F 9.7); those with leakage are left out.

    Registers that the platform's compiler removed read 0, with a warning.

    Args:
        document: shots in version 2.
        registers: names and sizes; an outcome's bits are theirs, one register after the other.

    Returns:
        shape (shots,).
    """
    shots = [shot.registers for shot in _decoded(document, _ShotsV2).shots if not any(shot.leakage_bits)]
    width = sum(size for _, size in registers)
    bits = np.zeros((len(shots), width), dtype=np.uint8)
    start = 0
    for name, size in registers:
        if not any(name in shot for shot in shots) and shots:
            notify(f"the platform's result has no register {name!r}: its bits read 0")
        elif shots:
            bits[:, start : start + size] = _rows([shot.get(name, [0] * size) for shot in shots], name, size)
        start += size
    packed = np.packbits(bits, axis=1, bitorder="little")
    return outcome_array((int.from_bytes(row.tobytes(), "little") for row in packed), width, len(shots))


def _rows(rows: list[list[int]], name: str, size: int) -> NDArray[np.uint8]:
    if any(len(row) != size for row in rows) or not all({*row} <= {0, 1} for row in rows):
        raise IonQResponseError(f"the platform's shots of register {name!r} are not {size} bits each")
    return np.array(rows, dtype=np.uint8).reshape(len(rows), size)


def checked(weights: Mapping[int, float], width: int, *, sums_to_one: bool = True) -> Distribution:
    """``weights`` as a distribution over ``width`` qubits, if they can be; the platform rounds (F 3.1)."""
    try:
        distribution = Distribution.of(weights, width)
    except OverflowError as error:
        raise _outside(width) from error
    values = distribution.weights
    if not np.all(np.isfinite(values)) or np.any(values < 0) or not values.sum() > 0:
        raise IonQResponseError("the platform's result holds weights that are negative, or sum to nothing")
    if sums_to_one and abs(values.sum() - 1) > _ROUNDING:
        raise IonQResponseError(f"the platform's probabilities sum to {values.sum():.6g}, not to 1")
    _check_range(distribution.outcomes[[0, -1]], width)  # they ascend
    return distribution


def _check_range(outcomes: Outcomes, width: int) -> None:
    if not (int(outcomes.min()) >= 0 and int(outcomes.max()) < 1 << width):
        raise _outside(width)


def _outside(width: int) -> IonQResponseError:
    return IonQResponseError(f"the platform's result holds outcomes that {width} qubits do not have")


def _weights_v1(document: bytes) -> _Weights:
    return _decoded(document, _Weights)


def _probabilities_v2(document: bytes) -> _Weights:
    return _from_bitstrings(_decoded(document, _ProbabilitiesV2).probabilities)


def _histogram_v2(document: bytes) -> _Weights:
    return _from_bitstrings(_decoded(document, _HistogramV2).histogram)


def _from_bitstrings(document: _Probabilities) -> _Weights:
    if ALL_QUBITS not in document.registers:
        raise IonQResponseError(f"the platform's result has no register {ALL_QUBITS!r}")
    register = document.registers[ALL_QUBITS]
    if not all(set(bits) <= {"0", "1"} for bits in register):
        raise IonQResponseError("the platform's result holds keys that are not bitstrings")
    return {int(bits[::-1] or "0", 2): weight for bits, weight in register.items()}


def _shots_v1(document: bytes) -> list[int]:
    return _decoded(document, list[int])


def _shots_v2(document: bytes) -> list[int]:
    shots = _decoded(document, _ShotsV2).shots
    if not all(ALL_QUBITS in shot.registers for shot in shots):
        raise IonQResponseError(f"the platform's shots have no register {ALL_QUBITS!r}")
    return [
        sum(1 << i for i, bit in enumerate(shot.registers[ALL_QUBITS]) if bit)
        for shot in shots
        if not any(shot.leakage_bits)
    ]


def _decoded(document: bytes, kind: type[_Document]) -> _Document:
    try:
        return msgspec.json.decode(document, type=kind, strict=False)  # shots v1 are strings of digits
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise IonQResponseError(f"the platform's result cannot be read: {error}") from error


_WEIGHTS: dict[str, Callable[[bytes], _Weights]] = {
    "ionq.result.probabilities.json.v1": _weights_v1,
    "ionq.result.histogram.json.v1": _weights_v1,
    "ionq.result.probabilities.json.v2": _probabilities_v2,
    "ionq.result.histogram.json.v2": _histogram_v2,
}
_SHOTS: dict[str, Callable[[bytes], list[int]]] = {
    "ionq.result.shots.json.v1": _shots_v1,
    "ionq.result.shots.json.v2": _shots_v2,
}
