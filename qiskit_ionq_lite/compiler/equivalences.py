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
from qiskit.circuit.library import (
    CXGate,
    HGate,
    PhaseGate,
    RXXGate,
    RZGate,
    RZZGate,
    SdgGate,
    SGate,
    SXdgGate,
    SXGate,
    TdgGate,
    TGate,
    UGate,
    XGate,
    YGate,
    ZGate,
)

from qiskit_ionq_lite.gates import GPI2Gate, GPIGate, MSGate, ZZGate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from qiskit.circuit import EquivalenceLibrary, Gate

    from qiskit_ionq_lite.gates import Angle

    Step: TypeAlias = tuple[Gate, tuple[int, ...]]
    """A gate and its qubits."""


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
    for gate, steps, phase in _in_native_gates():
        circuit = QuantumCircuit(gate.num_qubits, global_phase=phase)
        for native, qubits in steps:
            circuit.append(native, qubits)
        library.add_equivalence(gate, circuit)
    first, second, angle = Parameter("φ0"), Parameter("φ1"), Parameter("θ")
    for gate in (GPIGate(first), GPI2Gate(first), MSGate(first, second, angle), ZZGate(angle)):
        library.add_equivalence(gate, gate.definition)


def _in_native_gates() -> Iterator[tuple[Gate, list[Step], Angle]]:
    """Gate, the same in native gates, global phase (rad); exact.

    Those that larger gates are made of are said directly: every gate less is a matrix less that Qiskit
    multiplies when it gathers blocks.
    """
    theta, phi, lam = Parameter("θ"), Parameter("φ"), Parameter("λ")
    turns = theta / math.tau
    yield XGate(), [(GPIGate(0.0), (0,))], 0.0
    yield YGate(), [(GPIGate(0.25), (0,))], 0.0
    yield SXGate(), [(GPI2Gate(0.0), (0,))], math.pi / 4
    yield SXdgGate(), [(GPI2Gate(0.5), (0,))], -math.pi / 4
    yield HGate(), [(GPI2Gate(0.25), (0,)), (GPIGate(0.0), (0,))], 0.0
    for gate, angle in (
        (TGate(), 0.125),
        (SGate(), 0.25),
        (ZGate(), 0.5),
        (SdgGate(), -0.25),
        (TdgGate(), -0.125),
    ):
        yield gate, [(GPIGate(0.0), (0,)), (GPIGate(angle / 2), (0,))], angle * math.pi
    yield RZGate(theta), [(GPIGate(0.0), (0,)), (GPIGate(turns / 2), (0,))], 0.0
    yield PhaseGate(theta), [(GPIGate(0.0), (0,)), (GPIGate(turns / 2), (0,))], theta / 2
    before, middle, after = 0.5 - lam / math.tau, (theta + phi - lam) / (2 * math.tau), 0.5 + phi / math.tau
    yield (
        UGate(theta, phi, lam),
        [(GPI2Gate(before), (0,)), (GPIGate(middle), (0,)), (GPI2Gate(after), (0,))],
        (phi + lam - math.pi) / 2,
    )
    yield RXXGate(theta), [(MSGate(0.0, 0.0, turns), (0, 1))], 0.0
    yield RZZGate(theta), [(ZZGate(turns), (0, 1))], 0.0
    yield (
        CXGate(),
        [
            (GPI2Gate(0.25), (0,)),
            (MSGate(0.0, 0.0, 0.25), (0, 1)),
            (GPI2Gate(0.5), (0,)),
            (GPI2Gate(0.5), (1,)),
            (GPI2Gate(0.75), (0,)),
        ],
        -math.pi / 4,
    )
    yield (
        CXGate(),
        [
            (GPI2Gate(0.75), (1,)),
            (ZZGate(-0.25), (0, 1)),
            (GPIGate(0.0), (0,)),
            (GPIGate(0.125), (0,)),
            (GPI2Gate(0.25), (1,)),
            (GPI2Gate(0.0), (1,)),
        ],
        math.pi / 4,
    )
