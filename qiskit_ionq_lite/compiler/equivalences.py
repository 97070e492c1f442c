"""Native gates as words that Qiskit's own translator understands.

From level 2 on Qiskit breaks up gates on three and more qubits before the translation stage runs, with its
own translator and its process-wide equivalence library; that fails for a target of gates which the library
does not know. So the library learns, once per process, both ways: how {rz, sx, x, rxx, rzz} are said natively
and what the native gates are in Qiskit's. The first only ever matters for targets that hold native gates.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import RXXGate, RZGate, RZZGate, SXGate, XGate

from qiskit_ionq_lite.gates import GPI2Gate, GPIGate, MSGate, ZZGate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qiskit.circuit import EquivalenceLibrary, Gate

    from qiskit_ionq_lite.gates import Angle


def teach(library: EquivalenceLibrary) -> None:
    """Add the native gates to ``library``; a second call changes nothing.

    >>> from qiskit.circuit import EquivalenceLibrary
    >>> library = EquivalenceLibrary()
    >>> teach(library), teach(library), len(library.get_entry(XGate()))
    (None, None, 1)
    """
    known = (step.operation for entry in library.get_entry(XGate()) for step in entry)
    if any(isinstance(operation, GPIGate) for operation in known):  # not by name: qiskit-ionq has the same
        return
    for gate, natives, phase in _in_native_gates():
        circuit = QuantumCircuit(gate.num_qubits, global_phase=phase)
        for native in natives:
            circuit.append(native, circuit.qubits)
        library.add_equivalence(gate, circuit)
    first, second, angle = Parameter("φ0"), Parameter("φ1"), Parameter("θ")
    for gate in (GPIGate(first), GPI2Gate(first), MSGate(first, second, angle), ZZGate(angle)):
        library.add_equivalence(gate, gate.definition)


def _in_native_gates() -> Iterator[tuple[Gate, list[Gate], Angle]]:
    """Gate, the same in native gates, global phase (rad); exact."""
    theta = Parameter("θ")
    turns = theta / (2 * math.pi)
    yield XGate(), [GPIGate(0.0)], 0.0
    yield SXGate(), [GPI2Gate(0.0)], math.pi / 4
    yield RZGate(theta), [GPIGate(0.0), GPIGate(turns / 2)], 0.0
    yield RXXGate(theta), [MSGate(0.0, 0.0, turns)], 0.0
    yield RZZGate(theta), [ZZGate(turns)], 0.0
