"""Terms of observables -> measurements: a change of basis, and what its outcomes say of each term."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister
from qiskit.circuit.library import CXGate, CZGate, HGate, SdgGate, SGate, SwapGate, XGate, ZGate
from qiskit.quantum_info import Clifford, Pauli
from qiskit.synthesis import synth_circuit_from_stabilizers
from qiskit.transpiler import PassManager
from qiskit.transpiler.passes import InverseCancellation

from qiskit_ionq_lite.primitives.paulis import (
    Term,
    agree,
    commute,
    compacted,
    grouped,
    qubits_of,
    term,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from qiskit.circuit import Qubit

    from qiskit_ionq_lite.results.distribution import Outcomes

_MOST_ENTANGLERS = 3
"""Of a change of basis under noise: more of them cost more accuracy than a circuit that is saved is worth."""

_MOST_TERMS_TO_TRY = 1_000  # every term is compared with every other
_READ_INSTEAD = frozenset({"x", "y", "z", "s", "sdg", "cx", "cz", "swap"})
_FREE_NAME = "observables"


@dataclass(frozen=True)
class Readout:
    """What an outcome says of one term.

    Attributes:
        parity: mask of the bits whose parity is its sign.
        projected: mask of the bits that must be as in ``excited``, else the term is 0.
        excited: mask.
        sign: 1 or -1.
    """

    parity: int
    projected: int = 0
    excited: int = 0
    sign: int = 1

    def worth(self, outcomes: Outcomes) -> NDArray[np.float64]:
        """The term's value, -1, 0 or 1, for each outcome; shape as ``outcomes``.

        >>> Readout(parity=0b11, sign=-1).worth(np.arange(4, dtype=np.uint64)).tolist()
        [-1.0, 1.0, 1.0, -1.0]
        """
        number: Any = int if outcomes.dtype == np.object_ else np.uint64
        value: NDArray[np.float64] = self.sign * (1.0 - 2.0 * _parity(outcomes & number(self.parity)))
        if self.projected:
            value = value * ((outcomes & number(self.projected)) == number(self.excited))
        return value


@dataclass(frozen=True)
class Measurement:
    """One circuit's worth of terms.

    Attributes:
        qubits: those that are measured, into bits 0, 1, ... in this order.
        change: of basis, on as many qubits.
        readouts: by the term's label.
    """

    qubits: tuple[int, ...]
    change: QuantumCircuit
    readouts: Mapping[str, Readout]

    def after(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """``circuit`` with this measurement at its end, in a register of its own, the last one."""
        name = _FREE_NAME
        while name in {register.name for register in circuit.cregs}:
            name += "_"
        found = circuit.copy()
        register = ClassicalRegister(len(self.qubits), name)
        found.add_register(register)
        qubits = [circuit.qubits[qubit] for qubit in self.qubits]
        found.compose(self.change, qubits, inplace=True)
        found.measure(qubits, register)
        return found


def measurements(labels: Sequence[str], grouping: str, exact: bool) -> tuple[Measurement, ...]:
    """As few measurements as the grouping finds, for terms none of which is the identity.

    Args:
        labels: of the terms.
        grouping: "qubit-wise", "commuting", or "auto", which decides by circuits and entanglers.
        exact: whether nothing is lost to noise, so that entanglers are free.
    """
    return _measurements(tuple(sorted(labels)), grouping, exact)


@lru_cache(maxsize=256)
def _measurements(labels: tuple[str, ...], grouping: str, exact: bool) -> tuple[Measurement, ...]:
    terms = [term(label) for label in labels]
    apart = tuple(_qubit_wise(group) for group in grouped(terms, agree))
    if grouping == "qubit-wise" or (grouping == "auto" and len(terms) > _MOST_TERMS_TO_TRY):
        return apart
    paulis = [one for one in terms if not one.projected]
    others = [one for one in terms if one.projected]
    together = (
        *(_commuting(group) for group in grouped(paulis, commute)),
        *(_qubit_wise(group) for group in grouped(others, agree)),
    )
    if len(together) >= len(apart):
        return apart
    entanglers = max(one.change.num_nonlocal_gates() for one in together)
    return together if grouping == "commuting" or exact or entanglers <= _MOST_ENTANGLERS else apart


def _qubit_wise(group: Sequence[Term]) -> Measurement:
    x = z = 0
    for one in group:
        x, z = x | one.x, z | one.z
    qubits = qubits_of(x | z)
    change = QuantumCircuit(len(qubits))
    for place, qubit in enumerate(qubits):
        if x >> qubit & 1:
            if z >> qubit & 1:
                change.sdg(place)
            change.h(place)
    readouts = {
        one.label: Readout(
            compacted(one.support & ~one.projected, qubits),
            compacted(one.projected, qubits),
            compacted(one.excited, qubits),
        )
        for one in group
    }
    return Measurement(tuple(qubits), change, readouts)


def _commuting(group: Sequence[Term]) -> Measurement:
    """Entanglers only where the terms do not agree on every qubit."""
    if all(agree(one, other) for place, one in enumerate(group) for other in group[:place]):
        return _qubit_wise(group)
    support = 0
    for one in group:
        support |= one.support
    qubits = qubits_of(support)
    paulis = [_on(one, qubits) for one in group]
    change = _shortened(
        synth_circuit_from_stabilizers(
            [pauli.to_label() for pauli in _independent(paulis)], allow_underconstrained=True, invert=True
        )
    )
    basis = Clifford(change)
    readouts = {
        one.label: _diagonal(pauli.evolve(basis, frame="s")) for one, pauli in zip(group, paulis, strict=True)
    }
    return Measurement(tuple(qubits), change, readouts)


def _shortened(change: QuantumCircuit) -> QuantumCircuit:
    """Without what cancels, and without an end that only turns phases, or outcomes into other outcomes.

    Such an end is done by reading: it takes products of Z to products of Z.
    """
    inverses = [HGate(), CXGate(), CZGate(), XGate(), ZGate(), SwapGate(), (SGate(), SdgGate())]
    tidy = PassManager([InverseCancellation(inverses)]).run(change)
    needed: set[Qubit] = set()
    kept = []
    for step in reversed(tidy.data):
        if step.name not in _READ_INSTEAD or needed.intersection(step.qubits):
            needed.update(step.qubits)
            kept.append(step)
    found = tidy.copy_empty_like()
    for step in reversed(kept):
        found.append(step)
    return found


def _on(one: Term, qubits: Sequence[int]) -> Pauli:
    width = len(one.label)
    return Pauli("".join(one.label[width - 1 - qubit] for qubit in reversed(qubits)))


def _independent(paulis: Sequence[Pauli]) -> list[Pauli]:
    """Those that are no products of the ones before, signs aside."""
    found: list[Pauli] = []
    rows: list[int] = []
    for pauli in paulis:
        row = int("".join("01"[bit] for bit in [*pauli.x.tolist(), *pauli.z.tolist()]), 2)
        for known in rows:
            row = min(row, row ^ known)
        if row:
            rows.append(row)
            found.append(pauli)
    return found


def _diagonal(pauli: Pauli) -> Readout:
    """A product of Z, with its sign, as a readout."""
    parity = sum(1 << qubit for qubit in np.flatnonzero(pauli.z).tolist())
    return Readout(parity, sign=-1 if pauli.phase == 2 else 1)


def _parity(values: Outcomes) -> NDArray[np.float64]:
    if values.dtype == np.object_:
        return np.fromiter((value.bit_count() & 1 for value in values.tolist()), np.float64, len(values))
    folded = values.astype(np.uint64)
    for distance in (32, 16, 8, 4, 2, 1):
        folded = folded ^ (folded >> np.uint64(distance))
    parity: NDArray[np.float64] = (folded & np.uint64(1)).astype(np.float64)
    return parity
