"""What the platform checks after it has accepted a job: limits and gates (F 4.1, 6.8, 13.11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qiskit.circuit import QuantumCircuit

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.decode import IonQGateError, from_steps, to_steps
from qiskit_ionq_lite.emulator.devices import IDEAL, NOISE_MODELS
from qiskit_ionq_lite.emulator.openqasm import parse
from qiskit_ionq_lite.emulator.refusals import PreflightError
from qiskit_ionq_lite.gates import NATIVE_GATES

if TYPE_CHECKING:
    from qiskit_ionq_lite.circuits.decode import Step
    from qiskit_ionq_lite.emulator.devices import Model
    from qiskit_ionq_lite.emulator.inputs import Qasm


@dataclass(frozen=True)
class Program:
    """A circuit without its idle qubits.

    Attributes:
        circuit: acts on the used qubits only. From a gate list it holds no measurement; an OpenQASM 3 program
            holds its own, into the bits of its ``registers``.
        qubits: qubit ``i`` of ``circuit`` is qubit ``qubits[i]`` of the job's circuit; ascending.
        native: whether it was given in native gates, so that no compiler touches it.
        registers: names and sizes of the classical registers that the circuit's bits belong to.
    """

    circuit: QuantumCircuit
    qubits: tuple[int, ...]
    native: bool
    registers: tuple[tuple[str, int], ...] | None = None


def check_model(model: Model) -> None:
    """Refuse a noise model that nobody published numbers for."""
    if model.rates is None and model.name != IDEAL:
        usable = ", ".join(name for name, other in NOISE_MODELS.items() if other.rates)
        raise PreflightError(
            "SimulationError",
            f"The parameters of noise model {model.name} were never published; usable: ideal, {usable}",
        )


def preflight(source: wire.Circuit | Qasm, model: Model) -> Program:
    """A circuit as the engine takes it.

    Raises:
        PreflightError: the platform's failure code and message.
    """
    if isinstance(source, wire.Circuit):
        return _gate_list(source, model)
    found = parse(source.data, model.qubits)
    return replace(compacted(found.circuit, model), registers=found.registers)


def compacted(circuit: QuantumCircuit, model: Model) -> Program:
    """A circuit that was read from OpenQASM 3 as the engine takes it, without registers."""
    names = set(circuit.count_ops())
    _check_gates(names & {"ms", "zz"}, model)
    used = {qubit for step in circuit.data for qubit in step.qubits}
    places = [place for place, qubit in enumerate(circuit.qubits) if qubit in used] or [0]
    if not circuit.num_qubits:
        raise PreflightError("InvalidInput", "the program declares no qubits")
    compact = QuantumCircuit([circuit.qubits[place] for place in places], circuit.clbits)
    for step in circuit.data:
        compact._append(step)
    native = bool(names & NATIVE_GATES.keys()) and names <= {*NATIVE_GATES, "measure", "reset"}
    return Program(compact, tuple(places), native)


def _gate_list(circuit: wire.Circuit, model: Model) -> Program:
    native = circuit.gateset == "native"
    _check_width(circuit.qubits or 0, model)
    if native:
        _check_gates({gate.gate for gate in circuit.circuit} & {"ms", "zz"}, model)
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


def _check_gates(entanglers: set[str], model: Model) -> None:
    foreign = sorted(entanglers - set(model.native_gates))
    if foreign:
        raise PreflightError(
            "UnsupportedGate", f"Gate types [{', '.join(foreign)}] are not supported by this backend"
        )


def _compact(steps: list[Step], native: bool) -> Program:
    used = sorted({qubit for _, qubits in steps for qubit in qubits}) or [0]
    place = {qubit: index for index, qubit in enumerate(used)}
    moved = ((gate, tuple(place[qubit] for qubit in qubits)) for gate, qubits in steps)
    return Program(from_steps(moved, len(used)), tuple(used), native)
