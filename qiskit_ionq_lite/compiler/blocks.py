"""Neighbouring rotations, gathered into blocks on a few wires."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qiskit_ionq_lite.compiler.rotations import Rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qiskit_ionq_lite.compiler.rotations import Step


@dataclass(slots=True, eq=False)
class Block:
    """Rotations that stand together."""

    wires: list[int] = field(default_factory=list)
    steps: list[Rotation] = field(default_factory=list)
    entanglers: int = 0


def blocks(
    steps: Iterable[Step], width: int, fits: Callable[[Rotation], bool], most: int | None = None
) -> Iterator[Block | Step]:
    """Blocks in an order that keeps the circuit's, and between them whatever no block can hold.

    An open block is the last thing on all of its wires, so two of them commute and may become one.

    Args:
        steps: what the circuit does.
        width: wires of one block at most.
        fits: whether a rotation may be in a block at all.
        most: rotations of one block at most.
    """
    open_blocks: dict[int, Block] = {}

    def close(block: Block) -> Block:
        for wire in block.wires:
            del open_blocks[wire]
        return block

    for step in steps:
        near: list[Block] = []
        for wire in step.wires:
            block = open_blocks.get(wire)
            if block is not None and block not in near:
                near.append(block)
        if not isinstance(step, Rotation) or not fits(step):
            yield from map(close, near)
            yield step
            continue
        near.sort(key=lambda block: len(block.steps))
        while near and (
            len({*step.wires, *(wire for block in near for wire in block.wires)}) > width
            or (most is not None and sum(len(block.steps) for block in near) >= most)
        ):
            yield close(near.pop())
        _join(near, step, open_blocks)
    yield from list({id(block): block for block in open_blocks.values()}.values())


def _join(near: list[Block], step: Rotation, open_blocks: dict[int, Block]) -> None:
    """Make one block of all of them, the longest first, and add the step."""
    block = near.pop() if near else Block()
    for other in near:
        block.steps += other.steps
        block.wires += other.wires
        block.entanglers += other.entanglers
        open_blocks.update(dict.fromkeys(other.wires, block))
    for wire in step.wires:
        if wire not in block.wires:
            block.wires.append(wire)
            open_blocks[wire] = block
    block.steps.append(step)
    block.entanglers += len(step.wires) == 2
