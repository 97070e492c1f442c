"""Two-qubit unitaries as at most three partial entanglers, exactly.

Qiskit's own two-qubit synthesis takes a nearby, cheaper block wherever that has a fidelity of 1 - 1e-9, which
may be 3e-5 away in a matrix entry. The canonical (Weyl) decomposition needs no such step: every unitary
is two local gates, exp(i(aXX + bYY + cZZ)), and two local gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from qiskit.synthesis import TwoQubitWeylDecomposition

from qiskit_ionq_lite.compiler.rotations import X, Y, Z
from qiskit_ionq_lite.compiler.turns import of_matrix

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from qiskit_ionq_lite.compiler.rotations import Builder

Weyl: TypeAlias = TwoQubitWeylDecomposition

NEGLIGIBLE = 1e-10
"""Radians below which an entangling angle is left out."""


def weyl_of(matrix: NDArray[Any]) -> Weyl:
    """The exact canonical decomposition of a 4 x 4 unitary."""
    return TwoQubitWeylDecomposition(matrix, fidelity=None)


def write_canonical(builder: Builder, wires: tuple[int, int], matrix: NDArray[Any]) -> None:
    """Append ``matrix`` (4 x 4, first wire least significant) as turns and rotations."""
    write_weyl(builder, wires, weyl_of(matrix))


def write_weyl(builder: Builder, wires: tuple[int, int], weyl: Weyl) -> None:
    """Append a decomposition."""
    builder.phase += weyl.global_phase
    for wire, local in zip(wires, (weyl.K2r, weyl.K2l), strict=True):
        _write_local(builder, wire, local)
    for letter, angle in ((X, weyl.a), (Y, weyl.b), (Z, weyl.c)):
        if abs(angle) > NEGLIGIBLE:
            builder.two(*wires, (letter, letter), -2 * angle)
    for wire, local in zip(wires, (weyl.K1r, weyl.K1l), strict=True):
        _write_local(builder, wire, local)


def _write_local(builder: Builder, wire: int, matrix: NDArray[Any]) -> None:
    turn, phase = of_matrix(matrix)
    builder.phase += phase
    builder.turn(wire, turn)
