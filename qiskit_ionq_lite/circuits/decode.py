"""IonQ JSON -> QuantumCircuit: what the platform's compiler sees.

The exact inverse of the encoders, except that JSON knows no measurement: all qubits are measured at the end
(F 1.11), so the circuit comes back without any.

>>> from qiskit_ionq_lite.circuits.wire import Circuit, Gate
>>> bell = Circuit([Gate("h", target=0), Gate("cnot", target=1, control=0)], qubits=2)
>>> [(step.name, [qubit._index for qubit in step.qubits]) for step in to_circuit(bell, "qis").data]
[('h', [0]), ('cx', [0, 1])]
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from qiskit.circuit import CircuitInstruction, QuantumCircuit
from qiskit.circuit.library import PauliEvolutionGate, PhaseGate, UnitaryGate
from qiskit.quantum_info import SparsePauliOp

from qiskit_ionq_lite.circuits.evolution import commute
from qiskit_ionq_lite.errors import IonQCircuitError, nearest
from qiskit_ionq_lite.gates import NATIVE_GATES, QIS_ALIASES, QIS_GATES, QISGate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from qiskit.circuit import Gate

    from qiskit_ionq_lite.circuits import wire

    Step: TypeAlias = tuple[Gate, tuple[int, ...]]
    """A Qiskit gate and the qubits it acts on, controls first."""

MAX_DENSE_QUBITS = 10
"""Targets of a ``pauliexp`` whose terms do not commute: its matrix is 2^10 by 2^10 at most."""

TURN_LIMITS = {"phase": (-1.0, 1.0), "phases": (-1.0, 1.0), "ms angle": (0.0, 0.25)}
"""Ranges of native parameters, in turns (F 2.2); ``zz`` takes any angle."""


class IonQGateError(IonQCircuitError):
    """A gate in IonQ's JSON that the platform refuses.

    Attributes:
        code: the platform's failure code: UnsupportedGate, InvalidInput or TooManyControls (F 6.8).
        gate: wire name of the gate.
    """

    def __init__(self, *message: str, code: str = "InvalidInput", gate: str = "") -> None:
        super().__init__(*message)
        self.code = code
        self.gate = gate


def to_circuit(circuit: wire.Circuit, gateset: str, num_qubits: int | None = None) -> QuantumCircuit:
    """A circuit from its JSON, with the native gate classes of this package, and without measurements.

    Args:
        circuit: as it came over the wire.
        gateset: ``"qis"`` or ``"native"``; the circuit's own ``gateset`` is not looked at.
        num_qubits: width, by default the circuit's own, by default as many as its gates need.

    Raises:
        IonQGateError: a gate that does not exist, or is not used as documented.
    """
    steps = to_steps(circuit, gateset, num_qubits or circuit.qubits)
    width = num_qubits or circuit.qubits or 1 + max((max(qubits) for _, qubits in steps), default=0)
    return from_steps(steps, width)


def to_steps(circuit: wire.Circuit, gateset: str, num_qubits: int | None = None) -> list[Step]:
    """The gates of a circuit, in order, with the qubits they act on."""
    decode = _GATESETS.get(gateset)
    if decode is None:
        raise IonQCircuitError(f"unknown gateset {gateset!r}: {nearest(gateset, _GATESETS)}")
    steps = []
    for gate in circuit.circuit:
        step = decode(gate)
        if step is not None:
            _check_qubits(gate, step[1], num_qubits)
            steps.append(step)
    return steps


def from_steps(steps: Iterable[Step], num_qubits: int) -> QuantumCircuit:
    """Gates and qubits -> circuit."""
    circuit = QuantumCircuit(num_qubits)
    wires = circuit.qubits
    for gate, qubits in steps:
        circuit._append(CircuitInstruction(gate, [wires[qubit] for qubit in qubits]))
    return circuit


def _check_qubits(gate: wire.Gate, qubits: tuple[int, ...], num_qubits: int | None) -> None:
    if len(set(qubits)) < len(qubits):
        raise IonQGateError(f"gate {gate.gate}: a qubit is named twice in {list(qubits)}", gate=gate.gate)
    if min(qubits) < 0 or (num_qubits is not None and max(qubits) >= num_qubits):
        room = "0 or above" if num_qubits is None else f"0 to {num_qubits - 1}"
        raise IonQGateError(
            f"gate {gate.gate}: qubit index out of range in {list(qubits)}; allowed: {room}", gate=gate.gate
        )


def _listed(one: int | None, several: list[int] | None) -> tuple[int, ...]:
    """Singular and plural fields are interchangeable (F 1.4)."""
    return (*(several or ()), *(() if one is None else (one,)))


def _targets(gate: wire.Gate, count: int) -> tuple[int, ...]:
    targets = _listed(gate.target, gate.targets)
    if len(targets) != count:
        raise IonQGateError(f"gate {gate.gate} takes {count} target(s), got {len(targets)}", gate=gate.gate)
    return targets


def _qis_step(gate: wire.Gate) -> Step:
    name = QIS_ALIASES.get(gate.gate, gate.gate)
    if name == "pauliexp":
        return _pauliexp_step(gate)
    row = QIS_GATES.get(name)
    if row is None:
        known = nearest(gate.gate, [*QIS_GATES, *QIS_ALIASES, "pauliexp"])
        raise IonQGateError(
            f"Gate types [{gate.gate}] are not supported; {known}", code="UnsupportedGate", gate=gate.gate
        )
    controls = _listed(gate.control, gate.controls)
    _check_controls(gate, row, controls)
    return _qis_gate(gate, row, len(controls)), controls + _targets(gate, row.targets)


def _check_controls(gate: wire.Gate, row: QISGate, controls: tuple[int, ...]) -> None:
    if controls and not row.controllable:
        raise IonQGateError(
            f"gate {gate.gate} takes no controls, got {len(controls)}", code="TooManyControls", gate=gate.gate
        )
    if gate.gate == "cnot" and not controls:
        raise IonQGateError("gate cnot needs at least one control", gate="cnot")


def _qis_gate(gate: wire.Gate, row: QISGate, num_controls: int) -> Gate:
    if gate.rotation is None:
        if row.rotation:
            raise IonQGateError(f"gate {gate.gate} needs a rotation, in radians", gate=gate.gate)
        return _fixed_gate(row.wire, num_controls)
    if row.wire == "z":  # how qiskit-ionq writes Qiskit's phase gate (F 1.9)
        turned: Gate = PhaseGate(gate.rotation)
    elif row.rotation:
        turned = row.gate(gate.rotation)
    else:
        raise IonQGateError(f"gate {gate.gate} takes no rotation", gate=gate.gate)
    return turned.control(num_controls, annotated=False) if num_controls else turned


@lru_cache(maxsize=256)
def _fixed_gate(name: str, num_controls: int) -> Gate:
    gate = QIS_GATES[name].gate()
    return gate.control(num_controls, annotated=False) if num_controls else gate


def _pauliexp_step(gate: wire.Gate) -> Step:
    """``exp(-i · time · Σ coefficient · term)``; a term's rightmost letter acts on ``targets[0]`` (F 1.13).

    Commuting terms stay an evolution gate, whose product formula is exact; others become their matrix.
    """
    if gate.control is not None or gate.controls:
        raise IonQGateError("gate pauliexp takes no controls", code="TooManyControls", gate="pauliexp")
    targets = _listed(gate.target, gate.targets)
    terms, coefficients, time = _pauliexp_fields(gate, len(targets))
    operator = SparsePauliOp(terms, coefficients)
    if commute(operator):
        return PauliEvolutionGate(operator, time), targets
    if len(targets) > MAX_DENSE_QUBITS:
        raise IonQGateError(
            f"gate pauliexp: terms that do not commute may have {MAX_DENSE_QUBITS} targets at most, "
            f"got {len(targets)}; split it into Trotter steps",
            gate="pauliexp",
        )
    return UnitaryGate(_evolution(operator, time)), targets


def _pauliexp_fields(gate: wire.Gate, num_targets: int) -> tuple[list[str], list[float], float]:
    terms, coefficients, time = gate.terms or [], gate.coefficients or [], gate.time
    if not terms or len(terms) != len(coefficients) or not num_targets:
        raise IonQGateError(
            "gate pauliexp needs targets, terms, and as many coefficients as terms", gate="pauliexp"
        )
    if time is None or time < 0:
        raise IonQGateError(f"gate pauliexp needs a time of 0 or more, got {time}", gate="pauliexp")
    for term in terms:
        if len(term) != num_targets or set(term) - set("IXYZ"):
            raise IonQGateError(
                f"gate pauliexp: term {term!r} is not {num_targets} letters of I, X, Y, Z", gate="pauliexp"
            )
    return terms, coefficients, time


def _evolution(operator: SparsePauliOp, time: float) -> np.ndarray[tuple[int, int], np.dtype[np.complex128]]:
    energies, states = np.linalg.eigh(operator.to_matrix())
    turned: np.ndarray[tuple[int, int], np.dtype[np.complex128]] = (
        states * np.exp(-1j * time * energies)
    ) @ states.conj().T
    return turned


def _native_step(gate: wire.Gate) -> Step | None:
    if gate.gate == "nop":  # no documented meaning; an identity here (F 2.1)
        return None
    parameters = _NATIVE_PARAMETERS.get(gate.gate)
    if parameters is None:
        raise IonQGateError(
            f"Gate types [{gate.gate}] are not supported in a native circuit; "
            f"{nearest(gate.gate, [*NATIVE_GATES, 'nop'])}",
            code="UnsupportedGate",
            gate=gate.gate,
        )
    if gate.control is not None or gate.controls:
        raise IonQGateError(f"native gate {gate.gate} takes no controls", gate=gate.gate)
    made = NATIVE_GATES[gate.gate](*parameters(gate))
    return made, _targets(gate, made.num_qubits)


def _phase(gate: wire.Gate) -> Sequence[float]:
    return _turns(gate, "phase", [gate.phase])


def _phases_and_angle(gate: wire.Gate) -> Sequence[float]:
    phases = gate.phases or []
    if len(phases) != 2:
        raise IonQGateError(f"gate ms needs 2 phases, got {len(phases)}", gate="ms")
    angle = 0.25 if gate.angle is None else gate.angle
    return [*_turns(gate, "phases", phases), *_turns(gate, "ms angle", [angle])]


def _angle(gate: wire.Gate) -> Sequence[float]:
    angle = gate.phase if gate.angle is None else gate.angle  # cirq-ionq says "phase" (F 2.8)
    if angle is None:
        raise IonQGateError("gate zz needs an angle, in turns", gate="zz")
    return [angle]


def _turns(gate: wire.Gate, field: str, values: Sequence[float | None]) -> Sequence[float]:
    low, high = TURN_LIMITS[field]
    checked = [value for value in values if value is not None and low <= value <= high]
    if len(checked) < len(values):
        raise IonQGateError(
            f"gate {gate.gate}: {field} must be {low:g} to {high:g} turns, got {values}", gate=gate.gate
        )
    return checked


_NATIVE_PARAMETERS: dict[str, Callable[[wire.Gate], Sequence[float]]] = {
    "gpi": _phase,
    "gpi2": _phase,
    "ms": _phases_and_angle,
    "zz": _angle,
}

_GATESETS: dict[str, Callable[[wire.Gate], Step | None]] = {"qis": _qis_step, "native": _native_step}
