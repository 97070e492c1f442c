"""Pauli evolutions as IonQ's ``pauliexp``: exp(-i · time · Σ coefficients[k]·terms[k]) (F 1.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qiskit.quantum_info import SparseObservable, SparsePauliOp

from qiskit_ionq_lite.circuits import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.circuit.library import PauliEvolutionGate


def pauliexp(gate: PauliEvolutionGate, qubits: Sequence[int]) -> list[wire.Gate] | None:
    """The evolution as at most one ``pauliexp``, or ``None`` where that would not be exact.

    Exact means that all terms commute, so that every order of them gives the same unitary. The platform takes
    no negative time, so its sign moves into the coefficients; identity terms are a global phase. Both Qiskit
    and IonQ write the qubit that comes first as the rightmost letter.
    """
    operator = gate.operator
    if isinstance(operator, SparseObservable):
        operator = SparsePauliOp.from_sparse_observable(operator)
    if not isinstance(operator, SparsePauliOp) or np.iscomplexobj(gate.time):
        return None
    coefficients = operator.coeffs
    if not all(np.isrealobj(c) or np.isclose(np.imag(c), 0) for c in coefficients) or not commute(operator):
        return None
    time = float(gate.time)
    sign = -1.0 if time < 0 else 1.0
    identity = "I" * operator.num_qubits
    terms = [
        (label, sign * float(np.real(c)))
        for label, c in zip(operator.paulis.to_labels(), coefficients, strict=True)
        if label != identity and c != 0
    ]
    if not terms or time == 0:
        return []
    labels, weights = map(list, zip(*terms, strict=True))
    return [wire.Gate("pauliexp", targets=list(qubits), terms=labels, coefficients=weights, time=abs(time))]


def commute(operator: SparsePauliOp) -> bool:
    """Whether all terms commute with each other: their symplectic products are even.

    >>> commute(SparsePauliOp(["XX", "ZZ"])), commute(SparsePauliOp(["XI", "ZI"]))
    (True, False)
    """
    x, z = (part.astype(np.float32) for part in (operator.paulis.x, operator.paulis.z))
    overlap = x @ z.T
    return not np.any((overlap + overlap.T) % 2)
