"""qiskit-ionq in the same process, as while someone moves: its gates in Qiskit's library have our names."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Operator
from qiskit_ionq import add_equivalences

from qiskit_ionq_lite import GPI2Gate, GPIGate, MSGate, ZZGate
from qiskit_ionq_lite.compiler.target import native_target


@pytest.mark.parametrize("entangler", ["ms", "zz"])
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_native_compilation_is_unharmed(entangler: str, level: int) -> None:
    add_equivalences()
    circuit = QuantumCircuit(3)
    circuit.append(GPIGate(0.1), [0])
    circuit.append(MSGate(0.2, 0.3, 0.15), [0, 1])
    circuit.append(ZZGate(0.1), [1, 2])
    circuit.append(GPI2Gate(0.4), [2])
    circuit.ccx(0, 1, 2)
    target = native_target(3, entangler)
    native = transpile(circuit, target=target, translation_method="ionq", optimization_level=level)
    assert native.count_ops().keys() <= {"gpi", "gpi2", entangler}
    assert Operator.from_circuit(native).equiv(Operator(circuit))
