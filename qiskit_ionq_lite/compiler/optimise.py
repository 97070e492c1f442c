"""What is done to a circuit of rotations, by optimisation level.

Each kind of block can hide another: two-qubit synthesis leaves angles in which a Clifford is no longer seen,
three-qubit synthesis pulls apart what two qubits did alone. So there are several ways, and the one with the
fewest entanglers is taken, and of those the one with the least total angle.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from qiskit_ionq_lite.compiler import pairs, stretches, triples
from qiskit_ionq_lite.compiler.planes import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qiskit_ionq_lite.compiler.rotations import PauliCircuit

    Move: TypeAlias = Callable[[PauliCircuit], PauliCircuit]

_WALKS = {2: 100, 3: 1000}
"""Optimisation level -> different blocks on three qubits that are looked at."""

_TRIES = {2: 200_000, 3: 2_000_000}
"""Optimisation level -> entanglers that are tried for Clifford stretches."""


def optimised(circuit: PauliCircuit, level: int, *, relabel: bool) -> PauliCircuit:
    """The circuit with fewer entanglers, or as it is.

    Args:
        circuit: any.
        level: 0 to 3, as in :func:`qiskit.transpile`.
        relabel: whether qubits may exchange labels; without, blocks have two qubits at most.
    """
    if level == 0:
        return circuit
    pair = partial(pairs.resynthesised, relabel=relabel)
    if level == 1 or not relabel:
        return _through(circuit, (pair, pair))
    search = Search(_WALKS[level])
    triple = partial(triples.resynthesised, search=search)
    ways: list[tuple[Move, ...]] = [(triple, pair, triple, pair), (pair, pair)]
    if level > 2:
        ways += [(pair, triple, pair, triple, pair), (triple, triple, triple, pair, triple, pair)]
    start = stretches.resynthesised(circuit, _TRIES[level])
    found = [_through(start, way) for way in ways]
    if level > 2 or start is not circuit:  # else it is among them
        found.append(optimised(circuit, level - 1, relabel=relabel))  # so a higher level is never worse
    best = min(found, key=_cost)
    if best is found[0]:
        return best
    return min(best, _through(best, (triple, pair)), key=_cost)


def _through(circuit: PauliCircuit, way: Sequence[Move]) -> PauliCircuit:
    for move in way:
        circuit = move(circuit)
    return circuit


def _cost(circuit: PauliCircuit) -> tuple[int, float]:
    return circuit.entanglers, round(circuit.entangling_angle, 9)
