"""What is done to a circuit of rotations, by optimisation level.

Each kind of block can hide another: two-qubit synthesis leaves angles in which a Clifford is no longer seen,
three-qubit synthesis pulls apart what two qubits did alone. So there are several ways, and the one with the
fewest entanglers is taken, and of those the one with the least total angle; but none that takes more gates,
pulses included, than the level below: an entangler less can cost any number of them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from qiskit_ionq_lite.compiler import pairs, stretches, triples
from qiskit_ionq_lite.compiler.planes import Search
from qiskit_ionq_lite.compiler.pulses import pulses_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from qiskit_ionq_lite.compiler.rotations import PauliCircuit

    Move: TypeAlias = Callable[[PauliCircuit], PauliCircuit]

_WALKS = {2: 100, 3: 1000}
"""Optimisation level -> different blocks on three qubits that are looked at."""

_TRIES = {2: 200_000, 3: 2_000_000}
"""Optimisation level -> entanglers that are tried for Clifford stretches."""


def optimised(circuit: PauliCircuit, level: int, entangler: str, *, relabel: bool) -> PauliCircuit:
    """The circuit with fewer entanglers, or as it is.

    Args:
        circuit: any.
        level: 0 to 3, as in :func:`qiskit.transpile`.
        entangler: "ms" or "zz".
        relabel: whether qubits may exchange labels; without, blocks have two qubits at most.
    """
    if level == 0:
        return circuit
    pair = partial(pairs.resynthesised, relabel=relabel)
    if level == 1 or not relabel:
        return _through(circuit, (pair, pair))
    triple = partial(triples.resynthesised, search=Search(_WALKS[level]))
    lower = optimised(circuit, level - 1, entangler, relabel=relabel)
    start = stretches.resynthesised(circuit, _TRIES[level])
    ways: list[tuple[Move, ...]] = [(triple, pair, triple, pair)]
    if start is not circuit:
        ways.append((pair, pair))
    if level > 2:
        ways += [(pair, triple, pair, triple, pair), (triple, triple, triple, pair, triple, pair)]
    found = [_through(start, way) for way in ways]
    if level > 2:
        found.append(_through(lower, (triple, pair)))
    best = _cheapest(lower, found, entangler)
    if _cost(best) == _cost(found[0]):
        return best
    return _cheapest(best, [_through(best, (triple, pair))], entangler)


def _through(circuit: PauliCircuit, way: Sequence[Move]) -> PauliCircuit:
    for move in way:
        circuit = move(circuit)
    return circuit


def _cheapest(lower: PauliCircuit, found: Iterable[PauliCircuit], entangler: str) -> PauliCircuit:
    """The one with the fewest entanglers, and least angle, of those with no more gates than ``lower``.

    Pulses are counted only of those that are cheaper, because that takes a while.
    """
    cheap = [circuit for circuit in found if _cost(circuit) < _cost(lower)]
    if not cheap:
        return lower
    most = _gates(lower, entangler)
    few = [(gates, circuit) for circuit in cheap if (gates := _gates(circuit, entangler)) <= most]
    return min(few, key=lambda one: (_cost(one[1]), one[0]), default=(most, lower))[1]


def _cost(circuit: PauliCircuit) -> tuple[int, float]:
    return circuit.entanglers, round(circuit.entangling_angle, 9)


def _gates(circuit: PauliCircuit, entangler: str) -> int:
    return circuit.entanglers + pulses_of(circuit, entangler)
