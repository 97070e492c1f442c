"""What the platform checks after it has accepted a job: limits and gates (F 4.1, 6.8, 13.11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qiskit_ionq_lite.circuits.decode import IonQGateError, from_steps, to_steps
from qiskit_ionq_lite.emulator.devices import IDEAL, NOISE_MODELS
from qiskit_ionq_lite.emulator.refusals import PreflightError

if TYPE_CHECKING:
    from qiskit.circuit import QuantumCircuit

    from qiskit_ionq_lite.circuits import wire
    from qiskit_ionq_lite.circuits.decode import Step
    from qiskit_ionq_lite.emulator.devices import Model


@dataclass(frozen=True)
class Program:
    """A circuit without its idle qubits.

    Attributes:
        circuit: acts on the used qubits only, and holds no measurement.
        qubits: qubit ``i`` of ``circuit`` is qubit ``qubits[i]`` of the job's circuit; ascending.
        native: whether it was given in native gates, so that no compiler touches it.
    """

    circuit: QuantumCircuit
    qubits: tuple[int, ...]
    native: bool


def check_model(model: Model) -> None:
    """Refuse a noise model that nobody published numbers for."""
    if model.rates is None and model.name != IDEAL:
        usable = ", ".join(name for name, other in NOISE_MODELS.items() if other.rates)
        raise PreflightError(
            "SimulationError",
            f"The parameters of noise model {model.name} were never published; usable: ideal, {usable}",
        )


def preflight(circuit: wire.Circuit, model: Model) -> Program:
    """A circuit as the engine takes it.

    Raises:
        PreflightError: the platform's failure code and message.
    """
    native = circuit.gateset == "native"
    _check_width(circuit.qubits or 0, model)
    if native:
        _check_entanglers(circuit, model)
    try:
        steps = to_steps(circuit, circuit.gateset or "qis", circuit.qubits)
    except IonQGateError as error:
        raise PreflightError(error.code, str(error.message)) from error
    program = _compact(steps, native)
    _check_width(1 + max(program.qubits), model)
    return program


def _check_width(qubits: int, model: Model) -> None:
    if qubits > model.qubits:
        raise PreflightError(
            "NotEnoughQubits",
            f"Too many qubits requested: the circuit has {qubits}, {model.name} has {model.qubits}",
        )


def _check_entanglers(circuit: wire.Circuit, model: Model) -> None:
    foreign = sorted({gate.gate for gate in circuit.circuit} & {"ms", "zz"} - set(model.native_gates))
    if foreign:
        raise PreflightError(
            "UnsupportedGate", f"Gate types [{', '.join(foreign)}] are not supported by this backend"
        )


def _compact(steps: list[Step], native: bool) -> Program:
    used = sorted({qubit for _, qubits in steps for qubit in qubits}) or [0]
    place = {qubit: index for index, qubit in enumerate(used)}
    moved = ((gate, tuple(place[qubit] for qubit in qubits)) for gate, qubits in steps)
    return Program(from_steps(moved, len(used)), tuple(used), native)
