"""Wide ideal circuits whose states have few terms, such as a GHZ state: only the terms are kept.

Exact, in double precision, and with memory that follows the number of terms, not the number of qubits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qiskit_ionq_lite.emulator.outcomes import Outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit.circuit import CircuitInstruction, QuantumCircuit

    Values = NDArray[np.uint64]
    Amplitudes = NDArray[np.complex128]

FROM_QUBITS = 21
"""Narrower circuits are faster with all their amplitudes."""

MAX_TERMS, MAX_GATES, MAX_GATE_QUBITS = 2**12, 5_000, 4
"""What is tried, so that trying costs seconds at most."""

_SMALLEST = 1e-14
"""An amplitude below this is rounding noise: a double carries 16 digits."""


def run_sparse(circuit: QuantumCircuit, qubits: int) -> Outcomes | None:
    """Exact probabilities of the first ``qubits``; ``None`` for many terms, or too large a circuit."""
    if circuit.num_qubits < FROM_QUBITS or circuit.size() > MAX_GATES:
        return None
    place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    values, amplitudes = np.zeros(1, dtype=np.uint64), np.ones(1, dtype=np.complex128)
    for step in circuit.data:
        if step.operation.name == "barrier":
            continue
        if len(step.qubits) > MAX_GATE_QUBITS or step.operation.name == "kraus":
            return None
        values, amplitudes = _applied(step, [place[qubit] for qubit in step.qubits], values, amplitudes)
        if len(values) > MAX_TERMS:
            return None
    kept, inverse = np.unique(values & np.uint64(2**qubits - 1), return_inverse=True)
    probabilities = np.bincount(inverse, np.abs(amplitudes) ** 2)
    return Outcomes(kept, probabilities / probabilities.sum())


def certain_outcomes(circuit: QuantumCircuit) -> int:
    """A lower bound on the number of outcomes, found without simulation.

    Qubits that meet no other are independent: each that can be both 0 and 1 doubles the number.
    """
    joined = {qubit for step in circuit.data if len(step.qubits) > 1 for qubit in step.qubits}
    states: dict[object, Amplitudes] = {}
    for step in circuit.data:
        if len(step.qubits) == 1 and step.qubits[0] not in joined and step.operation.name != "barrier":
            state = states.get(step.qubits[0], np.array([1, 0], dtype=np.complex128))
            states[step.qubits[0]] = step.operation.to_matrix() @ state
    free = sum(bool(np.all(np.abs(state) > 1e-6)) for state in states.values())
    return 1 << free


def _applied(
    step: CircuitInstruction, places: Sequence[int], values: Values, amplitudes: Amplitudes
) -> tuple[Values, Amplitudes]:
    """All terms after a gate; the first of its qubits is its matrix's least significant bit."""
    matrix = np.asarray(step.operation.to_matrix())
    inner = np.zeros(len(values), dtype=np.int64)
    mask = np.uint64(0)
    for bit, place in enumerate(places):
        inner |= (((values >> np.uint64(place)) & np.uint64(1)) << np.uint64(bit)).astype(np.int64)
        mask |= np.uint64(1 << place)
    rest = values & ~mask
    rows = [rest | np.uint64(_spread(row, places)) for row in range(len(matrix))]
    found, inverse = np.unique(np.concatenate(rows), return_inverse=True)
    terms = (matrix[:, inner] * amplitudes).reshape(-1)
    summed = np.bincount(inverse, terms.real) + 1j * np.bincount(inverse, terms.imag)
    kept = np.abs(summed) > _SMALLEST
    return found[kept], summed[kept]


def _spread(row: int, places: Sequence[int]) -> int:
    return sum(((row >> bit) & 1) << place for bit, place in enumerate(places))
