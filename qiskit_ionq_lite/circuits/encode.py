"""QuantumCircuit -> one wire circuit and its classical layout: only the qubits that are used, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import structs
from qiskit import QuantumCircuit

from qiskit_ionq_lite.circuits import native, qis, wire
from qiskit_ionq_lite.circuits.layout import ClassicalLayout, read_qubits, tiles
from qiskit_ionq_lite.circuits.operations import operations
from qiskit_ionq_lite.errors import IonQCircuitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class EncodedCircuit:
    """A circuit, ready to be sent.

    Attributes:
        gates: the wire gates, on payload qubits 0 to ``layout.num_qubits - 1``.
        layout: where each classical bit reads its value.
        name: the circuit's name.
        metadata: the circuit's own metadata.
    """

    gates: list[wire.Gate]
    layout: ClassicalLayout
    name: str
    metadata: Mapping[str, Any]

    @property
    def num_qubits(self) -> int:
        """Qubits of the payload."""
        return self.layout.num_qubits

    @property
    def size(self) -> int:
        """Number of gates."""
        return len(self.gates)

    @property
    def operations(self) -> tuple[int, int]:
        """One-qubit and two-qubit gates that it is paid for."""
        return operations(self.gates)


def check_circuits(run_input: Any) -> list[QuantumCircuit]:
    """One circuit or several, as a list.

    Raises:
        IonQCircuitError: for anything else, an empty list, or unbound parameters.
    """
    circuits = [run_input] if isinstance(run_input, QuantumCircuit) else run_input
    if isinstance(circuits, (str, bytes)) or not hasattr(circuits, "__iter__"):
        raise IonQCircuitError(
            f"run() takes a QuantumCircuit or a list of them, not {type(run_input).__name__}; "
            "qiskit.qasm2.loads and qiskit.qasm3.loads read text"
        )
    circuits = list(circuits)
    if not circuits:
        raise IonQCircuitError("run() got an empty list: give at least one QuantumCircuit")
    for position, circuit in enumerate(circuits):
        if not isinstance(circuit, QuantumCircuit):
            raise IonQCircuitError(
                f"item {position} of the list is a {type(circuit).__name__}, not a QuantumCircuit"
            )
        _check_bound(circuit)
    return circuits


def _check_bound(circuit: QuantumCircuit) -> None:
    if circuit.parameters:
        names = ", ".join(sorted(parameter.name for parameter in circuit.parameters))
        raise IonQCircuitError(
            f"circuit {circuit.name!r} has unbound parameters: {names}; "
            "bind them with circuit.assign_parameters({...}) before run()"
        )


def encode(circuit: QuantumCircuit, gateset: str) -> EncodedCircuit:
    """Read ``circuit`` into ``gateset`` ("qis" or "native"; native gates must be native already).

    Qubits that no gate and no measurement uses are not sent. A circuit that measures nothing is read as if
    ``measure_all()`` stood at its end, with a warning.
    """
    gates, source_of = (native if gateset == "native" else qis).encode(circuit)
    tiled = tiles(circuit)
    registers = tuple((register.name, register.size) for register in circuit.cregs if tiled)
    num_clbits = circuit.num_clbits
    kept = _used(gates).union(source_of.values())
    if not source_of:
        all_qubits = read_qubits(circuit)
        source_of = {num_clbits + i: qubit for i, qubit in enumerate(all_qubits)}
        registers = (*registers, ("meas", len(all_qubits))) if tiled else ()
        num_clbits += len(all_qubits)
    used = sorted(kept) or [0]
    compact = {qubit: i for i, qubit in enumerate(used)}
    if used[-1] != len(used) - 1:
        gates = [moved(gate, compact) for gate in gates]
    sources = tuple(compact.get(source_of.get(clbit, -1)) for clbit in range(num_clbits))
    layout = ClassicalLayout(registers, sources, len(used))
    return EncodedCircuit(gates or _nothing(gateset), layout, circuit.name, circuit.metadata or {})


def _used(gates: list[wire.Gate]) -> set[int]:
    """Every qubit that a gate acts on; field by field, because this runs over every gate of a submission."""
    singular = {gate.target for gate in gates} | {gate.control for gate in gates}
    plural = (qubits for gate in gates for qubits in (gate.targets, gate.controls) if qubits)
    return {qubit for qubit in singular if qubit is not None}.union(*plural)


def moved(gate: wire.Gate, to: Mapping[int, int]) -> wire.Gate:
    """The same gate on other qubits: ``to[qubit]`` for each ``qubit``."""

    def each(qubits: Iterable[int] | None) -> list[int] | None:
        return None if qubits is None else [to[qubit] for qubit in qubits]

    return structs.replace(
        gate,
        target=None if gate.target is None else to[gate.target],
        targets=each(gate.targets),
        control=None if gate.control is None else to[gate.control],
        controls=each(gate.controls),
    )


def _nothing(gateset: str) -> list[wire.Gate]:
    """One gate that changes no outcome: the platform fails jobs whose circuit is empty (F 4.13)."""
    if gateset == "native":
        return [wire.Gate("gpi", 0, phase=0.0), wire.Gate("gpi", 0, phase=0.0)]
    return [wire.Gate("z", 0)]
