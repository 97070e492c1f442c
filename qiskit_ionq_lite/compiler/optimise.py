"""What is done to a circuit of rotations, by optimisation level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ionq_lite.compiler import pairs, stretches, triples
from qiskit_ionq_lite.compiler.planes import Search

if TYPE_CHECKING:
    from qiskit_ionq_lite.compiler.rotations import PauliCircuit

_ROUNDS = 2  # a round may bring rotations together that the next one merges
_BUDGET = {2: 100, 3: 1000}  # optimisation level -> different blocks on three qubits that are looked at
_TRIES = {2: 200_000, 3: 2_000_000}  # the same -> entanglers that are tried for Clifford stretches


def optimised(circuit: PauliCircuit, level: int, *, relabel: bool) -> PauliCircuit:
    """The circuit with fewer entanglers, or as it is.

    Args:
        circuit: any.
        level: 0 to 3, as in :func:`qiskit.transpile`.
        relabel: whether qubits may exchange labels.
    """
    if level == 0:
        return circuit
    if level > 1 and relabel:
        circuit = stretches.resynthesised(circuit, _TRIES[level])
    ways = [_by_pairs(circuit, relabel)]
    if level > 1 and relabel:
        ways.append(_by_triples(circuit, Search(_BUDGET[level])))
    return min(ways, key=lambda way: (way.entanglers, way.entangling_angle))


def _by_pairs(circuit: PauliCircuit, relabel: bool) -> PauliCircuit:
    for _ in range(_ROUNDS):
        circuit = pairs.resynthesised(circuit, relabel=relabel)
    return circuit


def _by_triples(circuit: PauliCircuit, search: Search) -> PauliCircuit:
    for _ in range(_ROUNDS):
        circuit = pairs.resynthesised(triples.resynthesised(circuit, search), relabel=True)
    return circuit
