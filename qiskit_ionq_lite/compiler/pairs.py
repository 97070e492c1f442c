"""Two-qubit blocks with the fewest entanglers, where a SWAP is a change of labels.

A block of any content is a unitary with three Weyl angles a >= b >= |c|, and costs one entangler for each
that is not zero. Every pair of ions can interact, so a block followed by a SWAP that is undone by relabelling
the two qubits from there on serves as well; its angles are π/4 - |c|, π/4 - b, π/4 - a. The cheaper of the
two is taken: fewer entanglers, and of those the smaller total angle. An iSWAP becomes one entangler instead
of two, a SWAP none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from qiskit.circuit import ParameterExpression

from qiskit_ionq_lite.compiler.blocks import Block, blocks
from qiskit_ionq_lite.compiler.rotations import Builder, Rotation, X, Y, Z
from qiskit_ionq_lite.compiler.weyl import NEGLIGIBLE, Weyl, weyl_of, write_weyl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    from qiskit_ionq_lite.compiler.rotations import PauliCircuit

    Matrix: TypeAlias = NDArray[np.complex128]

_SWAP: Matrix = np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]]
_PAULIS: dict[int, Matrix] = {
    0: np.eye(2, dtype=np.complex128),
    X: np.array([[0, 1], [1, 0]], dtype=np.complex128),
    Y: np.array([[0, -1j], [1j, 0]], dtype=np.complex128),
    Z: np.diag([1, -1]).astype(np.complex128),
}
_PRODUCTS = {(a, b): np.kron(two, one) for a, one in _PAULIS.items() for b, two in _PAULIS.items()}
"""Letter on the first wire, letter on the second (0 is none) -> matrix, first wire least significant."""

_GAIN = 1e-6  # radians of total angle that make a new block worth it


def resynthesised(circuit: PauliCircuit, *, relabel: bool) -> PauliCircuit:
    """The circuit with its blocks on two wires as cheap as they can be.

    Args:
        circuit: any.
        relabel: whether a block may be followed by a SWAP of labels.
    """
    builder = Builder(circuit.width)
    builder.phase = circuit.phase
    place = list(range(circuit.width))
    for part in blocks(circuit.steps, 2, _is_bound):
        if isinstance(part, Block):
            _write_block(builder, part, place, relabel)
        elif isinstance(part, Rotation):
            builder.rotation([place[wire] for wire in part.wires], part.letters, part.angle)
        else:
            builder.fence(tuple([place[wire] for wire in part.wires]), part.instruction)
    return builder.finish([place[wire] for wire in circuit.place])


def _is_bound(step: Rotation) -> bool:
    return not isinstance(step.angle, ParameterExpression)


def _write_block(builder: Builder, block: Block, place: list[int], relabel: bool) -> None:
    if block.entanglers > 1:
        first, second = block.wires
        matrix = _matrix(block)
        now = _cost([2 * step.angle for step in block.steps if len(step.wires) == 2])
        plain = weyl_of(matrix)
        cost, mirrored = _best(plain, relabel)
        if cost[0] < now[0] or (cost[0] == now[0] and cost[1] < now[1] - _GAIN):
            weyl = weyl_of(_SWAP @ matrix) if mirrored else plain
            write_weyl(builder, (place[first], place[second]), weyl)
            if mirrored:
                place[first], place[second] = place[second], place[first]
            return
    for step in block.steps:
        builder.rotation([place[wire] for wire in step.wires], step.letters, step.angle)


def _matrix(block: Block) -> NDArray[Any]:
    """The block's unitary, its first wire least significant."""
    first = block.wires[0]
    matrix: NDArray[Any] = _PRODUCTS[0, 0]
    for wires, letters, angle in block.steps:
        if len(wires) == 1:
            product = _PRODUCTS[(letters[0], 0) if wires[0] == first else (0, letters[0])]
        else:
            one, other = letters if wires[0] == first else letters[::-1]
            product = _PRODUCTS[one, other]
        half = angle / 2
        matrix = math.cos(half) * matrix - (1j * math.sin(half)) * (product @ matrix)
    return matrix


def _best(weyl: Weyl, relabel: bool) -> tuple[tuple[int, float], bool]:
    """Entanglers and total angle (four times the Weyl angles), and whether it is the mirror that has them."""
    angles = [abs(weyl.a), abs(weyl.b), abs(weyl.c)]
    plain = _cost([4 * angle for angle in angles])
    if not relabel:
        return plain, False
    mirrored = _cost([math.pi - 4 * angle for angle in angles])
    return (mirrored, True) if mirrored < plain else (plain, False)


def _cost(angles: Sequence[Any]) -> tuple[int, float]:
    used = [abs(angle) for angle in angles if abs(angle) > NEGLIGIBLE]
    return len(used), round(sum(used), 9)
