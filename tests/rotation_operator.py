"""What a circuit of rotations does, worked out by Qiskit."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit
from qiskit.circuit.library import PermutationGate
from qiskit.quantum_info import Operator, Pauli

from qiskit_ionq_lite.compiler.rotations import PauliCircuit, Rotation

_NAMES = {1: "X", 2: "Z", 3: "Y"}


def operator_of(circuit: PauliCircuit) -> Operator:
    """The unitary, with every qubit brought back to its own wire."""
    whole = Operator(QuantumCircuit(circuit.width, global_phase=circuit.phase))
    identity = Operator(QuantumCircuit(circuit.width))
    for step in circuit.steps:
        assert isinstance(step, Rotation)
        letters = ["I"] * circuit.width
        for wire, letter in zip(step.wires, step.letters, strict=True):
            letters[wire] = _NAMES[letter]
        pauli = Operator(Pauli("".join(reversed(letters))))
        turn = math.cos(step.angle / 2) * identity + (-1j * math.sin(step.angle / 2)) * pauli
        whole = whole & turn
    return whole & Operator(PermutationGate(circuit.place))
