"""What IonQ's machines take, as Qiskit targets.

Every pair of ions can interact and all ions are alike, so every gate is **global** (it has no properties per
qubit). That is what makes Qiskit skip layout and routing: with properties per qubit it would move qubits
about the device even though every pair is connected.
"""

from __future__ import annotations

from inspect import signature

from qiskit.circuit import Delay, Gate, Measure, Parameter, Reset
from qiskit.circuit.library import (
    CCXGate,
    CCZGate,
    CHGate,
    CRXGate,
    CRYGate,
    CRZGate,
    CSdgGate,
    CSGate,
    CSwapGate,
    CSXGate,
    CXGate,
    CYGate,
    CZGate,
    IGate,
)
from qiskit.transpiler import Target

from qiskit_ionq_lite.errors import IonQInputError
from qiskit_ionq_lite.gates import ENTANGLERS, NATIVE_GATES, QIS_GATES, GPI2Gate, GPIGate

CONTROLLED: tuple[type[Gate], ...] = (
    *(CXGate, CYGate, CZGate, CHGate, CSGate, CSdgGate, CSXGate),
    *(CRXGate, CRYGate, CRZGate, CCXGate, CCZGate, CSwapGate),
)
"""Qiskit's classes for IonQ gates with controls."""


def qis_target(num_qubits: int) -> Target:
    """IonQ's abstract gates, plain and controlled, on ``num_qubits`` qubits; IonQ compiles them.

    >>> qis_target(11).num_qubits, "ch" in qis_target(11).operation_names
    (11, True)
    """
    gates = [row.gate for row in QIS_GATES.values()]
    return _target(num_qubits, [IGate, *gates, *CONTROLLED], "IonQ's abstract gates")


def native_target(num_qubits: int, entangler: str) -> Target:
    """The pulses of a family: gpi, gpi2 and ``entangler``, which is "ms" or "zz".

    >>> sorted(native_target(36, "zz").operation_names)
    ['delay', 'gpi', 'gpi2', 'measure', 'reset', 'zz']
    """
    return _target(num_qubits, [GPIGate, GPI2Gate, NATIVE_GATES[entangler]], "IonQ's native gates")


def entangler_in(target: Target) -> str:
    """The native two-qubit gate of a target.

    Raises:
        IonQInputError: it has none, so it is no target of native gates.
    """
    found = set(ENTANGLERS.values()).intersection(target.operation_names)
    if len(found) != 1:
        names = ", ".join(sorted(target.operation_names)) or "nothing"
        raise IonQInputError(f"a target of IonQ's native gates holds either ms or zz, this one holds {names}")
    return found.pop()


def _target(num_qubits: int, gates: list[type[Gate]], description: str) -> Target:
    target = Target(description, num_qubits)
    for gate in gates:
        target.add_instruction(_with_parameters(gate))
    for instruction in (Measure(), Reset(), Delay(Parameter("t"))):
        target.add_instruction(instruction)
    return target


def _with_parameters(gate: type[Gate]) -> Gate:
    """The gate with a free parameter for each of its angles."""
    names = [name for name in signature(gate).parameters if name in _ANGLES]
    return gate(*(Parameter(name) for name in names))


_ANGLES = ("theta", "phi", "phase", "phase0", "phase1", "angle")
"""What Qiskit's and our gates call their angles."""
