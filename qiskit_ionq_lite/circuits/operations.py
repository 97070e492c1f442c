"""What a gate counts for when it is paid for (F 7.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit_ionq_lite.circuits.wire import Gate


def two_qubit_operations(qubits: int) -> int:
    """Two-qubit gates that a gate on so many qubits counts for: 6 (N - 2) from three qubits on.

    >>> [two_qubit_operations(qubits) for qubits in range(1, 6)]
    [0, 1, 6, 12, 18]
    """
    return 6 * (qubits - 2) if qubits > 2 else int(qubits == 2)


def operations(gates: Iterable[Gate]) -> tuple[int, int]:
    """One-qubit gates, and two-qubit gates, that a circuit is paid for."""
    widths = [_width(gate) for gate in gates]
    return widths.count(1), sum(map(two_qubit_operations, widths))


def _width(gate: Gate) -> int:
    singular = (gate.target is not None) + (gate.control is not None)
    return singular + len(gate.targets or ()) + len(gate.controls or ())
