"""Native gates in Aer's words: GPI and GPI2 are rotations ``r``, MS is ``rxx`` in its frames, ZZ is ``rzz``.

Only circuits in native gates hold ``r``, ``rxx`` and ``rzz`` on their way to a noisy run, so noise hangs on
these three names; ``rz`` is a change of frame, which costs nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from qiskit.circuit import CircuitInstruction
from qiskit.circuit.library import RGate, RXXGate, RZGate, RZZGate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from qiskit.circuit import Gate, QuantumCircuit

    Placed: TypeAlias = Iterable[tuple[Gate, tuple[int, ...]]]

NOISY_ONE_QUBIT = ["r"]
NOISY_TWO_QUBIT = ["rxx", "rzz"]


def without_native(circuit: QuantumCircuit) -> QuantumCircuit:
    """GPI, GPI2, MS and ZZ as r, rxx, rzz and rz, up to global phase; anything else as it is."""
    if not _NATIVE.keys() & circuit.count_ops().keys():
        return circuit
    rewritten = circuit.copy_empty_like()
    for instruction in circuit.data:
        rewrite = _NATIVE.get(instruction.operation.name)
        if rewrite is None:
            rewritten._append(instruction)
            continue
        for gate, places in rewrite(instruction.operation.params):
            rewritten._append(CircuitInstruction(gate, [instruction.qubits[place] for place in places]))
    return rewritten


def _half_turn(params: Sequence[float]) -> Placed:
    yield RGate(math.pi, math.tau * params[0]), (0,)


def _quarter_turn(params: Sequence[float]) -> Placed:
    yield RGate(math.pi / 2, math.tau * params[0]), (0,)


def _molmer_sorensen(params: Sequence[float]) -> Placed:
    *phases, angle = params
    frames = [(place, math.tau * phase) for place, phase in enumerate(phases) if phase]
    yield from ((RZGate(-frame), (place,)) for place, frame in frames)
    yield RXXGate(math.tau * angle), (0, 1)
    yield from ((RZGate(frame), (place,)) for place, frame in frames)


def _zz(params: Sequence[float]) -> Placed:
    yield RZZGate(math.tau * params[0]), (0, 1)


_NATIVE: dict[str, Callable[[Sequence[float]], Placed]] = {
    "gpi": _half_turn,
    "gpi2": _quarter_turn,
    "ms": _molmer_sorensen,
    "zz": _zz,
}
