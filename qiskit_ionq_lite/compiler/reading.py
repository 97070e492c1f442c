"""A Qiskit circuit of Pauli rotations, sx, x, and whatever is no gate, as rotations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qiskit_ionq_lite.compiler.rotations import QUARTER, Builder, X, Y, Z

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit import QuantumCircuit

    from qiskit_ionq_lite.compiler.rotations import PauliCircuit

    Rule = Callable[[Builder, tuple[int, ...], Any], None]


def read(circuit: QuantumCircuit, *, merge: bool = True) -> PauliCircuit:
    """The circuit's rotations, wires numbered as its qubits.

    Args:
        circuit: made of the gates above; what is none of them becomes a fence.
        merge: whether rotations about the same axes become one.
    """
    wire = {qubit: number for number, qubit in enumerate(circuit.qubits)}
    builder = Builder(len(wire), merge=merge)
    builder.phase = circuit.global_phase
    for instruction in circuit.data:
        rule = _RULES.get(instruction.name)
        wires = tuple([wire[qubit] for qubit in instruction.qubits])
        if rule is None or len(wires) > 2:
            builder.fence(wires, instruction)
        else:
            rule(builder, wires, instruction)
    return builder.finish()


def _rotation(*letters: int) -> Rule:
    def rule(builder: Builder, wires: tuple[int, ...], instruction: Any) -> None:
        builder.rotation(wires, letters, instruction.params[0])

    return rule


def _sx(builder: Builder, wires: tuple[int, ...], _: Any) -> None:
    builder.phase += math.pi / 4
    builder.one(wires[0], X, QUARTER)


def _x(builder: Builder, wires: tuple[int, ...], _: Any) -> None:
    builder.phase += QUARTER
    builder.one(wires[0], X, math.pi)


_RULES: dict[str, Rule] = {
    "rx": _rotation(X),
    "ry": _rotation(Y),
    "rz": _rotation(Z),
    "rxx": _rotation(X, X),
    "ryy": _rotation(Y, Y),
    "rzz": _rotation(Z, Z),
    "rzx": _rotation(Z, X),
    "sx": _sx,
    "x": _x,
}
