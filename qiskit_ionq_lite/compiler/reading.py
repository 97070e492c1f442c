"""A Qiskit circuit of common gates, and of whatever is no gate, as rotations."""

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


def _turn(letter: int, angle: float) -> Rule:
    """A gate that is a rotation by ``angle`` but for half of that as a global phase."""

    def rule(builder: Builder, wires: tuple[int, ...], _: Any) -> None:
        builder.phase += angle / 2
        builder.one(wires[0], letter, angle)

    return rule


def _h(builder: Builder, wires: tuple[int, ...], _: Any) -> None:
    builder.phase += QUARTER
    for letter in (Z, X, Z):
        builder.one(wires[0], letter, QUARTER)


def _p(builder: Builder, wires: tuple[int, ...], instruction: Any) -> None:
    angle = instruction.params[0]
    builder.phase += angle * 0.5
    builder.one(wires[0], Z, angle)


def _u(builder: Builder, wires: tuple[int, ...], instruction: Any) -> None:
    middle, last, first = instruction.params
    builder.phase += (first + last) / 2
    builder.one(wires[0], Z, first)
    builder.one(wires[0], Y, middle)
    builder.one(wires[0], Z, last)


def _controlled(letter: int) -> Rule:
    """A controlled Pauli: e^{iπ/4} exp(-iπ/4 Z) exp(-iπ/4 P) exp(iπ/4 Z⊗P)."""

    def rule(builder: Builder, wires: tuple[int, ...], _: Any) -> None:
        builder.phase += QUARTER / 2
        builder.one(wires[0], Z, QUARTER)
        builder.one(wires[1], letter, QUARTER)
        builder.two(wires[0], wires[1], (Z, letter), -QUARTER)

    return rule


def _cp(builder: Builder, wires: tuple[int, ...], instruction: Any) -> None:
    angle = instruction.params[0]
    builder.phase += angle * 0.25
    for wire in wires:
        builder.one(wire, Z, angle * 0.5)
    builder.two(wires[0], wires[1], (Z, Z), angle * -0.5)


def _swap(builder: Builder, wires: tuple[int, ...], _: Any) -> None:
    """exp(iπ/4) exp(-iπ/4 (XX + YY + ZZ))."""
    builder.phase += QUARTER / 2
    for letter in (X, Y, Z):
        builder.two(wires[0], wires[1], (letter, letter), QUARTER)


def _gpi(builder: Builder, wires: tuple[int, ...], instruction: Any) -> None:
    builder.phase += QUARTER
    builder.one(wires[0], X, math.pi)
    builder.one(wires[0], Z, 2 * math.tau * instruction.params[0])


def _gpi2(builder: Builder, wires: tuple[int, ...], instruction: Any) -> None:
    angle = math.tau * instruction.params[0]
    builder.one(wires[0], Z, -angle)
    builder.one(wires[0], X, QUARTER)
    builder.one(wires[0], Z, angle)


def _ms(builder: Builder, wires: tuple[int, ...], instruction: Any) -> None:
    first, second, angle = (math.tau * turns for turns in instruction.params)
    for wire, phase in zip(wires, (first, second), strict=True):
        builder.one(wire, Z, -phase)
    builder.two(wires[0], wires[1], (X, X), angle)
    for wire, phase in zip(wires, (first, second), strict=True):
        builder.one(wire, Z, phase)


def _zz(builder: Builder, wires: tuple[int, ...], instruction: Any) -> None:
    builder.two(wires[0], wires[1], (Z, Z), math.tau * instruction.params[0])


_RULES: dict[str, Rule] = {
    "rx": _rotation(X),
    "ry": _rotation(Y),
    "rz": _rotation(Z),
    "rxx": _rotation(X, X),
    "ryy": _rotation(Y, Y),
    "rzz": _rotation(Z, Z),
    "rzx": _rotation(Z, X),
    "x": _turn(X, math.pi),
    "y": _turn(Y, math.pi),
    "z": _turn(Z, math.pi),
    "s": _turn(Z, QUARTER),
    "sdg": _turn(Z, -QUARTER),
    "t": _turn(Z, QUARTER / 2),
    "tdg": _turn(Z, -QUARTER / 2),
    "sx": _turn(X, QUARTER),
    "sxdg": _turn(X, -QUARTER),
    "h": _h,
    "p": _p,
    "u": _u,
    "cx": _controlled(X),
    "cy": _controlled(Y),
    "cz": _controlled(Z),
    "cp": _cp,
    "swap": _swap,
    "gpi": _gpi,
    "gpi2": _gpi2,
    "ms": _ms,
    "zz": _zz,
}

READ = tuple(_RULES)
"""Names of the gates that are read."""
